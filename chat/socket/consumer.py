"""The ASGI application behind ``/ws/v1``: handshake, then frames until the socket ends.

Channels routes here; its consumer base is passed by, because for every frame it makes a thread hop and two tasks.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import copy_context
from typing import Any

import structlog
from psycopg import OperationalError
from psycopg_pool import PoolTimeout
from structlog.contextvars import bound_contextvars

from chat.delivery.batch import Batch
from chat.delivery.outlet import Outlet, outlet_for
from chat.delivery.presence import Visit
from chat.delivery.process import current_delivery
from chat.payloads import encode
from chat.socket import registry
from chat.socket.admission import admit
from chat.socket.connection import MOST_UNANSWERED, Connection
from chat.socket.frames import BadFrame, Command, parse, parse_send
from chat.socket.handlers import HANDLERS, post, stop_all_typing
from chat.socket.handshake import SUBPROTOCOL, Visitor
from kit import traces, vitals
from kit.errors import (
    INTERNAL,
    ORIGIN_NOT_ALLOWED,
    RATE_LIMITED,
    READER_TOO_SLOW,
    SERVER_RESTARTING,
    TABLE,
    UNAVAILABLE,
    ParleyError,
)
from tenants.changes import notices_heard
from tenants.middleware import refuse_handshake
from tenants.scope import tenant_scope

log = structlog.get_logger(__name__)


async def room_socket(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """One connection, from handshake to disconnect, inside its tenant's scope."""
    heard = notices_heard()
    try:
        visitor = await admit(scope)
    except ParleyError as refusal:
        await _refuse(scope, receive, send, refusal)
        return
    except (OperationalError, PoolTimeout):
        await refuse_handshake(scope, receive, send, 503, {"code": UNAVAILABLE.name, "status": 503})
        return
    outlet = await _accept(scope, receive, send)
    connection = _connect(scope, visitor, outlet)
    try:
        with _named(connection), registry.listed(connection), _present(connection), _counted(scope, connection):
            await registry.review_newcomer(connection, heard)
            connection.greet()
            await _converse(connection, receive)
    finally:
        stop_all_typing(connection)
        connection.end()


async def _refuse(scope: dict[str, Any], receive: Any, send: Any, refusal: ParleyError) -> None:
    """A foreign page and who comes too often get no socket at all; a bad token gets one that says why, for browsers
    show no status."""
    if refusal.code in (ORIGIN_NOT_ALLOWED, RATE_LIMITED):
        body = {"code": refusal.code.name, "status": refusal.code.status, "retry_after": refusal.retry_after}
        await refuse_handshake(scope, receive, send, refusal.code.status, body)
        return
    outlet = await _accept(scope, receive, send)
    answer: dict[str, Any] = {"type": "error", "ref": None, "code": refusal.code.name, "message": refusal.detail}
    if refusal.retry_after is not None:
        answer["retry_after"] = refusal.retry_after
    outlet.write(Batch([encode(answer)]))
    outlet.close(refusal.code.close or 4403, refusal.code.name)
    while (await receive())["type"] != "websocket.disconnect":
        pass


async def _accept(scope: dict[str, Any], receive: Any, send: Any) -> Outlet:
    await receive()
    offered = SUBPROTOCOL in scope["subprotocols"]
    await send({"type": "websocket.accept", "subprotocol": SUBPROTOCOL if offered else None})
    return outlet_for(scope, send)


def _connect(scope: dict[str, Any], visitor: Visitor, outlet: Outlet) -> Connection:
    delivery = current_delivery()
    assert delivery is not None, "the server starts delivery before it listens"
    host = next(value for name, value in scope["headers"] if name == b"host").decode("latin-1")
    return Connection(scope["tenant"], host, visitor, outlet, delivery)


def _named(connection: Connection) -> AbstractContextManager[Any]:
    """Whose each line is that is logged meanwhile; the tenant is named already."""
    return bound_contextvars(user=connection.visitor.entered.id, connection=connection.id)


def _present(connection: Connection) -> Visit:
    schema_name, user_id = connection.tenant.schema_name, connection.visitor.entered.id
    return connection.delivery.presence.visiting(schema_name, user_id, connection.subscriptions)


@contextmanager
def _counted(scope: dict[str, Any], connection: Connection) -> Iterator[None]:
    """A page that comes with a token is a customer's, or a frame on it."""
    figures, schema_name = connection.delivery.figures, connection.tenant.schema_name
    tally = figures.of(schema_name)
    tally.connect()
    if connection.visitor.key_id is not None and any(name == b"origin" for name, _ in scope["headers"]):
        tally.embeds += 1
    try:
        yield
    finally:
        figures.of(schema_name).disconnect()


async def _converse(connection: Connection, receive: Any) -> None:
    context = copy_context()  # whoever hears has another one
    connection.outlet.listen(lambda text: context.run(_hears, connection, text))
    while True:
        message = await receive()
        if message["type"] != "websocket.receive":
            vitals.closed[_kind_of_end(message.get("code"))] += 1
            return
        text = message.get("text")
        if connection.closed or not connection.count_frame(text):
            continue
        if text == "ping":
            connection.bare_pong()
        else:
            connection.busy = True
            await _answer(connection, text)
            connection.busy = False


def _kind_of_end(code: int | None) -> str:
    """A client may end with any code."""
    return str(code) if code in _ENDS else "other"


_OF_THE_PROTOCOL = {1000, 1001, 1005, 1006}  # RFC 6455 section 7.4.1
_ENDS = {READER_TOO_SLOW, SERVER_RESTARTING, *_OF_THE_PROTOCOL, *(code.close for code in TABLE.values() if code.close)}


def _hears(connection: Connection, text: str) -> bool:
    """Sends, which are most of what arrives, are queued as they arrive; whatever else takes its turn."""
    if connection.busy or connection.unanswered >= MOST_UNANSWERED:
        return False
    frame = parse_send(text)
    tenant = connection.tenant
    if frame is None or frame.attachments or tenant.before_send is not None or tenant.reached:
        return False
    if connection.count_frame(text):
        try:
            post(connection, frame)
        except ParleyError as refusal:
            connection.fail(frame.ref, refusal)
        except Exception:  # noqa: BLE001 - one command fails, logged; the socket lives on
            _log_failure(connection, frame)
            connection.fail(frame.ref, ParleyError(INTERNAL))
    return True


async def _answer(connection: Connection, text: str | None) -> None:
    try:
        command = parse(text)
    except BadFrame as bad:
        connection.fail(bad.ref, bad)
        return
    try:
        with tenant_scope(connection.tenant), traces.span("socket.command", command=command.type):  # as it is by now
            await HANDLERS[type(command)](connection, command)
    except ParleyError as refusal:
        connection.fail(command.ref, refusal)
    except (OperationalError, PoolTimeout) as error:
        log.warning("socket.unavailable", command=command.type, error=type(error).__name__)
        connection.fail(command.ref, ParleyError(UNAVAILABLE, retry_after=2.0))
    except Exception:  # noqa: BLE001 - one command fails, logged; the socket lives on
        _log_failure(connection, command)
        connection.fail(command.ref, ParleyError(INTERNAL))


def _log_failure(connection: Connection, command: Command) -> None:
    log.exception("socket.command_failed", command=command.type)
