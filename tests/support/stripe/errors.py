"""Refusals as Stripe words them (https://docs.stripe.com/api/errors)."""

from __future__ import annotations

from typing import Any


class Refused(Exception):
    """An answer that is not 2xx. ``more`` goes into the error object: code, param, decline_code and so on."""

    def __init__(self, status: int, kind: str, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"error": {"type": kind, "message": message, **more}}


def invalid(message: str, *, param: str | None = None, code: str | None = None, status: int = 400) -> Refused:
    more = {name: value for name, value in (("param", param), ("code", code)) if value is not None}
    return Refused(status, "invalid_request_error", message, **more)


def missing(kind: str, name: str, param: str) -> Refused:
    """404 in a path, 400 within a body: see ``App``, which knows where the name was."""
    words = kind.split(".")[-1].replace("_", " ")
    return invalid(f"No such {words}: '{name}'", param=param, code="resource_missing", status=404)


def declined(decline_code: str, payment_intent: dict[str, Any] | None = None) -> Refused:
    if decline_code == "authentication_required":
        code, message = decline_code, "Your card was declined. This transaction requires authentication."
    else:
        code, message = "card_declined", "Your card was declined."
    more = {"payment_intent": payment_intent} if payment_intent else {}
    return Refused(402, "card_error", message, code=code, decline_code=decline_code, **more)
