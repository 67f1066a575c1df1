"""Page: one address of a console. To look at it takes its ``permit``; each action takes one of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.http import urlencode
from django.views.generic import View

from kit.errors import ParleyError
from tenants.sessions import confirmed_lately

if TYPE_CHECKING:
    from tenants.consoles.site import ConsoleSite


class Page(View):
    """A GET shows it. A POST names an ``action`` of ``actions``, is answered by the method ``do_<action>`` and leads
    back here unless that says otherwise; a ParleyError becomes a message, or stands beside what was typed (``asks``),
    and what it refused stays undone."""

    site: ClassVar[ConsoleSite]
    address: ClassVar[str]
    """Below the site's root, as in ``django.urls.path``."""
    name: ClassVar[str]
    """Of the URL, in the site's namespace."""
    label: ClassVar[str]
    """Its title, and its word in the sidebar."""
    template: ClassVar[str]
    permit: ClassVar[str]
    actions: ClassVar[Mapping[str, str]] = {}
    """Action -> the permit that it takes."""
    asks: ClassVar[Mapping[str, str]] = {}
    """Action -> the field of its form beside which its refusal is shown (``consoles/asked.html``)."""
    fresh: ClassVar[frozenset[str]] = frozenset()
    """Those of the actions that ask who it is, unless that was shown in the last CONFIRMATION_MINUTES."""
    section: ClassVar[str] = ""
    """Of the sidebar; none, and the page is reached from others."""
    icon: ClassVar[str] = ""
    """A name of Material Symbols."""
    place: ClassVar[int] = 50
    """Within its section, ascending."""

    @classmethod
    def url_name(cls) -> str:
        return cls.name

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.permits = self.site.permits_of(request)
        self._demand(self.permit)
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, **where: Any) -> HttpResponseBase:
        return self.render(**self.context(**where))

    def post(self, request: HttpRequest, **where: Any) -> HttpResponseBase:
        action = request.POST.get("action", "")
        if action not in self.actions:
            raise Http404(f"There is no action {action!r} here.")
        self._demand(self.actions[action])
        if self.asks_who_it_is(action):
            return self.to_confirmation()
        try:
            answer: HttpResponseBase | None = getattr(self, f"do_{action}")(**where)
        except ParleyError as error:
            if action in self.asks:
                return self.render(422, **self.context(**where), refused=self._refused(self.asks[action], error))
            messages.error(request, error.detail)
            answer = None
        return answer or HttpResponseRedirect(request.get_full_path())

    def context(self, **where: Any) -> dict[str, Any]:
        """What its template is given, beside the site's own."""
        return {}

    def title(self) -> str:
        return self.label

    def may(self, action: str) -> bool:
        return self.actions[action] in self.permits

    def render(self, status: int = 200, **context: Any) -> HttpResponse:
        may = {action: permit in self.permits for action, permit in self.actions.items()}
        context = {**self.site.each_context(self.request), "title": self.title(), "may": may, "page": self, **context}
        return TemplateResponse(self.request, self.template, context, status=status)

    def asks_who_it_is(self, action: str) -> bool:
        """Whether that has to be shown before the action is done."""
        return action in self.fresh and not confirmed_lately(self.request.session)

    def to_confirmation(self) -> HttpResponse:
        """Where it is shown; it leads back here."""
        return HttpResponseRedirect(f"{settings.CONFIRM_URL}?{urlencode({'next': self.request.get_full_path()})}")

    def say(self, words: str) -> None:
        """Tell on the next page that it is done."""
        messages.success(self.request, words)

    def _refused(self, field: str, error: ParleyError) -> dict[str, str]:
        return {"field": field, "words": error.detail, "given": self.request.POST.get(field, "")}

    def _demand(self, permit: str) -> None:
        if permit not in self.permits:
            raise PermissionDenied(f"This takes the permit {permit}.")
