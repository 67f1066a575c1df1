"""``manage.py serve`` with one leak built in, for the product has no switch for it: LEAK names it.

Each is a mistake that somebody could make. The checker has to find every one of them.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

_LEAKS: dict[str, Callable[[], None]] = {}


def _leak(plant: Callable[[], None]) -> Callable[[], None]:
    _LEAKS[plant.__name__] = plant
    return plant


class _ByRoomAlone(dict[Any, Any]):
    """Forgets the tenant of a room's key."""

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(key[1], value)

    def __getitem__(self, key: Any) -> Any:
        return super().__getitem__(key[1])

    def __delitem__(self, key: Any) -> None:
        super().__delitem__(key[1])

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get(key[1], default)


class _OneForAll(dict[str, Any]):
    """Keeps one value, whatever the key."""

    def __setitem__(self, key: str, value: Any) -> None:
        super().__setitem__("", value)

    def __delitem__(self, key: str) -> None:
        super().__delitem__("")

    def get(self, key: str, default: Any = None) -> Any:
        return super().get("", default)


@_leak
def scope_of_a_neighbour() -> None:
    """The door finds the tenant and enters the one that was here before."""
    from tenants import middleware
    from tenants.scope import Scoped, tenant_scope

    before: list[Scoped] = []

    @contextmanager
    def late(tenant: Scoped) -> Iterator[None]:
        before.append(tenant)
        with tenant_scope(before[max(0, len(before) - 2)]):
            yield

    middleware.tenant_scope = late  # type: ignore[assignment]


@_leak
def scope_not_entered() -> None:
    """The door finds the tenant and enters nothing."""
    from contextlib import nullcontext

    from tenants import middleware

    middleware.tenant_scope = nullcontext  # type: ignore[assignment]


@_leak
def scope_of_the_process() -> None:
    """A plain variable where a ContextVar belongs."""
    from tenants import scope

    class Variable:
        value: Any = None

        def get(self) -> Any:
            return self.value

        def set(self, value: Any) -> Any:
            before, self.value = self.value, value
            return before

        def reset(self, before: Any) -> None:
            self.value = before

    scope._scope = Variable()  # type: ignore[assignment]


@_leak
def stale_path() -> None:
    """A connection keeps the schema that it first had."""
    from tenants.connections import ScopedConnection

    enter = ScopedConnection.enter

    async def enter_once(connection: ScopedConnection, schema: str) -> None:
        if connection.entered in (None, "public"):
            await enter(connection, schema)

    ScopedConnection.enter = enter_once  # type: ignore[method-assign]


@_leak
def group_without_prefix() -> None:
    from chat.delivery import bell, rooms

    named = rooms.group_of
    bell.group_of = lambda schema_name: named(schema_name).rpartition(".")[2]  # type: ignore[attr-defined]


@_leak
def feeds_by_room_alone() -> None:
    """Redis is kept apart, the process is not."""
    from chat.delivery.hub import Hub

    make = Hub.__init__

    def make_leaky(hub: Hub, *parts: Any) -> None:
        make(hub, *parts)
        hub._feeds = _ByRoomAlone()

    Hub.__init__ = make_leaky  # type: ignore[method-assign]


@_leak
def one_lane_for_all() -> None:
    """The writer puts everybody's drafts into the transaction of whoever came first."""
    from chat.delivery.writer import Writer

    make = Writer.__init__

    def make_leaky(writer: Writer[Any, Any], *parts: Any, **named: Any) -> None:
        make(writer, *parts, **named)
        writer._lanes = _OneForAll()

    Writer.__init__ = make_leaky  # type: ignore[method-assign]


@_leak
def host_of_another() -> None:
    """The directory now and then answers with the tenant that it was asked for last."""
    from tenants.directory import Directory

    find = Directory.find
    asked: list[str] = []

    async def find_last(directory: Directory, host: str) -> Any:
        asked.append(host)
        return await find(directory, asked[-2] if len(asked) % 5 == 0 else host)

    Directory.find = find_last  # type: ignore[method-assign]


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    _LEAKS[os.environ["LEAK"]]()

    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
