"""One function for each command of a socket."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, cast

from chat.commands import editing, members, messages, reactions
from chat.commands.attaching import find_attachments
from chat.commands.changing import Changed
from chat.commands.messages import Beside
from chat.commands.sending import Sent
from chat.delivery.batch import Batch, in_parts
from chat.delivery.rooms import RoomKey
from chat.events import WITHHELD, RoomEvent, seen_by
from chat.payloads import Payload, event_payload, passing_payload, user_payload
from chat.policies import check_may_read, lets_in
from chat.publishing import pass_on
from chat.queries.timeline import Snapshot, snapshot
from chat.socket import registry
from chat.socket.connection import Connection
from chat.socket.frames import (
    AddReaction,
    Delete,
    Edit,
    MarkRead,
    MessageCommand,
    Ping,
    RefreshToken,
    RemoveReaction,
    RoomCommand,
    Send,
    StartTyping,
    StopTyping,
    Subscribe,
    Unsubscribe,
)
from chat.socket.handshake import renewed
from kit.errors import NOT_SUBSCRIBED, TOO_MANY_ROOMS, ParleyError
from kit.ids import wire_id
from tenants.changes import notices_heard
from tenants.limits import connects_per_user, take


async def subscribe(connection: Connection, frame: Subscribe) -> None:
    """Answer with the room's state and what came after ``since``; from then on everything live, no hole between.

    The subscription collects live events before the state is read, so that nothing falls between the two.
    """
    _make_place(connection, frame.room)
    hub = connection.delivery.hub
    feed = await hub.open(RoomKey(connection.tenant.schema_name, frame.room))
    subscription = feed.attach(connection.outlet, connection.actor.user_id, partial(_parted, connection, frame.room))
    try:
        state = await _admitted(connection, frame)
        if subscription.misses(state.replay.last_seq):
            state = await _snapshot(connection, frame)
    except BaseException:
        subscription.end()
        raise
    finally:
        hub.release(feed)
    replay = state.replay
    connection.ok(
        frame.ref,
        room=frame.room,
        epoch=state.epoch,
        first_seq=state.first_seq,
        last_seq=replay.last_seq,
        replayed=len(replay.seqs),
        more=replay.more,
    )
    connection.subscriptions[frame.room] = subscription
    for batch in in_parts(replay.payloads):
        connection.outlet.write(batch)
        await connection.outlet.drained()
    subscription.start(replay.last_seq)


def _make_place(connection: Connection, room_id: str) -> None:
    before = connection.subscriptions.pop(room_id, None)
    if before is not None:
        connection.delivery.hub.leave(before)
    elif len(connection.subscriptions) >= connection.tenant.limits.rooms_per_connection:
        raise ParleyError(TOO_MANY_ROOMS)


async def _admitted(connection: Connection, frame: Subscribe) -> Snapshot:
    state = await _snapshot(connection, frame)
    if lets_in(connection.actor, frame.room, state.access) and connection.actor.user_id is not None:
        await members.join(connection.actor, frame.room, connection.actor.user_id)
        state = await _snapshot(connection, frame)
    check_may_read(connection.actor, frame.room, state.access)
    return state


async def _snapshot(connection: Connection, frame: Subscribe) -> Snapshot:
    schema = connection.tenant.schema_name
    return await snapshot(schema, frame.room, connection.actor, frame.since, frame.epoch)


def _parted(connection: Connection, room_id: str, reason: str) -> None:
    """The user has left the room or was sent away."""
    subscription = connection.subscriptions.pop(room_id)
    _stop_typing(connection, room_id)
    connection.delivery.hub.leave(subscription)
    connection.say({"type": "room.unsubscribed", "room": room_id, "reason": reason})


async def unsubscribe(connection: Connection, frame: Unsubscribe) -> None:
    subscription = connection.subscriptions.pop(frame.room, None)
    if subscription is None:
        raise ParleyError(NOT_SUBSCRIBED)
    _stop_typing(connection, frame.room)
    connection.delivery.hub.leave(subscription)
    connection.ok(frame.ref, room=frame.room)


async def send(connection: Connection, frame: Send) -> None:
    """Queue the message and go on reading; the answer follows the commit."""
    await connection.fewer_unanswered()
    tenant, actor = connection.tenant, connection.actor
    found = await find_attachments(tenant, actor, frame.room, frame.client_id, frame.attachments)
    text = await messages.asked(tenant, actor, frame.room, frame.text, frame.data)
    post(connection, frame if text == frame.text else frame.model_copy(update={"text": text}), found)


def post(connection: Connection, frame: Send, attachments: Sequence[Payload] = ()) -> None:
    """The same without waiting."""
    settle = partial(_acknowledge, connection, frame.ref)
    beside = Beside(frame.parent, frame.quote, frame.data, attachments=attachments)
    messages.post(
        connection.writer, connection.tenant, connection.actor, frame.room, frame.text, frame.client_id, beside, settle
    )
    connection.unanswered += 1


def _acknowledge(connection: Connection, ref: int | str | None, answer: Sent | ParleyError) -> None:
    connection.answered()
    if isinstance(answer, ParleyError):
        connection.fail(ref, answer)
    else:
        connection.ok(ref, id=wire_id("m", answer.id), seq=answer.seq, created_at=answer.created_at)
        if answer.event is not None and answer.event.kind == WITHHELD:
            _echo(connection, answer.event)


def _echo(connection: Connection, event: RoomEvent) -> None:
    """What nobody else is told of."""
    if event.room_id in connection.subscriptions:
        connection.outlet.write(Batch([event_payload(seen_by(event, connection.actor.user_id))]))


async def edit(connection: Connection, frame: Edit) -> None:
    given = frame.model_dump(include={"text", "data"} & frame.model_fields_set)
    changes = cast(editing.Changes, given)
    changed = await editing.edit(connection.tenant, connection.actor, frame.room, frame.id, changes)
    _tell_changed(connection, frame, changed)


async def delete(connection: Connection, frame: Delete) -> None:
    _tell_changed(connection, frame, await editing.delete(connection.tenant, connection.actor, frame.room, frame.id))


async def add_reaction(connection: Connection, frame: AddReaction) -> None:
    changed = await reactions.add_reaction(connection.tenant, connection.actor, frame.room, frame.id, frame.emoji)
    _tell_changed(connection, frame, changed)


async def remove_reaction(connection: Connection, frame: RemoveReaction) -> None:
    changed = await reactions.remove_reaction(connection.tenant, connection.actor, frame.room, frame.id, frame.emoji)
    _tell_changed(connection, frame, changed)


def _tell_changed(connection: Connection, frame: MessageCommand, changed: Changed) -> None:
    connection.ok(frame.ref, id=wire_id("m", changed.id), seq=changed.seq)


async def mark_read(connection: Connection, frame: MarkRead) -> None:
    position = await members.mark_read(connection.actor, frame.room, frame.seq)
    connection.ok(frame.ref, room=frame.room, read_seq=position)


async def start_typing(connection: Connection, frame: StartTyping) -> None:
    _check_subscribed(connection, frame)
    connection.typing_in.add(frame.room)
    _tell_typing(connection, frame.room, "typing.started")
    connection.ok(frame.ref)


async def stop_typing(connection: Connection, frame: StopTyping) -> None:
    _check_subscribed(connection, frame)
    _stop_typing(connection, frame.room)
    connection.ok(frame.ref)


def stop_all_typing(connection: Connection) -> None:
    """For a socket that ends while its user was writing."""
    for room_id in tuple(connection.typing_in):
        _stop_typing(connection, room_id)


async def refresh_token(connection: Connection, frame: RefreshToken) -> None:
    """Go on under a newer token of the same user; rooms that it does not name are left. It costs what a connect does,
    and counts as one."""
    heard = notices_heard()
    tenant, visitor = connection.tenant, connection.visitor
    await take(tenant, connects_per_user(tenant.limits), f"user:{visitor.entered.id}")
    connection.go_on_as(await renewed(tenant, visitor, frame.token))
    await registry.review_newcomer(connection, heard)
    if connection.closed:
        return
    named = connection.actor.rooms
    for room_id in tuple(connection.subscriptions):
        if named is not None and room_id not in named:
            _parted(connection, room_id, "token")
    connection.ok(frame.ref)


async def ping(connection: Connection, frame: Ping) -> None:
    connection.pong(frame.ref)


def _check_subscribed(connection: Connection, frame: RoomCommand) -> None:
    if frame.room not in connection.subscriptions:
        raise ParleyError(NOT_SUBSCRIBED)


def _stop_typing(connection: Connection, room_id: str) -> None:
    if room_id in connection.typing_in:
        connection.typing_in.discard(room_id)
        _tell_typing(connection, room_id, "typing.stopped")


def _tell_typing(connection: Connection, room_id: str, kind: str) -> None:
    actor = connection.actor
    user = user_payload(actor.user_id or "", actor.name)
    pass_on(RoomKey(connection.tenant.schema_name, room_id), passing_payload(kind, room_id, user))


Handler = Callable[[Connection, Any], Awaitable[None]]
HANDLERS: dict[type, Handler] = {
    Subscribe: subscribe,
    Unsubscribe: unsubscribe,
    Send: send,
    Edit: edit,
    Delete: delete,
    AddReaction: add_reaction,
    RemoveReaction: remove_reaction,
    MarkRead: mark_read,
    StartTyping: start_typing,
    StopTyping: stop_typing,
    RefreshToken: refresh_token,
    Ping: ping,
}
