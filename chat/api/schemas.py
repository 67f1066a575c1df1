"""Bodies, in and out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Generic, Literal, TypeVar

from ninja import Path, Schema
from pydantic import AfterValidator, ConfigDict, Field

from kit.text import storable

Item = TypeVar("Item")

ROOM_ID = r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$"
USER_ID = r"^[^\s/\x00-\x1f\x7f]{1,128}$"

Id = Annotated[str, Field(pattern=ROOM_ID)]
RoomPath = Annotated[str, Path(..., min_length=1, max_length=64), AfterValidator(storable)]
UserPath = Annotated[str, Path(..., pattern=USER_ID), AfterValidator(storable)]
UserId = Annotated[str, Field(pattern=USER_ID), AfterValidator(storable)]


def _line(most: int, least: int = 0) -> Any:
    return Annotated[str, Field(min_length=least, max_length=most), AfterValidator(storable)]


class Body(Schema):
    """As strict as frames are, and stricter with fields that we do not know: a request is written for one version."""

    model_config = ConfigDict(strict=True, extra="forbid")


class RoomIn(Body):
    """``id`` is yours, or made for you. ``members`` come in along with whoever makes the room."""

    id: Id | None = None
    kind: Literal["open", "private", "direct"] = "open"
    name: _line(120) = ""  # type: ignore[valid-type]
    topic: _line(500) = ""  # type: ignore[valid-type]
    members: Annotated[list[UserId], Field(max_length=100)] = []


class MemberIn(Body):
    """Without ``role`` a new member is a plain one and another keeps the role that he or she has."""

    role: Literal["member", "moderator", "owner"] | None = None


class MessageIn(Body):
    """``user`` names the author when an API key calls. The same ``client_id`` again is the same message."""

    text: Annotated[str, AfterValidator(storable)]
    client_id: _line(128, 1) | None = None  # type: ignore[valid-type]
    user: UserId | None = None


class ReadIn(Body):
    """``user`` names the reader when an API key calls."""

    seq: Annotated[int, Field(ge=0, lt=2**63)]
    user: UserId | None = None


class UserIn(Body):
    name: _line(120, 1) | None = None  # type: ignore[valid-type]
    avatar: _line(2_000) | None = None  # type: ignore[valid-type]


class TokenIn(Body):
    """``ttl`` in seconds, a day at most."""

    ttl: Annotated[float, Field(gt=0, le=86_400)] = 3_600.0


class Page(Schema, Generic[Item]):
    """``next`` goes into ``cursor`` for the page behind this one; null at the end."""

    data: list[Item]
    next: str | None = None


class LastMessageOut(Schema):
    user_name: str | None
    text: str
    created_at: datetime


class RoomOut(Schema):
    id: str
    kind: str
    name: str
    topic: str
    epoch: str
    last_seq: int
    created_at: datetime
    active_at: datetime
    archived: bool
    member: bool
    role: str | None
    read_seq: int
    unread: int
    last_message: LastMessageOut | None


class UserOut(Schema):
    id: str
    name: str
    avatar: str
    created_at: datetime


class MemberOut(Schema):
    id: str
    name: str
    avatar: str
    role: str
    read_seq: int
    joined_at: datetime


class AuthorOut(Schema):
    id: str
    name: str
    avatar: str | None = None


class MessageOut(Schema):
    id: str
    seq: int
    kind: str
    user: AuthorOut | None
    text: str
    client_id: str | None
    created_at: datetime
    edited_at: datetime | None
    deleted: bool
    data: dict[str, Any] | None


class SentOut(Schema):
    id: str
    seq: int
    created_at: datetime


class ReadOut(Schema):
    read_seq: int


class TokenOut(Schema):
    token: str
    expires_at: datetime


class ProblemOut(Schema):
    """RFC 9457 problem details."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[dict[str, str]]
    retryable: bool
    request_id: str
