"""Signing keys: what verifies the tokens with which a customer's server signs its users in."""

from __future__ import annotations

from typing import Any, Final

from asgiref.sync import async_to_sync
from django import forms
from django.http import HttpResponse
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from kit.errors import INVALID, ParleyError
from tenants import signing_keys
from tenants.consoles.permits import Permit
from tenants.consoles.tenant_console import tenant_console
from tenants.consoles.tenant_page import TenantPage
from tenants.directory import directory
from tenants.key_sets import NoKeySet, fetch_key_set
from tenants.public_keys import UnusableKey, from_pem

_PUBLIC: Final = [(name, name) for name in ("ES256", "EdDSA", "RS256")]


class PublicKeyForm(forms.Form):
    """A public key, or the URL where a set of them is published (RFC 7517 section 5)."""

    algorithm = forms.ChoiceField(choices=_PUBLIC, widget=UnfoldAdminSelectWidget)
    public_key = forms.CharField(
        label="Public key, as PEM",
        required=False,
        max_length=10_000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 6}),
    )
    key_set_url = forms.CharField(
        label="or the URL of a key set", required=False, max_length=2_000, widget=UnfoldAdminTextInputWidget
    )
    issuer = forms.CharField(
        required=False,
        max_length=500,
        help_text="Of a key set alone: what “iss” must be.",
        widget=UnfoldAdminTextInputWidget,
    )
    audience = forms.CharField(
        required=False,
        max_length=500,
        help_text="Of a key set alone: what “aud” must be.",
        widget=UnfoldAdminTextInputWidget,
    )

    def clean(self) -> dict[str, Any]:
        cleaned = {**(super().clean() or {})}
        if bool(cleaned.get("public_key")) == bool(cleaned.get("key_set_url")):
            self.add_error("public_key", "Give a public key or the URL of a key set.")
        return cleaned


@tenant_console.page
class SigningKeys(TenantPage):
    address = "signing-keys"
    name = "signing_keys"
    label = "Signing keys"
    template = "chat/admin/signing_keys.html"
    permit = Permit.KEYS_VIEW
    actions = dict.fromkeys(("create", "register", "revoke"), Permit.KEYS_CHANGE)
    fresh = frozenset({"create", "register"})
    section, icon, place = "Developers", "signature", 20

    def context(self, **where: Any) -> dict[str, Any]:
        active = list(signing_keys.signing_keys(self.tenant))
        full = len(active) >= signing_keys.MOST_ACTIVE
        return {"keys": active, "full": full, "most": signing_keys.MOST_ACTIVE, "form": PublicKeyForm()}

    def do_create(self) -> HttpResponse:
        new = signing_keys.issue_signing_key(self.tenant)
        directory.forget(self.tenant.id)
        return self.unstored(**self.context(), new=new)

    def do_register(self) -> HttpResponse | None:
        form = PublicKeyForm(self.request.POST)
        if form.is_valid():
            try:
                self._register(form.cleaned_data)
            except ParleyError as refusal:
                form.add_error("key_set_url" if form.cleaned_data["key_set_url"] else "public_key", refusal.detail)
            else:
                directory.forget(self.tenant.id)
                self.say("Tokens of this key are taken from now on.")
                return None
        return self.render(**{**self.context(), "form": form}, status=422)

    def do_revoke(self) -> None:
        key = self.posted("key", 32)
        signing_keys.revoke_signing_key(self.tenant, key)
        directory.forget(self.tenant.id)
        self.say(f"The tokens of {key} are void, and the sockets that they opened are closed.")

    def _register(self, given: dict[str, Any]) -> None:
        algorithm, url = given["algorithm"], given["key_set_url"]
        if not url:
            signing_keys.register_public_key(self.tenant, algorithm, _pem(given["public_key"], algorithm))
            return
        _check_key_set(url, algorithm)
        claims = {"issuer": given["issuer"], "audience": given["audience"]}
        signing_keys.register_key_set(self.tenant, algorithm, url, **claims)


def _pem(text: str, algorithm: str) -> str:
    try:
        return from_pem(text, algorithm)
    except UnusableKey as why:
        raise ParleyError(INVALID, f"The key is {why}.") from None


def _check_key_set(url: str, algorithm: str) -> None:
    try:
        found = async_to_sync(fetch_key_set)(url, algorithm)
    except NoKeySet as why:
        raise ParleyError(INVALID, f"This URL is no key set's: {why}.") from None
    if not found:
        raise ParleyError(INVALID, f"The key set at this URL has no key for {algorithm} that is named by a kid.")
