"""What Parley has otherwise than django-allauth would."""

from __future__ import annotations

from typing import Any

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.stagekit import clear_login
from allauth.core import context
from django.contrib.auth import authenticate
from django.contrib.messages import add_message, error
from django.forms import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from accounts.doors import address_of, begin_session, mailed_url, may_enter
from accounts.emails import send
from tenants.models import Account
from tenants.sessions import confirmed_lately

log = structlog.get_logger(__name__)

_NO_ENTRY = "E-mail or password is not right."
_TOLD = {
    "account/messages/password_changed.txt": "Your password is changed. Everywhere else you are signed out.",
    "mfa/messages/totp_activated.txt": "Your authenticator app is set up.",
    "mfa/messages/totp_deactivated.txt": "Your authenticator app is removed.",
    "mfa/messages/webauthn_added.txt": "Your passkey is added.",
    "mfa/messages/webauthn_removed.txt": "The passkey is removed.",
    "mfa/messages/recovery_codes_generated.txt": "These are your new recovery codes.",
}
"""What is said when it is done; of all else, that it is seen is enough."""


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _NO_ENTRY,
        "enter_current_password": "This is not your password.",
        "incorrect_password": "This is not your password.",
        "too_many_login_attempts": "Too many attempts. Wait a few minutes, then try again.",
        "rate_limited": "Too many attempts. Wait a few minutes, then try again.",
    }

    def authenticate(self, request: Any, **credentials: Any) -> Account | None:
        """A wrong password, an unknown address and an account without a place here look the same and cost the same."""
        self.pre_authenticate(request, **credentials)
        account = authenticate(request, username=credentials["email"].lower(), password=credentials["password"])
        if not isinstance(account, Account) or not may_enter(account, request.tenant):
            log.warning("accounts.password_refused", address=address_of(request))
            return None
        self._rollback_login_failed_rl_usage()
        return account

    def pre_login(self, request: Any, user: Account, **particulars: Any) -> HttpResponse | None:
        """A passkey knows nothing of places."""
        if may_enter(user, request.tenant):
            return None
        clear_login(request)
        error(request, "This passkey does not open this place.")
        return HttpResponseRedirect(reverse("account_login"))

    def login(self, request: HttpRequest, user: Account) -> None:
        begin_session(request, user)

    def get_login_stages(self) -> list[str]:
        return ["accounts.second_factors.SecondFactorStage"]

    def get_login_redirect_url(self, request: Any) -> str:
        if request.tenant is not None:
            return "/"
        return "/operators/" if request.user.is_operator else reverse("organisations")

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return str(reverse("account"))

    def is_reauthentication_required(self, *, app: str, **more: Any) -> bool:
        """Who has just signed in need not confirm it."""
        return not confirmed_lately(context.request.session)

    def get_reset_password_from_key_url(self, key: str) -> str:
        account, _, token = key.partition("-")
        return mailed_url(self.request, reverse("account_reset_password_from_key", args=[account, token]))

    def get_client_ip(self, request: HttpRequest) -> str:
        """The servers know which proxies to believe; on a Unix socket there is no address."""
        return request.META.get("REMOTE_ADDR") or "127.0.0.1"

    def add_message(
        self, request: HttpRequest, level: int, message_template: str = "", *others: Any, message: str = "", **more: Any
    ) -> None:
        words = message or _TOLD.get(message_template)
        if words:
            add_message(request, level, words)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        send(self.request, template_prefix, email, context)

    def validation_error(self, code: str, *values: Any) -> ValidationError:
        problem: ValidationError = super().validation_error(code, *values)
        return problem
