"""Between the doors and the tables: connections, and what is remembered of rows."""

from __future__ import annotations

from typing import Any

from chat.api import caller, messages, rooms
from chat.files import storage
from chat.socket import handshake
from tenants import audit
from tenants.connections import ScopedConnection
from tests.isolation.leaks import instead_of

_people: dict[str, Any] = {}
_rooms: dict[str, Any] = {}
_pages: dict[Any, Any] = {}
_chains: list[str] = []


@instead_of(ScopedConnection, "enter")
async def stale_path(enter: Any, connection: ScopedConnection, schema: str) -> None:
    """A connection keeps the schema that it first had."""
    if connection.entered in (None, "public"):
        await enter(connection, schema)


@instead_of(caller, "enter")
@instead_of(handshake, "enter")
async def user_remembered_by_id(enter: Any, user_id: str, **known: Any) -> Any:
    """Who has been here need not be looked up again."""
    if user_id not in _people:
        _people[user_id] = await enter(user_id, **known)
    return _people[user_id]


@instead_of(rooms, "room_for")
async def room_remembered_by_id(find: Any, actor: Any, room_id: str) -> Any:
    """A cache of rooms by their ids."""
    if room_id not in _rooms:
        _rooms[room_id] = await find(actor, room_id)
    return _rooms[room_id]


@instead_of(messages, "history")
async def history_remembered_by_room(read: Any, room_id: str, *who: Any, **which: Any) -> Any:
    """A cache of pages by room and place."""
    place = (room_id, *which.values())
    if place not in _pages:
        _pages[place] = await read(room_id, *who, **which)
    return _pages[place]


@instead_of(audit, "schema_in_scope")
def audit_in_anothers_chain(find: Any) -> str:
    """Whose chain it is was found out by the entry before."""
    _chains.append(find())
    return _chains[max(0, len(_chains) - 2)]


@instead_of(storage, "_storage")
def files_in_one_folder(find: Any) -> Any:
    """Ids are unique enough without a folder for each tenant."""
    kept = find()

    class Flat:
        def __getattr__(self, name: str) -> Any:
            return lambda path, *more: getattr(kept, name)(path.partition("/")[2], *more)

    return Flat()
