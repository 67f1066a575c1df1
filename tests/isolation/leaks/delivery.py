"""From a commit to the sockets."""

from __future__ import annotations

from typing import Any

from chat.delivery import bell
from chat.delivery.hub import Hub
from chat.delivery.presence import Presence
from chat.delivery.writer import Writer
from chat.socket import handlers
from tests.isolation.leaks import instead_of, is_on, made_from

_replays: dict[Any, Any] = {}


class _Forgetful(dict[Any, Any]):
    """While its leak is on, keeps values under a part of their keys."""

    def __init__(self, leak: str, part: Any) -> None:
        super().__init__()
        self._leak, self._part = leak, part

    def _key(self, key: Any) -> Any:
        return self._part(key) if is_on(self._leak) else key

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(self._key(key), value)

    def __getitem__(self, key: Any) -> Any:
        return super().__getitem__(self._key(key))

    def __delitem__(self, key: Any) -> None:
        super().__delitem__(self._key(key))

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get(self._key(key), default)


@instead_of(bell, "group_of")
def group_without_prefix(name: Any, schema_name: str) -> str:
    """All tenants' processes meet in one group."""
    return str(name(schema_name).rpartition(".")[2])


@made_from(Hub, "__init__")
def feeds_by_room_alone(make: Any) -> Any:
    """Redis is kept apart, the process is not."""

    def make_leaky(hub: Hub, *parts: Any) -> None:
        make(hub, *parts)
        hub._feeds = _Forgetful("feeds_by_room_alone", lambda key: key.room_id)

    return make_leaky


@made_from(Writer, "__init__")
def one_lane_for_all(make: Any) -> Any:
    """The writer puts everybody's drafts into the transaction of whoever came first."""

    def make_leaky(writer: Writer[Any, Any], *parts: Any, **named: Any) -> None:
        make(writer, *parts, **named)
        writer._lanes = _Forgetful("one_lane_for_all", lambda key: "")

    return make_leaky


@instead_of(Hub, "pass_on")
def typing_to_all(tell: Any, hub: Hub, key: Any, payload: bytes) -> None:
    """What passes is told by the room's id alone."""
    for each in hub._feeds:
        if each.room_id == key.room_id:
            tell(hub, each, payload)


@instead_of(Presence, "show")
def presence_to_all(show: Any, presence: Presence, schema_name: str, appearance: Any) -> None:
    """Who came is told to whoever is here."""
    for each in list(presence._tenants):
        show(presence, each, appearance)


@instead_of(handlers, "snapshot")
async def replay_remembered_by_room(read: Any, schema: str, room_id: str, *who: Any) -> Any:
    """A cache of what newcomers are given."""
    state = await read(schema, room_id, *who)
    return _replays.setdefault(room_id, state)
