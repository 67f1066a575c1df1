"""Password, second factors and what confirms that it is still the same person."""

from __future__ import annotations

from typing import Any

from allauth.account.utils import get_next_redirect_url
from allauth.account.views import (
    PasswordChangeView,
    PasswordResetDoneView,
    PasswordResetFromKeyDoneView,
    PasswordResetFromKeyView,
    PasswordResetView,
    ReauthenticateView,
)
from allauth.core.internal.httpkit import authenticated_user
from allauth.mfa.base.views import ReauthenticateView as ReauthenticateByCodeView
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView, ViewRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn.internal import auth
from allauth.mfa.webauthn.views import AddWebAuthnView, EditWebAuthnView, ReauthenticateWebAuthnView, RemoveWebAuthnView
from django import forms
from django.contrib.auth.decorators import login_required
from django.contrib.messages import error
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse, reverse_lazy
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from accounts.doors import Visit
from accounts.second_factors import factors_of, is_last_and_needed, place_name
from tenants.directory import host_name
from tenants.models import Account

_AFTER = "after_second_factor"
"""In the session: where somebody was going who was led to set a second factor up."""


class _Refusing:
    """A form that is not right is shown again with 422."""

    def form_invalid(self, form: Any) -> HttpResponse:
        context = self.get_context_data(form=form)  # type: ignore[attr-defined]
        response: HttpResponse = self.render_to_response(context, status=422)  # type: ignore[attr-defined]
        return response


class Forgotten(_Refusing, PasswordResetView):  # type: ignore[misc]
    template_name = "accounts/forgotten.html"


class ForgottenSent(PasswordResetDoneView):  # type: ignore[misc]
    template_name = "accounts/forgotten_sent.html"


class Reset(_Refusing, PasswordResetFromKeyView):  # type: ignore[misc]
    template_name = "accounts/reset.html"


class ResetDone(PasswordResetFromKeyDoneView):  # type: ignore[misc]
    template_name = "accounts/reset_done.html"


class ChangePassword(_Refusing, PasswordChangeView):  # type: ignore[misc]
    template_name = "accounts/password.html"


class _Confirming(_Refusing):
    """``next`` is where it goes on."""

    template_name = "accounts/confirm.html"
    way: str

    def get_context_data(self, **given: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**given)  # type: ignore[misc]
        after = get_next_redirect_url(self.request) or ""  # type: ignore[attr-defined]
        return {**context, "next": after, "way": self.way}


class Confirm(_Confirming, ReauthenticateView):  # type: ignore[misc]
    way = "password"


class ConfirmByCode(_Confirming, ReauthenticateByCodeView):  # type: ignore[misc]
    way = "code"


class ConfirmByPasskey(_Confirming, ReauthenticateWebAuthnView):  # type: ignore[misc]
    way = "passkey"

    def form_invalid(self, form: Any) -> HttpResponse:
        error(self.request, " ".join(form.errors.get("credential", ["That passkey was not accepted."])))
        return HttpResponseRedirect(self.request.get_full_path())


@login_required
@require_GET
def second_factor(request: Visit) -> HttpResponse:
    """Where somebody is led who is to show a second factor: to show it, or to set one up first."""
    account: Account = authenticated_user(request)
    after = get_next_redirect_url(request) or ""
    if factors_of(account).exists():
        return HttpResponseRedirect(f"{reverse('mfa_reauthenticate')}?{urlencode({'next': after or '/'})}")
    request.session[_AFTER] = after
    return render(request, "accounts/second_factor_needed.html", {"place": place_name(request)})


class SetUpApp(_Refusing, ActivateTOTPView):  # type: ignore[misc]
    template_name = "accounts/app_set_up.html"


class _Removing(_Refusing):
    """What is removed has been asked for, and is not the last where one is needed."""

    template_name = "accounts/factor_remove.html"
    what: str

    def get_context_data(self, **given: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**given)  # type: ignore[misc]
        return {**context, "what": self.what}


class RemoveApp(_Removing, DeactivateTOTPView):  # type: ignore[misc]
    what = "your authenticator app"


class AddPasskey(AddWebAuthnView):  # type: ignore[misc]
    template_name = "accounts/passkey_add.html"

    def form_invalid(self, form: Any) -> HttpResponse:
        response: HttpResponse = self.render_to_response({**self.get_context_data(), "form": form}, status=422)
        return response

    def get_context_data(self, **given: Any) -> dict[str, Any]:
        context = super().get_context_data(**given)
        options = auth.begin_registration(authenticated_user(self.request), passwordless=True)
        return {**context, "js_data": {"creation_options": options}, "host": host_name(self.request.get_host())}


class RenamePasskey(_Refusing, EditWebAuthnView):  # type: ignore[misc]
    template_name = "accounts/passkey_rename.html"
    success_url = reverse_lazy("account")


class RemovePasskey(_Removing, RemoveWebAuthnView):  # type: ignore[misc]
    what = "this passkey"
    success_url = reverse_lazy("account")

    def form_valid(self, form: forms.Form) -> HttpResponse:
        if is_last_and_needed(self.get_object()):
            error(self.request, "Somewhere you have a place a second factor is asked for: add another first.")
            return HttpResponseRedirect(reverse("account"))
        response: HttpResponse = super().form_valid(form)
        return response


class RecoveryCodes(ViewRecoveryCodesView):  # type: ignore[misc]
    template_name = "accounts/recovery_codes.html"

    def get_context_data(self, **given: Any) -> dict[str, Any]:
        after = self.request.session.get(_AFTER) or reverse("account")
        return {**super().get_context_data(**given), "after": after, "place": place_name(self.request)}


class RenewRecoveryCodes(GenerateRecoveryCodesView):  # type: ignore[misc]
    template_name = "accounts/recovery_codes_renew.html"
