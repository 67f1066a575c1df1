"""The one table of error codes, and the exception that carries a row of it.

A code is stable: programs compare it. HTTP answers use ``status``, sockets send the code in an ``error`` frame and,
where a row names one, end with the ``close`` code (RFC 6455 section 7.4.2, private range 4000-4999).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict


@dataclass(frozen=True, slots=True)
class Code:
    """One row: its name on the wire, the HTTP status, a title for people, and how a client should react."""

    name: str
    status: int
    title: str
    close: int | None = None
    retryable: bool = False


TABLE: dict[str, Code] = {}


def _row(name: str, status: int, title: str, *, close: int | None = None, retryable: bool = False) -> Code:
    TABLE[name] = Code(name, status, title, close, retryable)
    return TABLE[name]


# Frames and bodies
BAD_JSON = _row("bad_json", 400, "Not valid JSON", close=4400)
BAD_FRAME = _row("bad_frame", 400, "Not a command", close=4400)
UNKNOWN_COMMAND = _row("unknown_command", 400, "No such command", close=4400)
INVALID = _row("invalid", 422, "Some fields are not valid", close=4400)
TOO_BIG = _row("too_big", 413, "Too large", close=1009)
BAD_CURSOR = _row("bad_cursor", 400, "Not a cursor of this list")

# Who is asking
TOKEN_MISSING = _row("token_missing", 401, "No credential was given", close=4401)
TOKEN_INVALID = _row("token_invalid", 401, "The credential is not valid here", close=4401)
TOKEN_EXPIRED = _row("token_expired", 401, "The credential has expired", close=4401)
NOT_ALLOWED = _row("not_allowed", 403, "Not allowed", close=4403)
SCOPE_MISSING = _row("scope_missing", 403, "The API key's scopes do not cover this")
KEY_NOT_FOUND = _row("key_not_found", 404, "No such key")
TOO_MANY_KEYS = _row("too_many_keys", 409, "Too many keys are in force")
ORIGIN_NOT_ALLOWED = _row("origin_not_allowed", 403, "This origin may not connect", close=4403)
CSRF_FAILED = _row("csrf_failed", 403, "The request lacks its CSRF token")

# The tenant
TENANT_SUSPENDED = _row("tenant_suspended", 403, "This organisation is suspended", close=4403)
TENANT_MOVED = _row("tenant_moved", 421, "This organisation has moved", close=1012, retryable=True)
PLAN_LIMIT_REACHED = _row("plan_limit_reached", 402, "The plan's limit is reached", close=1013)
SLUG_INVALID = _row("slug_invalid", 422, "Not a valid slug")
SLUG_RESERVED = _row("slug_reserved", 422, "This slug is reserved")
SLUG_TAKEN = _row("slug_taken", 409, "This slug is taken")
DOMAIN_INVALID = _row("domain_invalid", 422, "Not a valid domain name")
DOMAIN_TAKEN = _row("domain_taken", 409, "This domain is taken")
DOMAIN_NOT_FOUND = _row("domain_not_found", 404, "No such domain")
TOO_MANY_DOMAINS = _row("too_many_domains", 409, "Too many domains")
EMAIL_INVALID = _row("email_invalid", 422, "Not a valid e-mail address")
TENANT_NOT_FOUND = _row("tenant_not_found", 404, "No such tenant")
TENANT_STATE = _row("tenant_state", 409, "The tenant's state does not allow this")
OPERATOR_NOT_FOUND = _row("operator_not_found", 404, "No such operator")
LAST_OPERATOR = _row("last_operator", 409, "The platform keeps its last owner")
SUPPORT_FORBIDDEN = _row("support_forbidden", 403, "This organisation lets no support in")

# The conversation
NOT_FOUND = _row("not_found", 404, "No such thing here")
METHOD_NOT_ALLOWED = _row("method_not_allowed", 405, "This cannot be done here")
ROOM_NOT_FOUND = _row("room_not_found", 404, "No such room")
ROOM_EXISTS = _row("room_exists", 409, "A room with this id exists")
ROOM_ARCHIVED = _row("room_archived", 409, "The room is archived")
ROOM_FROZEN = _row("room_frozen", 409, "The room is frozen: only its moderators write")
SLOW_MODE = _row("slow_mode", 429, "The room is in slow mode", retryable=True)
BANNED = _row("banned", 403, "Banned from this room")
MUTED = _row("muted", 403, "Muted in this room: reading goes on, writing does not")
LAST_OWNER = _row("last_owner", 409, "A room with members keeps its last owner")
MESSAGE_NOT_FOUND = _row("message_not_found", 404, "No such message")
MESSAGE_DELETED = _row("message_deleted", 409, "The message is deleted")
CONTENT_REFUSED = _row("content_refused", 422, "The tenant's rules refuse this text")
UPLOAD_NOT_FOUND = _row("upload_not_found", 404, "No such upload")
FILE_REFUSED = _row("file_refused", 422, "This file is not taken")
LINK_EXPIRED = _row("link_expired", 403, "The link has expired or is not valid")
WEBHOOK_NOT_FOUND = _row("webhook_not_found", 404, "No such webhook")
URL_REFUSED = _row("url_refused", 422, "This URL is not called")
IDEMPOTENCY_MISMATCH = _row("idempotency_mismatch", 422, "This Idempotency-Key came with another request before")
IDEMPOTENCY_BUSY = _row(
    "idempotency_busy", 409, "The first request with this Idempotency-Key is under way", retryable=True
)
PRECONDITION_FAILED = _row("precondition_failed", 412, "It has changed since")
USER_NOT_FOUND = _row("user_not_found", 404, "No such user")
NOT_SUBSCRIBED = _row("not_subscribed", 409, "Subscribe to the room first")
TOO_MANY_ROOMS = _row("too_many_rooms", 409, "Too many rooms on one connection")

# Pace and weather
RATE_LIMITED = _row("rate_limited", 429, "Too fast", retryable=True)
FLOOD = _row("flood", 429, "Far too fast", close=4429, retryable=True)
BUSY = _row("busy", 503, "Busy, try again shortly", retryable=True)
MAINTENANCE = _row("maintenance", 503, "In maintenance: everything can be read, nothing sent", retryable=True)
UNAVAILABLE = _row("unavailable", 503, "Temporarily unavailable", retryable=True)
INTERNAL = _row("internal", 500, "Something went wrong on our side", retryable=True)

# Socket closes that answer no command
READER_TOO_SLOW = 4408
SERVER_RESTARTING = 1012


class FieldError(TypedDict):
    """One field that was refused: a dotted path and a short reason."""

    field: str
    code: str


class ParleyError(Exception):
    """A refusal with a stable code. ``retry_after`` is in seconds; ``errors`` names the fields at fault."""

    def __init__(
        self,
        code: Code,
        detail: str = "",
        *,
        retry_after: float | None = None,
        errors: Sequence[FieldError] = (),
    ) -> None:
        super().__init__(detail or code.title)
        self.code = code
        self.detail = detail or code.title
        self.retry_after = retry_after
        self.errors = tuple(errors)
