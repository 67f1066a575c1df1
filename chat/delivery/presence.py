"""Presence: who has a socket open. This process knows its own; a ledger that all of them write knows everybody.

A connect costs a set entry. Every two seconds those who came or went, and stayed so for two seconds, go to the ledger,
once for a tenant however many they are: whoever reloads a page was never away. The ledger's rows count while their
process beats: one that is killed takes its users with it, and the next to beat says so.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

import structlog

from chat.delivery.rooms import RoomKey
from chat.payloads import passing_payload, user_payload
from kit.ids import opaque

log = structlog.get_logger(__name__)
NOTE_SECONDS = 2.0
BEAT_SECONDS = 15.0
SILENCE_SECONDS = 40.0
"""A process that has not beaten for so long is gone: whoever is lost with it is offline within 55 s."""
MOST_LISTENERS = 100
"""Rooms with more listeners here are told nothing: everybody's coming told to everybody is the square of them."""
_TOGETHER = 100  # users in one statement


class Appearance(NamedTuple):
    """A user as the others see him or her by now. ``rooms`` are those that the user is a member of."""

    user_id: str
    name: str
    avatar: str
    online: bool
    last_seen: datetime | None
    rooms: Sequence[str]


class Beaten(NamedTuple):
    """``anew``: the ledger knew nothing of this process, whatever it had noted is lost. ``lost`` are the users of
    processes that are gone."""

    anew: bool
    lost: Sequence[Appearance]


class Ledger(Protocol):
    """Where a tenant's processes note who is with them. Invisible users appear nowhere in what it answers."""

    async def note(
        self, schema_name: str, process: str, came: Sequence[str], gone: Sequence[str]
    ) -> Sequence[Appearance]: ...

    async def beat(self, schema_name: str, process: str) -> Beaten: ...


Tell = Callable[[RoomKey, bytes], None]
CountListeners = Callable[[RoomKey], int]


class Visit:
    """One socket, from entering the block to leaving it, and the rooms that it is subscribed to by now."""

    __slots__ = ("_presence", "rooms", "schema_name", "user_id")

    def __init__(self, presence: Presence, schema_name: str, user_id: str, rooms: Mapping[str, object]) -> None:
        self._presence = presence
        self.schema_name, self.user_id, self.rooms = schema_name, user_id, rooms

    def __enter__(self) -> None:
        self._presence._arrive(self)

    def __exit__(self, *raised: object) -> None:
        self._presence._leave(self)


class _Tenant:
    """A tenant's people in this process, from the first that comes until the last has gone: ``visits`` as they are,
    ``noted`` as the ledger has them under the name ``process``."""

    def __init__(self) -> None:
        self.process = opaque("p", 5)
        self.visits: defaultdict[str, list[Visit]] = defaultdict(list)
        self.noted: set[str] = set()
        self.changed: set[str] = set()  # since the last time
        self.settled: set[str] = set()  # changed the time before
        self.left: defaultdict[str, set[str]] = defaultdict(set)  # the rooms of visits that ended since
        self.beating = False

    @property
    def idle(self) -> bool:
        return not (self.visits or self.noted or self.changed or self.settled)

    def rooms_of(self, user_id: str) -> set[str]:
        rooms = set(self.left.get(user_id, ()))
        return rooms.union(*(visit.rooms for visit in self.visits.get(user_id, ())))


class Presence:
    """Without a ledger nothing is noted and nobody told."""

    def __init__(self, ledger: Ledger | None, tell: Tell, count_listeners: CountListeners) -> None:
        self._ledger = ledger
        self._tell = tell
        self._count_listeners = count_listeners
        self._tenants: defaultdict[str, _Tenant] = defaultdict(_Tenant)

    def visiting(self, schema_name: str, user_id: str, rooms: Mapping[str, object]) -> Visit:
        """The user has a socket open while a block with this lasts; ``rooms`` stays level with its subscriptions."""
        return Visit(self, schema_name, user_id, rooms)

    def _arrive(self, visit: Visit) -> None:
        tenant = self._tenants[visit.schema_name]
        tenant.visits[visit.user_id].append(visit)
        tenant.changed.add(visit.user_id)

    def _leave(self, visit: Visit) -> None:
        tenant, user_id = self._tenants[visit.schema_name], visit.user_id
        tenant.visits[user_id].remove(visit)
        if not tenant.visits[user_id]:
            del tenant.visits[user_id]
        tenant.left[user_id].update(visit.rooms)
        tenant.changed.add(user_id)

    async def keep(self) -> None:
        """Note and beat until cancelled."""
        if self._ledger is None:
            return
        clock = asyncio.get_running_loop().time
        beat_due = clock() + BEAT_SECONDS
        while True:
            await asyncio.sleep(NOTE_SECONDS)
            await self.note(self._ledger)
            if clock() >= beat_due:
                beat_due = clock() + BEAT_SECONDS
                await self.beat(self._ledger)

    async def note(self, ledger: Ledger) -> None:
        """Bring the ledger level with who has settled here. What fails is tried again the next time."""
        for schema_name, tenant in list(self._tenants.items()):
            failed = False
            try:
                if tenant.settled and not tenant.beating:
                    await self._beat(ledger, schema_name, tenant)
                tenant.settled -= tenant.changed
                while tenant.settled:
                    await self._note_some(ledger, schema_name, tenant)
                tenant.settled, tenant.changed = tenant.changed, set()
            except Exception as error:  # noqa: BLE001 - the other tenants' people are to be seen all the same
                log.warning("presence.not_noted", error=type(error).__name__, schema=schema_name)
                failed = True
            if tenant.idle or (failed and not tenant.visits):  # what the ledger still has ends with the last beat
                del self._tenants[schema_name]

    async def beat(self, ledger: Ledger) -> None:
        for schema_name, tenant in list(self._tenants.items()):
            try:
                await self._beat(ledger, schema_name, tenant)
            except Exception as error:  # noqa: BLE001 - as above
                log.warning("presence.not_beaten", error=type(error).__name__, schema=schema_name)

    def show(self, schema_name: str, appearance: Appearance) -> None:
        """Tell the rooms that the user is a member of, or subscribed to here."""
        tenant = self._tenants.get(schema_name)
        rooms = {*appearance.rooms, *(tenant.rooms_of(appearance.user_id) if tenant else ())}
        user = user_payload(appearance.user_id, appearance.name, appearance.avatar)
        for room_id in rooms:
            key = RoomKey(schema_name, room_id)
            if self._count_listeners(key) <= MOST_LISTENERS:
                state = {"online": appearance.online, "last_seen": appearance.last_seen}
                self._tell(key, passing_payload("presence.changed", room_id, user, **state))

    async def _note_some(self, ledger: Ledger, schema_name: str, tenant: _Tenant) -> None:
        users = [tenant.settled.pop() for _ in range(min(len(tenant.settled), _TOGETHER))]
        came = sorted(user for user in users if user in tenant.visits and user not in tenant.noted)
        gone = sorted(user for user in users if user not in tenant.visits and user in tenant.noted)
        try:
            shown = await ledger.note(schema_name, tenant.process, came, gone) if came or gone else ()
        except BaseException:
            tenant.settled.update(users)
            raise
        tenant.noted.update(came)
        tenant.noted.difference_update(gone)
        for appearance in shown:
            if appearance.online == (appearance.user_id in came):  # gone from here is not gone from everywhere
                self.show(schema_name, appearance)
        for user in users:
            if user not in tenant.changed:
                tenant.left.pop(user, None)

    async def _beat(self, ledger: Ledger, schema_name: str, tenant: _Tenant) -> None:
        beaten = await ledger.beat(schema_name, tenant.process)
        tenant.beating = True
        if beaten.anew:
            tenant.noted.clear()
            tenant.settled.update(tenant.visits)
        for appearance in beaten.lost:
            if not appearance.online:
                self.show(schema_name, appearance)
