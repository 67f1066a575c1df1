"""What clients may say: one JSON object a frame, with a ``type``, and a ``ref`` of theirs that the answer carries."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import from_json

from kit.errors import BAD_FRAME, BAD_JSON, INVALID, UNKNOWN_COMMAND, FieldError, ParleyError
from kit.text import custom_data, storable
from tenants.records import MOST_ATTACHMENTS

Ref = Annotated[int, Field(ge=-(2**53), le=2**53)] | Annotated[str, Field(max_length=64)] | None
Text = Annotated[str, AfterValidator(storable)]
RoomId = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(storable)]
ClientId = Annotated[str, Field(min_length=1, max_length=128), AfterValidator(storable)]
MessageId = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(storable)]
UploadId = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(storable)]
UploadIds = Annotated[list[UploadId], Field(max_length=MOST_ATTACHMENTS)]
CustomData = Annotated[dict[str, Any], AfterValidator(custom_data)]
Seq = Annotated[int, Field(ge=0, lt=2**63)]


class Command(BaseModel):
    """Fields are strict; ones that we do not know are passed over, so that newer clients can speak to us."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)

    type: str
    ref: Ref = None


class RoomCommand(Command):
    room: RoomId


class Subscribe(RoomCommand):
    type: Literal["room.subscribe"]
    since: Seq | None = None
    epoch: Annotated[str, Field(max_length=64), AfterValidator(storable)] | None = None


class Unsubscribe(RoomCommand):
    type: Literal["room.unsubscribe"]


class Send(RoomCommand):
    type: Literal["message.send"]
    text: Text
    client_id: ClientId | None = None
    parent: MessageId | None = None
    quote: MessageId | None = None
    data: CustomData | None = None
    attachments: UploadIds = Field(default_factory=list)  # a default would be copied, which takes as long as all else


class MessageCommand(RoomCommand):
    id: MessageId


class Edit(MessageCommand):
    """What is left out stays as it is; ``data: null`` takes it away."""

    type: Literal["message.edit"]
    text: Text = ""
    data: CustomData | None = None


class Delete(MessageCommand):
    type: Literal["message.delete"]


class React(MessageCommand):
    emoji: Annotated[str, Field(min_length=1, max_length=64), AfterValidator(storable)]


class AddReaction(React):
    type: Literal["reaction.add"]


class RemoveReaction(React):
    type: Literal["reaction.remove"]


class MarkRead(RoomCommand):
    type: Literal["read.mark"]
    seq: Seq


class StartTyping(RoomCommand):
    type: Literal["typing.start"]


class StopTyping(RoomCommand):
    type: Literal["typing.stop"]


class RefreshToken(Command):
    type: Literal["token.refresh"]
    token: Annotated[str, Field(min_length=1, max_length=8_192), AfterValidator(storable)]


class Ping(Command):
    type: Literal["ping"]


COMMANDS: dict[str, type[Command]] = {
    str(model.model_fields["type"].annotation.__args__[0]): model  # type: ignore[union-attr]
    for model in (
        Subscribe,
        Unsubscribe,
        Send,
        Edit,
        Delete,
        AddReaction,
        RemoveReaction,
        MarkRead,
        StartTyping,
        StopTyping,
        RefreshToken,
        Ping,
    )
}


class BadFrame(ParleyError):
    """A frame that is no command, with the ``ref`` that it had, if it had one."""

    ref: int | str | None = None


_validate_send = Send.__pydantic_validator__.validate_json  # as Send.model_validate_json, with a call less


def parse_send(text: str) -> Send | None:
    """A ``message.send``, in one pass. None for all other frames, and for what only ``parse`` can judge."""
    if '"message.send"' not in text or "NaN" in text or "Infinity" in text:
        return None
    try:
        send: Send = _validate_send(text)
    except ValidationError:
        return None
    return send


def parse(text: str | None) -> Command:
    """The command in a text frame. Raises BadFrame: ``bad_json``, ``bad_frame``, ``unknown_command``, ``invalid``."""
    if text is None:
        raise BadFrame(BAD_FRAME, "Frames are text, not binary.")
    try:
        frame = from_json(text, allow_inf_nan=False)
    except ValueError:
        raise BadFrame(BAD_JSON) from None
    if not isinstance(frame, dict) or not isinstance(frame.get("type"), str):
        raise BadFrame(BAD_FRAME, "A frame is a JSON object with a type.")
    model = COMMANDS.get(frame["type"])
    if model is None:
        raise _with_ref(BadFrame(UNKNOWN_COMMAND, f"There is no command {frame['type'][:40]!r}."), frame)
    try:
        return model.model_validate(frame)
    except ValidationError as wrong:
        raise _with_ref(BadFrame(INVALID, errors=_field_errors(wrong)), frame) from None


def _with_ref(error: BadFrame, frame: dict[str, Any]) -> BadFrame:
    ref = frame.get("ref")
    if (isinstance(ref, str) and len(ref) <= 64) or (
        isinstance(ref, int) and not isinstance(ref, bool) and abs(ref) <= 2**53
    ):
        error.ref = ref
    return error


def _field_errors(wrong: ValidationError) -> list[FieldError]:
    return [
        {"field": ".".join(str(part) for part in error["loc"][:1]), "code": error["type"]}
        for error in wrong.errors(include_url=False, include_input=False, include_context=False)
    ]
