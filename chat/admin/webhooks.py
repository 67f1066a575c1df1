"""Webhooks: where a customer's servers hear of events; the log of what was delivered; the hook that is asked before a
message is stored."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from time import monotonic
from typing import Any, Final, get_args

from asgiref.sync import async_to_sync
from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from chat.api.webhooks import EventType
from chat.webhooks import deliveries, endpoints
from chat.webhooks.hook import MOST_SECONDS
from chat.webhooks.pinging import ping
from chat.webhooks.settings import before_send, remove_before_send, set_before_send
from kit.errors import ParleyError
from kit.text import storable
from tenants.consoles.permits import Permit
from tenants.consoles.tenant_console import tenant_console
from tenants.consoles.tenant_page import TenantPage

EVENTS: Final[tuple[str, ...]] = get_args(EventType.__value__)
_PER_PAGE: Final = 50
_HOOK_IDS: Final = "id_hook_%s"
"""Its form shares a page with that of an endpoint, which has a URL too."""
_WITHOUT_ANSWER: Final = [("yes", "send it all the same"), ("no", "refuse it")]


class EndpointForm(forms.Form):
    url = forms.CharField(label="URL", max_length=2_000, widget=UnfoldAdminTextInputWidget)
    description = forms.CharField(required=False, max_length=200, widget=UnfoldAdminTextInputWidget)

    def __init__(self, data: Any = None, *, events: Sequence[str] = (), **options: Any) -> None:
        super().__init__(data, **options)
        for name in EVENTS:
            ticked = name in events
            self.fields[name] = forms.BooleanField(
                label=name, required=False, initial=ticked, widget=UnfoldBooleanWidget
            )
        self.fields[EVENTS[-1]].help_text = "None ticked: all of them, later ones included."

    def asked(self) -> dict[str, Any]:
        """As ``chat.webhooks.endpoints`` takes it."""
        events = [name for name in EVENTS if self.cleaned_data[name]]
        return {"url": self.cleaned_data["url"], "description": self.cleaned_data["description"], "events": events}


class HookForm(forms.Form):
    """Asked before each message is stored."""

    url = forms.CharField(label="URL", max_length=2_000, widget=UnfoldAdminTextInputWidget)
    timeout_ms = forms.IntegerField(
        label="Milliseconds to answer in",
        min_value=50,
        max_value=int(MOST_SECONDS * 1_000),
        initial=int(MOST_SECONDS * 1_000),
        widget=UnfoldAdminIntegerFieldWidget,
    )
    fail_open = forms.ChoiceField(
        label="A message without an answer", choices=_WITHOUT_ANSWER, widget=UnfoldAdminSelectWidget
    )


@tenant_console.page
class Webhooks(TenantPage):
    address = "webhooks"
    name = "webhooks"
    label = "Webhooks"
    template = "chat/admin/webhooks.html"
    permit = Permit.HOOKS_VIEW
    actions = dict.fromkeys(("create", "set_hook", "remove_hook"), Permit.HOOKS_CHANGE)
    section, icon, place = "Developers", "webhook", 40

    def context(self, **where: Any) -> dict[str, Any]:
        return {
            "endpoints": async_to_sync(endpoints.endpoints)(),
            "most": endpoints.MOST_ENDPOINTS,
            "form": EndpointForm(),
            "hook": self._hook(),
            "hook_form": HookForm(auto_id=_HOOK_IDS),
        }

    def do_create(self) -> HttpResponse:
        form = EndpointForm(self.request.POST)
        if form.is_valid():
            try:
                made, secret = async_to_sync(endpoints.create)(self.tenant, **form.asked())
            except ParleyError as refusal:
                form.add_error("url", refusal.detail)
            else:
                return self.unstored(**self.context(), made=made, secret=secret)
        return self.render(**{**self.context(), "form": form}, status=422)

    def do_set_hook(self) -> HttpResponse:
        form = HookForm(self.request.POST, auto_id=_HOOK_IDS)
        if form.is_valid():
            asked = form.cleaned_data
            try:
                _, secret = async_to_sync(set_before_send)(
                    self.tenant,
                    asked["url"],
                    fail_open=asked["fail_open"] == "yes",
                    timeout=asked["timeout_ms"] / 1_000,
                )
            except ParleyError as refusal:
                form.add_error("url", refusal.detail)
            else:
                return self.unstored(**self.context(), hook_secret=secret)
        return self.render(**{**self.context(), "hook_form": form}, status=422)

    def do_remove_hook(self) -> None:
        async_to_sync(remove_before_send)(self.tenant)
        self.say("Messages are stored without asking.")

    def _hook(self) -> object | None:
        try:
            return async_to_sync(before_send)(self.tenant.id)
        except ParleyError:
            return None


@tenant_console.page
class Webhook(TenantPage):
    """One endpoint: what it is sent, and its log."""

    address = "webhooks/<str:webhook>"
    name = "webhook"
    label = "Webhook"
    template = "chat/admin/webhook.html"
    permit = Permit.HOOKS_VIEW
    actions = dict.fromkeys(("save", "enable", "disable", "rotate", "test", "replay", "delete"), Permit.HOOKS_CHANGE)

    def context(self, **where: Any) -> dict[str, Any]:
        endpoint = self._endpoint(where["webhook"])
        before = self.request.GET.get("before", "")
        log, more = async_to_sync(deliveries.deliveries)(
            endpoint.id, limit=_PER_PAGE, before=int(before) if before.isdecimal() and len(before) < 19 else None
        )
        initial = {"url": endpoint.url, "description": endpoint.description}
        return {
            "endpoint": endpoint,
            "log": log,
            "older": log[-1].place if more else None,
            "form": EndpointForm(initial=initial, events=endpoint.events),
        }

    def do_save(self, webhook: str) -> HttpResponse | None:
        form = EndpointForm(self.request.POST)
        if form.is_valid():
            try:
                async_to_sync(endpoints.update)(webhook, **form.asked())
            except ParleyError as refusal:
                form.add_error("url", refusal.detail)
            else:
                self.say("It is changed.")
                return None
        return self.render(**{**self.context(webhook=webhook), "form": form}, status=422)

    def do_enable(self, webhook: str) -> None:
        async_to_sync(endpoints.update)(webhook, enabled=True)
        self.say("It gets what waited for it.")

    def do_disable(self, webhook: str) -> None:
        async_to_sync(endpoints.update)(webhook, enabled=False)
        self.say("Nothing is sent to it.")

    def do_rotate(self, webhook: str) -> HttpResponse:
        _, secret = async_to_sync(endpoints.rotate)(webhook, datetime.now(UTC))
        return self.unstored(**self.context(webhook=webhook), secret=secret)

    def do_test(self, webhook: str) -> None:
        began = monotonic()
        outcome = async_to_sync(ping)(webhook)
        milliseconds = round((monotonic() - began) * 1_000)
        if outcome.status is not None and 200 <= outcome.status < 300:
            self.say(f"It answered {outcome.status} in {milliseconds} ms.")
        else:
            messages.error(self.request, f"It answered {outcome.status or 'nothing'}: {outcome.answer}"[:300])

    def do_replay(self, webhook: str) -> None:
        async_to_sync(deliveries.replay)(webhook, self.posted("delivery"), datetime.now(UTC))
        self.say("It is sent once more.")

    def do_delete(self, webhook: str) -> HttpResponse:
        async_to_sync(endpoints.delete)(webhook)
        self.say("The webhook is gone, with its log.")
        return HttpResponseRedirect(reverse(f"{self.site.name}:webhooks", current_app=self.site.name))

    def _endpoint(self, webhook: str) -> endpoints.Endpoint:
        try:
            return async_to_sync(endpoints.endpoint)(storable(webhook))
        except (ParleyError, ValueError):
            raise Http404("There is no such webhook.") from None
