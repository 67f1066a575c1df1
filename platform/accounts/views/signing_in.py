"""Signing in and out, and arriving from the public host."""

from __future__ import annotations

from typing import Any

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.internal.flows.logout import logout
from allauth.account.models import Login
from allauth.account.utils import get_next_redirect_url
from allauth.account.views import LoginView
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal.flows import perform_passwordless_login
from allauth.mfa.webauthn.views import LoginWebAuthnView
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_GET, require_POST

from accounts.doors import Visit
from accounts.passages import arrival
from accounts.second_factors import is_of_host
from tenants.directory import host_name
from tenants.sessions import SESSION_CONFIRMED_AT


class SignIn(LoginView):  # type: ignore[misc]
    template_name = "accounts/sign_in.html"

    def form_invalid(self, form: Any) -> HttpResponse:
        throttled = form.has_error("__all__", "too_many_login_attempts")
        status = 429 if throttled else 401
        response: HttpResponse = self.render_to_response(self.get_context_data(form=form), status=status)
        return response

    def get_context_data(self, **given: Any) -> dict[str, Any]:
        open_here = settings.SIGN_UP == "open" and self.request.tenant is None
        after = get_next_redirect_url(self.request) or ""
        return {**super().get_context_data(**given), "next": after, "may_sign_up": open_here}


class SignInByPasskey(LoginWebAuthnView):  # type: ignore[misc]
    def form_valid(self, form: Any) -> HttpResponse:
        passkey = form.cleaned_data["credential"]
        login = Login(user=passkey.user, redirect_url=get_next_redirect_url(self.request))
        response: HttpResponse = perform_passwordless_login(self.request, passkey, login)
        return response


class SecondFactor(AuthenticateView):  # type: ignore[misc]
    """After the password. A passkey is asked for only where browsers would use it."""

    template_name = "accounts/second_factor.html"

    def form_invalid(self, form: Any) -> HttpResponse:
        response: HttpResponse = self.render_to_response(self.get_context_data(), status=401)
        return response

    def get_context_data(self, **given: Any) -> dict[str, Any]:
        factors = Authenticator.objects.filter(user=self.stage.login.user)
        host = host_name(self.request.get_host()) or ""
        passkeys = [each for each in factors if each.type == Authenticator.Type.WEBAUTHN]
        return {
            **super().get_context_data(**given),
            "has_app": any(each.type == Authenticator.Type.TOTP for each in factors),
            "has_passkey": any(is_of_host(each, host) for each in passkeys),
        }


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request, show_message=False)
    return HttpResponseRedirect(settings.LOGOUT_REDIRECT_URL)


@require_GET
def arrive(request: Visit, token: str) -> HttpResponse:
    """Where somebody is signed in already, that stays so."""
    if request.user.is_authenticated:
        return HttpResponseRedirect("/")
    arrived = arrival(request.tenant, token) if request.tenant else None
    if arrived is None:
        return HttpResponseRedirect(settings.LOGIN_URL)
    if arrived.second_factor:
        record_authentication(request, arrived.account, "mfa")
    response: HttpResponse = perform_login(request, Login(user=arrived.account, redirect_url=arrived.after))
    if request.user.is_authenticated:  # to come along a link confirms nothing
        request.session[SESSION_CONFIRMED_AT] = arrived.confirmed_at
    return response
