"""Addresses of accounts: the same on every host, and some of the public host alone. django-allauth finds its own by
their names."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.mfa.recovery_codes.views import download_recovery_codes
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseBase, HttpResponseRedirect
from django.urls import URLPattern, path, re_path
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache

from accounts.second_factors import is_unshown
from accounts.views import account, address, invitation, protecting, signing_in, signing_up

View = Callable[..., HttpResponseBase]


def _page(route: str, view: View, name: str) -> URLPattern:
    return path(route, never_cache(view), name=name)


def _own(route: str, view: View, name: str) -> URLPattern:
    """Of the account of whoever asks, which an operator who looks in for support leaves at home."""

    @never_cache
    @wraps(view)
    def answer(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.support is not None:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return path(route, answer, name=name)


def _secured(route: str, view: View, name: str) -> URLPattern:
    """Of what one signs in with: beside the password, a second factor that there is has to be shown before."""

    @wraps(view)
    def answer(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if is_unshown(request):
            return HttpResponseRedirect(f"{settings.SECOND_FACTOR_URL}?{urlencode({'next': request.path})}")
        return view(request, *args, **kwargs)

    return _own(route, answer, name)


_everywhere = [
    _page("sign-in", signing_in.SignIn.as_view(), "account_login"),
    _page("sign-in/code", signing_in.SecondFactor.as_view(), "mfa_authenticate"),
    _page("sign-in/passkey", signing_in.SignInByPasskey.as_view(), "mfa_login_webauthn"),
    _page("sign-out", signing_in.sign_out, "account_logout"),
    _page("account/arrive/<str:token>", signing_in.arrive, "arrive"),
    _page("account/forgotten", protecting.Forgotten.as_view(), "account_reset_password"),
    _page("account/forgotten/sent", protecting.ForgottenSent.as_view(), "account_reset_password_done"),
    _page("account/reset/done", protecting.ResetDone.as_view(), "account_reset_password_from_key_done"),
    re_path(
        r"^account/reset/(?P<uidb36>[0-9A-Za-z_]{1,40})-(?P<key>[0-9A-Za-z-]{1,100})\Z",
        never_cache(protecting.Reset.as_view()),
        name="account_reset_password_from_key",
    ),
    _page("account/address/<str:token>", address.confirm_address, "confirm_address"),
    _own("account", account.account, "account"),
    _own("account", account.account, "mfa_index"),
    _secured("account/address", address.change_address, "change_address"),
    _secured("account/password", protecting.ChangePassword.as_view(), "account_change_password"),
    _own("account/confirm", protecting.Confirm.as_view(), "account_reauthenticate"),
    _own("account/confirm/code", protecting.ConfirmByCode.as_view(), "mfa_reauthenticate"),
    _own("account/confirm/passkey", protecting.ConfirmByPasskey.as_view(), "mfa_reauthenticate_webauthn"),
    _own("account/second-factor", protecting.second_factor, "second_factor"),
    _secured("account/app", protecting.SetUpApp.as_view(), "mfa_activate_totp"),
    _secured("account/app/remove", protecting.RemoveApp.as_view(), "mfa_deactivate_totp"),
    _secured("account/passkeys/add", protecting.AddPasskey.as_view(), "mfa_add_webauthn"),
    _secured("account/passkeys/<int:pk>/rename", protecting.RenamePasskey.as_view(), "mfa_edit_webauthn"),
    _secured("account/passkeys/<int:pk>/remove", protecting.RemovePasskey.as_view(), "mfa_remove_webauthn"),
    _secured("account/recovery-codes", protecting.RecoveryCodes.as_view(), "mfa_view_recovery_codes"),
    _secured("account/recovery-codes/download", download_recovery_codes, "mfa_download_recovery_codes"),
    _secured("account/recovery-codes/renew", protecting.RenewRecoveryCodes.as_view(), "mfa_generate_recovery_codes"),
    _own("account/sessions/end-others", account.end_other_sessions, "end_other_sessions"),
    _own("account/sessions/<int:session_id>/end", account.end_session, "end_session"),
]
on_tenants = [
    *_everywhere,
    _page("invitation/<str:account_id>/<str:token>", invitation.invitation, "invitation"),
]
public = [
    *_everywhere,
    _page("sign-up", signing_up.sign_up, "sign_up"),
    _page("sign-up/slug", signing_up.slug, "slug"),
    _page("sign-up/<str:token>", signing_up.sign_up_here, "sign_up_here"),
    _own("account/organisations", signing_up.organisations, "organisations"),
    _own("account/organisations/new", signing_up.new_organisation, "new_organisation"),
    _own("account/organisations/<str:slug>", signing_up.go_to, "go_to_organisation"),
    _own("account/organisations/<str:slug>/ready", signing_up.ready, "ready"),
]
