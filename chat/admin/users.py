"""The list of a tenant's users, and making one by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from asgiref.sync import async_to_sync
from django import forms
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget, UnfoldBooleanWidget

from chat.commands.profiles import Profile, save_users
from chat.files.people_csv import USER_ID, WEB_ADDRESS
from chat.models import User
from chat.queries.people import FOUND, beginnings
from kit.errors import INVALID, ParleyError
from kit.text import custom_data, storable
from tenants.audit import record
from tenants.consoles.permits import Permit
from tenants.consoles.tables import Table
from tenants.consoles.tenant_console import tenant_console
from tenants.consoles.tenant_page import TenantPage
from tenants.records import TenantRecord
from tenants.tokens import mint

_TOKEN_SECONDS = 3_600
_STATES: dict[str, tuple[str, Q]] = {
    "bots": ("Bots", Q(is_bot=True)),
    "guests": ("Guests", Q(guest_link__isnull=False)),
    "team": ("Members of the team", Q(account_id__isnull=False)),
    "deactivated": ("Deactivated", Q(deactivated_at__isnull=False)),
    "blocked": ("Blocked", Q(block__shadow=False)),
    "shadow": ("Shadow-blocked", Q(block__shadow=True)),
}


class _Kind(admin.SimpleListFilter):
    title = "which"
    parameter_name = "which"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, label) for name, (label, _) in _STATES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        chosen = _STATES.get(self.value() or "")
        return queryset.filter(chosen[1]) if chosen else queryset


@admin.register(User, site=tenant_console)
class Users(Table):
    """By their ids, so that the first page is read off the key's index."""

    permit = Permit.USERS_VIEW
    section, icon, label, place = "People", "person", "Users", 10
    detail = "user"
    list_display = ["shown_name", "id", "shown_state", "created_at", "last_seen_at"]
    list_display_links = ["shown_name", "id"]
    list_select_related = ["block"]
    list_filter = [_Kind]
    search_fields = ["id"]
    search_help_text = "Beginnings of an id, or of the words of a name"
    ordering = ["id"]
    sortable_by = ["id"]
    list_before_template = "chat/admin/users_actions.html"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[User], search_term: str
    ) -> tuple[QuerySet[User], bool]:
        words = search_term.strip()
        if not words:
            return queryset, False
        return queryset.extra(where=[FOUND], params=[beginnings(words)]), False  # noqa: S610 - a constant

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        permits = self.admin_site.permits_of(request)
        may = {"create": Permit.USERS_CHANGE in permits, "import": Permit.USERS_IMPORT in permits}
        return super().changelist_view(request, {"may": may, **(extra_context or {})})

    @display(description="Name")  # type: ignore[untyped-decorator]
    def shown_name(self, user: User) -> str:
        return user.name

    @display(  # type: ignore[untyped-decorator]
        description="State", label={"Active": "success", "Deactivated": "danger", "Blocked": "danger"}
    )
    def shown_state(self, user: User) -> str:
        return state_of(user)


def state_of(user: User) -> str:
    """In a word: what matters most of how a user stands here."""
    block = getattr(user, "block", None)
    if user.deactivated_at:
        return "Deactivated"
    if block is not None and (block.until is None or block.until > datetime.now(UTC)):
        return "Shadow-blocked" if block.shadow else "Blocked"
    if user.is_bot:
        return "Bot"
    return "Guest" if user.guest_link_id else "Active"


class ProfileForm(forms.Form):
    name = forms.CharField(max_length=120, widget=UnfoldAdminTextInputWidget)
    avatar = forms.RegexField(
        f"^({WEB_ADDRESS.pattern})?$",
        required=False,
        max_length=2_000,
        label="Picture",
        help_text="A web address.",
        widget=UnfoldAdminTextInputWidget,
        error_messages={"invalid": "This is no web address (https://…)."},
    )
    custom_data = forms.JSONField(
        initial=dict,
        required=False,
        help_text="A JSON object of your own, at most 4 KiB.",
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4, "spellcheck": "false"}),
    )

    def clean_name(self) -> str:
        return _storable(self.cleaned_data["name"])

    def clean_custom_data(self) -> dict[str, Any]:
        data = self.cleaned_data["custom_data"] or {}
        if not isinstance(data, dict):
            raise forms.ValidationError("This is no JSON object: {…}.")
        try:
            return custom_data(data)
        except ValueError as wrong:
            raise forms.ValidationError(f"This cannot be kept: it {wrong}.") from None


class NewUserForm(ProfileForm):
    id = forms.RegexField(
        f"^{USER_ID.pattern}$",
        label="Id",
        help_text="As your own system calls them: no spaces, no slashes. It stays.",
        widget=UnfoldAdminTextInputWidget,
        error_messages={"invalid": "An id has 1 to 128 characters, no spaces and no slashes."},
    )
    token = forms.BooleanField(
        required=False,
        label="Show a token for an hour",
        help_text="To try things out. In production your server makes them.",
        widget=UnfoldBooleanWidget,
    )
    field_order = ["id", "name", "avatar", "custom_data", "token"]

    def clean_id(self) -> str:
        return _storable(self.cleaned_data["id"])


def _storable(text: str) -> str:
    try:
        return storable(text)
    except ValueError as wrong:
        raise forms.ValidationError(f"It {wrong}.") from None


@tenant_console.page
class NewUser(TenantPage):
    address = "new-user"
    name = "new_user"
    label = "New user"
    template = "chat/admin/new_user.html"
    permit = Permit.USERS_CHANGE
    actions = {"create": Permit.USERS_CHANGE}

    def context(self, **where: Any) -> dict[str, Any]:
        return {"form": NewUserForm()}

    def do_create(self) -> HttpResponse:
        form = NewUserForm(self.request.POST)
        if form.is_valid() and User.objects.filter(pk=form.cleaned_data["id"]).exists():
            form.add_error("id", "There is a user with this id already.")
        if not form.is_valid():
            return self.render(422, form=form)
        user_id = form.cleaned_data["id"]
        profile = Profile(*(form.cleaned_data[field] for field in ("id", "name", "avatar", "custom_data")))
        async_to_sync(save_users)([profile])
        if form.cleaned_data["token"] and Permit.KEYS_CHANGE in self.permits:
            return self.render(form=None, user_id=user_id, token=development_token(self.tenant, user_id))
        self.say(f"{profile.name} is there.")
        return HttpResponseRedirect(reverse("tenant:user", args=[user_id]))


def development_token(tenant: TenantRecord, user_id: str) -> str:
    """A user token for an hour, for whoever tries things out by hand. Raises ParleyError ``invalid``."""
    key = next((key for key in tenant.signing_keys.values() if key.algorithm == "HS256"), None)
    if key is None:
        raise ParleyError(INVALID, "No signing key of yours is an HS256 key: only with one can a token be made here.")
    record(tenant, "token.minted", f"user:{user_id}", after={"seconds": _TOKEN_SECONDS})
    return mint(key, user_id, ttl=_TOKEN_SECONDS)[0]
