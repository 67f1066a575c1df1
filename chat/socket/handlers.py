"""One function for each command of a socket."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from chat.commands import members, messages
from chat.commands.sending import Sent
from chat.delivery.batch import in_parts
from chat.delivery.rooms import RoomKey
from chat.payloads import passing_payload, user_payload
from chat.policies import check_may_read, lets_in
from chat.publishing import pass_on
from chat.queries.timeline import Snapshot, snapshot
from chat.socket.connection import Connection
from chat.socket.frames import (
    MarkRead,
    Ping,
    RoomCommand,
    Send,
    StartTyping,
    StopTyping,
    Subscribe,
    Unsubscribe,
)
from kit.errors import NOT_SUBSCRIBED, TOO_MANY_ROOMS, ParleyError
from kit.ids import wire_id


async def subscribe(connection: Connection, frame: Subscribe) -> None:
    """Answer with the room's state and what came after ``since``; from then on everything live, no hole between.

    The subscription collects live events before the state is read, so that nothing falls between the two.
    """
    _make_place(connection, frame.room)
    hub = connection.delivery.hub
    feed = await hub.open(RoomKey(connection.tenant.schema_name, frame.room))
    subscription = feed.attach(connection.outlet)
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
    post(connection, frame)


def post(connection: Connection, frame: Send) -> None:
    """The same without waiting."""
    settle = partial(_acknowledge, connection, frame.ref)
    messages.post(
        connection.writer, connection.tenant, connection.actor, frame.room, frame.text, frame.client_id, settle
    )
    connection.unanswered += 1


def _acknowledge(connection: Connection, ref: int | str | None, answer: Sent | ParleyError) -> None:
    connection.answered()
    if isinstance(answer, ParleyError):
        connection.fail(ref, answer)
    else:
        connection.ok(ref, id=wire_id("m", answer.id), seq=answer.seq, created_at=answer.created_at)


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
    MarkRead: mark_read,
    StartTyping: start_typing,
    StopTyping: stop_typing,
    Ping: ping,
}
