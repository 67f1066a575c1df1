"""Bodies, in and out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Generic, Literal, TypeVar

from ninja import Path, Query, Schema
from pydantic import AfterValidator, AwareDatetime, BeforeValidator, ConfigDict, Field
from typing_extensions import TypeAliasType

from kit.text import custom_data, storable
from tenants.records import MOST_ATTACHMENTS

Item = TypeVar("Item")

ROOM_ID = r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$"
USER_ID = r"^[^\s/\x00-\x1f\x7f]{1,128}$"
WEB_ADDRESS = r'^(https?://[^\s/?#\x00-\x1f\x7f"<>\\][^\s\x00-\x1f\x7f"<>\\]*)?$'

Id = Annotated[str, Field(pattern=ROOM_ID)]
RoomPath = Annotated[str, Path(..., min_length=1, max_length=64), AfterValidator(storable)]
MessagePath = Annotated[str, Path(..., min_length=1, max_length=64), AfterValidator(storable)]
MessageId = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(storable)]
UploadPath = Annotated[str, Path(..., min_length=1, max_length=64), AfterValidator(storable)]
UploadId = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(storable)]
UploadIds = Annotated[list[UploadId], Field(max_length=MOST_ATTACHMENTS)]
UserPath = Annotated[str, Path(..., pattern=USER_ID), AfterValidator(storable)]
UserId = Annotated[str, Field(pattern=USER_ID), AfterValidator(storable)]
UserQuery = Annotated[UserId | None, Query()]


def _line(most: int, least: int = 0) -> Any:
    return Annotated[str, Field(min_length=least, max_length=most), AfterValidator(storable)]


def _check_spelling(value: object) -> object:
    """Numbers, and texts of digits only, would pass as Unix times."""
    if not (isinstance(value, datetime) or (isinstance(value, str) and value[4:5] == "-")):
        raise ValueError("not a time as RFC 3339 writes it")
    return value


def _check_era(moment: datetime) -> datetime:
    """What PostgreSQL and Python can both read back, whatever the time zone."""
    if not datetime(1970, 1, 1, tzinfo=UTC) <= moment < datetime(9999, 1, 1, tzinfo=UTC):
        raise ValueError("not a time between 1970 and 9998")
    return moment


WebAddress = Annotated[str, Field(pattern=WEB_ADDRESS, max_length=2_000)]
Moment = Annotated[AwareDatetime, Field(strict=False), BeforeValidator(_check_spelling), AfterValidator(_check_era)]

# What has a name of its own in the schema, and so in the clients that are generated from it.
RoomKind = TypeAliasType("RoomKind", Literal["open", "private", "direct"])
MessageKind = TypeAliasType("MessageKind", Literal["message", "system"])
Role = TypeAliasType("Role", Literal["member", "moderator", "owner"])
CustomData = TypeAliasType("CustomData", dict[str, Any])

CheckedData = Annotated[CustomData, AfterValidator(custom_data)]


def _unless_given() -> Any:
    """The default of a field that may be left out but not be null, and then is not among ``model_fields_set``."""
    return Field(default=None, json_schema_extra=_without_default)


def _without_default(schema: dict[str, Any]) -> None:
    schema.pop("default", None)


class Body(Schema):
    """As strict as frames are, and stricter with fields that we do not know: a request is written for one version."""

    model_config = ConfigDict(strict=True, extra="forbid")


class Answer(Schema):
    """Answers are whole: a field with a default is there as well."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)


class RoomIn(Body):
    """``id`` is yours, or made for you. ``members`` come in along with whoever makes the room."""

    id: Id | None = None
    kind: RoomKind = "open"
    name: _line(120) = ""  # type: ignore[valid-type]
    topic: _line(500) = ""  # type: ignore[valid-type]
    picture: WebAddress = ""
    data: CheckedData | None = None
    members: Annotated[list[UserId], Field(max_length=100)] = []


class RoomChange(Body):
    """What is left out stays as it is; ``data: null`` clears. ``slow_seconds``: the least pause between two messages of
    a member. In a frozen room only moderators, owners and the server write, in an archived one nobody."""

    name: _line(120) = _unless_given()  # type: ignore[valid-type]
    topic: _line(500) = _unless_given()  # type: ignore[valid-type]
    picture: WebAddress = _unless_given()
    data: CheckedData | None = _unless_given()
    frozen: bool = _unless_given()
    slow_seconds: Annotated[int, Field(ge=0, le=3_600)] = _unless_given()
    archived: bool = _unless_given()


class MemberIn(Body):
    """Without ``role`` a new member is a plain one and another keeps the role that he or she has."""

    role: Role | None = None


class NamedMemberIn(MemberIn):
    user: UserId


class MembersIn(Body):
    members: Annotated[list[NamedMemberIn], Field(min_length=1, max_length=100)]


class BanIn(Body):
    """For good, or ``until`` a time to come."""

    reason: _line(500) = ""  # type: ignore[valid-type]
    until: Moment | None = None


class ImportedMessageIn(Body):
    """What ``user`` said at ``created_at``. The same ``client_id`` of the same user again is the same message."""

    user: UserId
    text: Annotated[str, AfterValidator(storable)]
    created_at: Moment
    client_id: _line(128, 1)  # type: ignore[valid-type]


class ImportIn(Body):
    messages: Annotated[list[ImportedMessageIn], Field(min_length=1, max_length=100)]


class MessageIn(Body):
    """``user`` names the author when an API key calls; ``kind: system`` says it in nobody's name. The same
    ``client_id`` again is the same message. ``parent`` is the message that this one replies to, ``quote`` one that it
    quotes. With ``attachments``, ids of uploads, the text may be empty."""

    text: Annotated[str, AfterValidator(storable)]
    client_id: _line(128, 1) | None = None  # type: ignore[valid-type]
    user: UserId | None = None
    kind: MessageKind = "message"
    parent: MessageId | None = None
    quote: MessageId | None = None
    data: CheckedData | None = None
    attachments: UploadIds = []


class MessageChange(Body):
    """What is left out stays as it is; ``data: null`` clears."""

    text: Annotated[str, AfterValidator(storable)] = _unless_given()
    data: CheckedData | None = None


class ReadIn(Body):
    """``user`` names the reader when an API key calls."""

    seq: Annotated[int, Field(ge=0, lt=2**63)]
    user: UserId | None = None


class UserIn(Body):
    name: _line(120, 1) | None = None  # type: ignore[valid-type]
    avatar: _line(2_000) | None = None  # type: ignore[valid-type]


class UserChange(UserIn):
    """What is left out stays as it is. Somebody who is not ``active`` may not come in."""

    active: bool | None = None


class NamedUserIn(UserIn):
    id: UserId


class UsersIn(Body):
    users: Annotated[list[NamedUserIn], Field(min_length=1, max_length=100)]


class TokenIn(Body):
    """``ttl`` in seconds, a day at most."""

    ttl: Annotated[float, Field(gt=0, le=86_400)] = 3_600.0


class Page(Answer, Generic[Item]):
    """``next`` goes into ``cursor`` for the page behind this one; null at the end."""

    data: list[Item]
    next: str | None = None

    @classmethod
    def model_parametrized_name(cls, params: tuple[Any, ...]) -> str:
        """``RoomPage``, not ``Page_RoomOut_``."""
        return f"{params[0].__name__.removesuffix('Out')}Page"


class NamedRoomOut(Answer):
    id: str
    name: str


class LastMessageOut(Answer):
    user_name: str | None
    text: str
    created_at: datetime


class RoomOut(Answer):
    id: str
    kind: RoomKind
    name: str
    topic: str
    picture: str
    data: CustomData | None
    epoch: str
    last_seq: int
    created_at: datetime
    active_at: datetime
    archived: bool
    frozen: bool
    slow_seconds: int
    member_count: int
    member: bool
    role: Role | None
    muted: bool
    read_seq: int
    unread: int
    mentions: int
    last_message: LastMessageOut | None


class UserOut(Answer):
    """Who is not ``active`` may not come in."""

    id: str
    name: str
    avatar: str
    created_at: datetime
    active: bool
    online: bool
    last_seen: datetime | None


class UsersOut(Answer):
    data: list[UserOut]


class MemberOut(Answer):
    """A ``guest`` came by a guest link."""

    id: str
    name: str
    avatar: str
    role: Role
    guest: bool
    read_seq: int
    joined_at: datetime
    online: bool
    last_seen: datetime | None


class AuthorOut(Answer):
    id: str
    name: str
    avatar: str | None = None


class PlacedOut(Answer):
    """Ids of users: who came in, and whose role is another now."""

    joined: list[str]
    changed: list[str]


class BanOut(Answer):
    user: AuthorOut
    reason: str
    until: datetime | None
    banned_by: str | None
    created_at: datetime


class QuoteOut(Answer):
    """The beginning of another message, as that is by now."""

    id: str
    seq: int
    user: AuthorOut | None
    text: str


class ReactionOut(Answer):
    """``users`` are the first of those who are counted."""

    emoji: str
    count: int
    users: list[str]


class AttachmentOut(Answer):
    """A file. ``width``, ``height`` (pixels) and ``blurhash`` are an image's. ``size`` is in bytes."""

    id: str
    name: str
    type: str
    size: int
    width: int | None
    height: int | None
    blurhash: str | None


class MessageOut(Answer):
    id: str
    seq: int
    kind: Annotated[str, Field(examples=["message"])]
    user: AuthorOut | None
    text: str
    client_id: str | None
    created_at: datetime
    edited_at: datetime | None
    deleted: bool
    data: CustomData | None
    html: str | None = None
    mentions: list[str] = []
    mentions_room: bool = False
    parent: str | None = None
    quote: QuoteOut | None = None
    reply_count: int = 0
    last_repliers: list[str] = []
    reactions: list[ReactionOut] = []
    attachments: list[AttachmentOut] = []
    pinned_at: datetime | None = None
    pinned_by: str | None = None


class SentOut(Answer):
    id: str
    seq: int
    created_at: datetime


class WordingOut(Answer):
    """What a message said until ``edited_at``."""

    text: str
    data: CustomData | None
    edited_by: str | None
    edited_at: datetime


class ImportedOut(Answer):
    """In the order of the request."""

    data: list[SentOut]


class ReadOut(Answer):
    read_seq: int


class TokenOut(Answer):
    token: str
    expires_at: datetime


class FieldProblem(Answer):
    """A field that was refused: a dotted path and a short reason."""

    field: str
    code: str


class Problem(Answer):
    """RFC 9457 problem details."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[FieldProblem]
    retryable: bool
    request_id: str
