"""Second factors: authenticator apps, passkeys, recovery codes; what Parley has otherwise than django-allauth would."""

from __future__ import annotations

import hashlib
from typing import Any

from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.stages import AuthenticateStage
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    EditWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from django import forms
from django.conf import settings
from django.core.cache import cache

from kit.crypto import Sealer
from tenants.models import Account, Tenant
from tenants.sessions import SESSION_SECOND_FACTOR

_WRONG_CODE = "This code is not right, or was used already."
_WRONG_PASSKEY = "That passkey was not accepted. Try again."
_CODE_SECONDS = 120
"""Longer than any code is good for."""
_MOST_NAMED = 60


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _WRONG_CODE,
        "cannot_delete_authenticator": "Somewhere you have a place a second factor is asked for: add another first.",
    }

    def encrypt(self, text: str) -> str:
        return Sealer(settings.ENCRYPTION_KEYS).seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return Sealer(settings.ENCRYPTION_KEYS).open(encrypted_text)

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        return not is_last_and_needed(authenticator)

    def generate_authenticator_name(self, user: Account, type: str) -> str:  # noqa: A002 - allauth's name
        return "Passkey"

    def _get_site_name(self) -> str:
        return place_name(context.request)


def place_name(request: Any) -> str:
    """What a host calls itself."""
    return request.tenant.name if request.tenant else "Parley"


def is_last_and_needed(authenticator: Authenticator) -> bool:
    """Whether without it the account would be shut out of somewhere."""
    account = authenticator.user
    others = factors_of(account).exclude(pk=authenticator.pk)
    return is_needed(account) and not bool(others.exists())


def factors_of(account: Account) -> Any:
    return Authenticator.objects.filter(user=account).exclude(type=Authenticator.Type.RECOVERY_CODES)


def is_unshown(request: Any) -> bool:
    """Whether whoever is signed in has a second factor and this session has not seen it, being older than that."""
    account = request.user
    signed_in = isinstance(account, Account) and request.session.get(SESSION_SECOND_FACTOR) != account.pk
    return signed_in and bool(factors_of(account).exists())


def is_needed(account: Account) -> bool:
    """Whether somewhere that ``account`` has a place a second factor is asked for."""
    if account.is_operator and settings.OPERATOR_MFA == "required":
        return True
    return bool(Tenant.objects.filter(memberships__account=account, requires_mfa=True).exists())


def is_of_host(passkey: Authenticator, host: str) -> bool:
    """Whether a passkey was made for ``host``; browsers use it nowhere else (WebAuthn section 5.1.4.1)."""
    return bool(passkey.wrap().authenticator_data.rp_id_hash == hashlib.sha256(host.encode()).digest())


class SecondFactorStage(AuthenticateStage):  # type: ignore[misc]
    """Asked for at every sign-in of an account that has one, unless the same session has shown it already."""

    def _should_handle(self, request: Any) -> bool:
        shown = request.session.get(SESSION_SECOND_FACTOR) == self.login.user.pk
        return not shown and bool(super()._should_handle(request))


class _OnlyOnce:
    """A code is good once, for as long as it is good."""

    user: Account

    def clean_code(self) -> str:
        code: str = super().clean_code()  # type: ignore[misc]
        used = hashlib.sha256(f"{self.user.pk} {''.join(code.split())}".encode()).hexdigest()
        if not cache.add(f"code:{used}", True, timeout=_CODE_SECONDS):
            raise forms.ValidationError(_WRONG_CODE, code="incorrect_code")
        return code


def _code_field() -> forms.CharField:
    attributes = {"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false", "autofocus": True}
    return forms.CharField(label="Code", max_length=40, widget=forms.TextInput(attributes))


class CodeForm(_OnlyOnce, AuthenticateForm):  # type: ignore[misc]
    code = _code_field()


class ConfirmCodeForm(_OnlyOnce, ReauthenticateForm):  # type: ignore[misc]
    code = _code_field()


class ActivateForm(ActivateTOTPForm):  # type: ignore[misc]
    code = _code_field()


class _Checked:
    """A credential comes from a script: what is no credential is refused as one that is not right."""

    _wrong = forms.ValidationError(_WRONG_PASSKEY, code="incorrect_code")

    def clean(self) -> Any:
        try:
            return super().clean()  # type: ignore[misc]
        except (AttributeError, KeyError, TypeError, ValueError):
            raise self._wrong from None

    def clean_credential(self) -> Any:
        try:
            return super().clean_credential()  # type: ignore[misc]
        except forms.ValidationError:
            raise
        except (AttributeError, KeyError, TypeError, ValueError):
            raise self._wrong from None


class AddPasskeyForm(AddWebAuthnForm):  # type: ignore[misc]
    """Every key is one to sign in with alone."""

    name = forms.CharField(label="Name", max_length=_MOST_NAMED, required=False)
    passwordless = None

    def clean(self) -> Any:
        self.cleaned_data["passwordless"] = True
        try:
            return super().clean()
        except forms.ValidationError:
            raise forms.ValidationError(_WRONG_PASSKEY, code="incorrect_code") from None
        except (AttributeError, KeyError, TypeError, ValueError):
            raise forms.ValidationError(_WRONG_PASSKEY, code="incorrect_code") from None


class RenamePasskeyForm(EditWebAuthnForm):  # type: ignore[misc]
    name = forms.CharField(label="Name", max_length=_MOST_NAMED)


class PasskeyForm(_Checked, AuthenticateWebAuthnForm):  # type: ignore[misc]
    pass


class ConfirmPasskeyForm(_Checked, ReauthenticateWebAuthnForm):  # type: ignore[misc]
    pass


class PasskeySignInForm(_Checked, LoginWebAuthnForm):  # type: ignore[misc]
    pass
