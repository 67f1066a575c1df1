"""Forms of accounts."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.forms import (
    ChangePasswordForm as AllauthChangePasswordForm,
)
from allauth.account.forms import (
    LoginForm,
    ReauthenticateForm,
    ResetPasswordForm,
    ResetPasswordKeyForm,
    UserTokenForm,
)
from allauth.account.internal.flows.password_reset import request_password_reset
from django import forms
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.tokens import default_token_generator

from accounts.doors import may_enter
from kit.errors import ParleyError
from tenants.models import Account
from tenants.provisioning import check_new_slug

_MOST_LETTERS = 1_000
_HINT = "At least 10 characters; not a common password, and nothing of your name or address."


def _email(label: str = "E-mail") -> forms.EmailField:
    attributes = {"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
    return forms.EmailField(label=label, max_length=254, widget=forms.EmailInput(attributes))


def _password(label: str = "Password") -> forms.CharField:
    widget = forms.PasswordInput({"autocomplete": "current-password"})
    return forms.CharField(label=label, max_length=_MOST_LETTERS, strip=False, widget=widget)


def _new_password(label: str = "Password") -> forms.CharField:
    widget = forms.PasswordInput({"autocomplete": "new-password"})
    return forms.CharField(label=label, max_length=_MOST_LETTERS, strip=False, widget=widget, help_text=_HINT)


def _name(label: str = "Your name", autocomplete: str = "name", **more: Any) -> forms.CharField:
    widget = forms.TextInput({"autocomplete": autocomplete, "dir": "auto"})
    return forms.CharField(label=label, max_length=120, widget=widget, **more)


class SignInForm(LoginForm):  # type: ignore[misc]
    """Its field is ``email`` on the page and ``login`` for allauth."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"] = _email()
        self.fields["password"] = _password()
        self.order_fields(["login", "password"])
        self.fields["password" if self.data.get("email") else "login"].widget.attrs["autofocus"] = True

    def add_prefix(self, field_name: str) -> str:
        return "email" if field_name == "login" else field_name


class ConfirmForm(ReauthenticateForm):  # type: ignore[misc]
    password = _password()


class ForgottenForm(ResetPasswordForm):  # type: ignore[misc]
    """To whoever has a place here goes a link, to anybody else the word that there is none: both look the same."""

    email = _email()

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()

    def save(self, request: Any, **more: Any) -> str:
        email: str = self.cleaned_data["email"]
        account = Account.objects.filter(email=email).first()
        if account is not None and may_enter(account, request.tenant):
            request_password_reset(request, email, [account], default_token_generator)
        else:
            get_adapter().send_mail("account/email/unknown_account", email, {})
        return email


class ResetLinkForm(UserTokenForm):  # type: ignore[misc]
    token_generator = default_token_generator


class ResetForm(ResetPasswordKeyForm):  # type: ignore[misc]
    """One field: who mistypes it asks for another link."""

    password1 = _new_password("New password")
    password2 = None

    def clean_password1(self) -> str:
        return _strong(self.cleaned_data["password1"], self.user)


class ChangePasswordForm(AllauthChangePasswordForm):  # type: ignore[misc]
    oldpassword = _password("Current password")
    password1 = _new_password("New password")
    password2 = None

    def clean_password1(self) -> str:
        return _strong(self.cleaned_data["password1"], self.user)


class NewAccountForm(forms.Form):
    """Whoever was invited chooses a name and a password."""

    name = _name()
    password = _new_password()

    def __init__(self, account: Account, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.account = account

    def clean_password(self) -> str:
        return _strong(self.cleaned_data["password"], self.account)


class ProfileForm(forms.Form):
    name = _name()


class AddressForm(forms.Form):
    email = _email("New e-mail")

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()


class SignUpForm(forms.Form):
    email = _email("Work e-mail")

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()


class OrganisationForm(forms.Form):
    organisation = _name("Organisation", "organization")
    slug = forms.CharField(
        label="Address",
        max_length=32,
        help_text="Letters, digits and single hyphens. It is part of every link, so choose one that lasts.",
        widget=forms.TextInput({"autocapitalize": "none", "spellcheck": "false", "autocomplete": "off"}),
    )
    room = _name("First room", "off", initial="General")

    def clean_slug(self) -> str:
        slug = str(self.cleaned_data["slug"]).lower()
        try:
            check_new_slug(slug)
        except ParleyError as refusal:
            raise forms.ValidationError(refusal.detail, code=refusal.code.name) from None
        return slug


class NewOrganisationForm(NewAccountForm, OrganisationForm):
    """An account and its first organisation, in one."""

    field_order = ["name", "password", "organisation", "slug", "room"]


def _strong(password: str, account: Account) -> str:
    validate_password(password, account)
    return password
