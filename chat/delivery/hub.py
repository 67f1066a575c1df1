"""Hub: the rooms that this process has listeners in."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence

import structlog

from chat.delivery.bell import Bell, Ring
from chat.delivery.feed import Feed, ReadEvents, Subscription
from chat.delivery.rooms import RoomKey
from kit.figures import Figures

log = structlog.get_logger(__name__)
ReadHeads = Callable[[str, Sequence[str]], Awaitable[Mapping[str, int]]]
"""Schema and room ids -> the rooms' ``last_seq``."""

SWEEP_SECONDS = 1.5
_IN_FLIGHT_SECONDS = 0.3  # what was committed this long ago and has not come by the bell will not come


class Hub:
    """One feed for each room with a local listener; one subscription in Redis for each tenant with a feed."""

    def __init__(
        self, bell: Bell, read_events: ReadEvents, read_heads: ReadHeads, figures: Figures | None = None
    ) -> None:
        self._bell = bell
        self._read_events = read_events
        self._read_heads = read_heads
        self._figures = figures
        self._feeds: dict[RoomKey, Feed] = {}
        self._rooms: Counter[str] = Counter()  # feeds of each tenant
        self.behind = 0
        """Rooms that the last look at PostgreSQL found behind it, what was still on its way left out."""

    @property
    def rooms(self) -> int:
        """With a listener here."""
        return len(self._feeds)

    async def open(self, key: RoomKey) -> Feed:
        """The room's feed, listening. Pair each call with ``release``."""
        feed = self._feeds.get(key)
        if feed is None:
            feed = self._feeds[key] = Feed(key, self._read_events, self._figures)
            self._rooms[key.schema_name] += 1
        feed.openers += 1
        try:
            await self._bell.join(key.schema_name)
        except BaseException:
            self.release(feed)
            raise
        return feed

    def release(self, feed: Feed) -> None:
        """A subscribe that ``open`` began is over."""
        feed.openers -= 1
        self._close_if_idle(feed)

    def leave(self, subscription: Subscription) -> None:
        subscription.end()
        self._close_if_idle(subscription.feed)

    def deliver(self, key: RoomKey, first: int, payloads: Sequence[bytes]) -> None:
        """Durable events of a room, from this process or another."""
        feed = self._feeds.get(key)
        if feed is not None:
            feed.deliver(first, payloads)

    def pass_on(self, key: RoomKey, payload: bytes) -> None:
        """A passing event (typing, reading), which is worth nothing later."""
        feed = self._feeds.get(key)
        if feed is not None:
            feed.pass_on(payload)

    def listeners(self, key: RoomKey) -> int:
        """Sockets here that hear the room live."""
        feed = self._feeds.get(key)
        return feed.listeners if feed is not None else 0

    def hear(self, ring: Ring) -> None:
        """What another process rang."""
        if ring.first:
            self.deliver(ring.key, ring.first, ring.payloads)
        else:
            for payload in ring.payloads:
                self.pass_on(ring.key, payload)

    async def sweep(self) -> None:
        """Every few seconds, compare heads with PostgreSQL: the bell may have lost what nothing followed."""
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            await self.reconcile()

    async def reconcile(self) -> None:
        """Read what PostgreSQL has and the feeds have not."""
        behind: list[tuple[Feed, int]] = []
        for schema, feeds in self._by_schema().items():
            heads = await self._heads(schema, feeds)
            behind += [
                (feed, heads[feed.key.room_id])
                for feed in feeds
                if feed.head is not None and feed.head < heads.get(feed.key.room_id, 0)
            ]
        if behind:
            await asyncio.sleep(_IN_FLIGHT_SECONDS)
        missing = [feed for feed, head in behind if feed.head is not None and feed.head < head and not feed.idle]
        self.behind = len(missing)
        for feed in missing:
            feed.repair()

    async def _heads(self, schema: str, feeds: Sequence[Feed]) -> Mapping[str, int]:
        """One tenant that cannot be read is no reason to leave the others behind."""
        try:
            return await self._read_heads(schema, [feed.key.room_id for feed in feeds])
        except Exception as error:  # noqa: BLE001 - the next sweep comes anyway
            log.warning("hub.heads_unread", error=type(error).__name__, schema=schema)
            return {}

    def _by_schema(self) -> dict[str, list[Feed]]:
        feeds: defaultdict[str, list[Feed]] = defaultdict(list)
        for feed in self._feeds.values():
            feeds[feed.key.schema_name].append(feed)
        return feeds

    def _close_if_idle(self, feed: Feed) -> None:
        if feed.idle and self._feeds.get(feed.key) is feed:
            del self._feeds[feed.key]
            feed.close()
            schema_name = feed.key.schema_name
            self._rooms[schema_name] -= 1
            if not self._rooms[schema_name]:
                del self._rooms[schema_name]
                self._bell.leave(schema_name)

    def close(self) -> None:
        for feed in self._feeds.values():
            feed.close()
        self._feeds.clear()
        self._rooms.clear()
