"""Feed: one room in this process. Its events leave in seq order, each once, to every subscriber.

Subscribers come in two sorts. Live ones get every batch as it leaves. Ones that are catching up (their replay is
being read, or it reached further than the feed has) keep a position of their own until the feed is level with it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog

from chat.delivery.batch import Batch
from chat.delivery.outlet import Outlet
from chat.delivery.partings import parting, up_to_partings
from chat.delivery.rooms import Replay, RoomKey
from kit.errors import READER_TOO_SLOW
from kit.figures import Figures

log = structlog.get_logger(__name__)
ReadEvents = Callable[[RoomKey, int], Awaitable[Replay]]
Parted = Callable[[str], None]
"""Told why a subscription ended by itself, right after the last event that it was given."""
_RETRY_SECONDS = 0.5
_MOST_FRUITLESS = 10  # reads that bring nothing before early events count as a mistake
_MOST_EARLY = 10_000  # events kept while a hole before them is read; beyond it they are read as well


class Subscription:
    """One socket's place in a room. Until ``start`` it only collects; ``position`` is the last seq it was given. It
    ends by itself when ``user_id`` leaves the room or is sent away."""

    __slots__ = ("_collected", "_parted", "ended", "feed", "outlet", "position", "user_id")

    def __init__(self, feed: Feed, outlet: Outlet, user_id: str | None, parted: Parted | None) -> None:
        self.feed, self.outlet, self.user_id = feed, outlet, user_id
        self.position: int | None = None
        self.ended = False
        self._parted = parted
        self._collected: list[tuple[int, bytes]] = []

    def misses(self, position: int) -> bool:
        """Whether a state read up to ``position`` and what was collected leave a hole between them: the room's first
        subscriber read a younger state, and the feed began there. The state has to be read again."""
        return self.feed.began is not None and position < self.feed.began

    def start(self, position: int) -> None:
        """The socket has been given everything up to ``position``: what was collected beyond it follows now."""
        self.position = position
        beyond = sorted((seq, payload) for seq, payload in self._collected if seq > position)
        self._collected.clear()
        for run in up_to_partings([seq for seq, _ in beyond], [payload for _, payload in beyond]):
            self.offer(*run)
        if not self.ended:
            self.feed._started(self)

    def end(self) -> None:
        self.ended = True
        self.feed._ended(self)

    def offer(self, seqs: Sequence[int], payloads: Sequence[bytes]) -> None:
        """Events of which only the last may be a parting."""
        if self.position is None:
            self._collect(seqs, payloads)
            return
        if self.ended:
            return
        position = self.position
        fresh = [payload for seq, payload in zip(seqs, payloads, strict=True) if seq > position]
        if fresh:
            self.outlet.write(Batch(fresh))
            self.feed.count(len(fresh))
            self.position = seqs[-1]
            last = parting(fresh[-1])
            if last is not None and last.user_id == self.user_id:
                self.part(last.reason)

    def part(self, reason: str) -> None:
        """What it was given last is the last that its user may hear."""
        self.end()
        if self._parted is not None:
            self._parted(reason)

    def _collect(self, seqs: Sequence[int], payloads: Sequence[bytes]) -> None:
        if len(self._collected) < _MOST_EARLY:
            self._collected.extend(zip(seqs, payloads, strict=True))
        else:
            self.outlet.close(READER_TOO_SLOW, "reader too slow")


class Feed:
    """``head`` is the seq up to which everything has left, ``began`` what it was at first; both are None until the
    first subscriber has started."""

    def __init__(self, key: RoomKey, read: ReadEvents, figures: Figures | None = None) -> None:
        self.key = key
        self.head: int | None = None
        self.began: int | None = None
        self.openers = 0  # subscribes under way: they keep the feed from being closed
        self._read = read
        self._figures = figures or Figures()
        self._live: dict[Outlet, Subscription] = {}
        self._catching: set[Subscription] = set()
        self._early: dict[int, bytes] = {}
        self._repair: asyncio.Task[None] | None = None

    @property
    def idle(self) -> bool:
        return not (self.openers or self._live or self._catching)

    @property
    def listeners(self) -> int:
        return len(self._live)

    def count(self, deliveries: int) -> None:
        self._figures.of(self.key.schema_name).deliveries += deliveries

    def attach(self, outlet: Outlet, user_id: str | None = None, parted: Parted | None = None) -> Subscription:
        """A subscription that collects from now on. Read the room's state after this, then ``start`` it there."""
        subscription = Subscription(self, outlet, user_id, parted)
        self._catching.add(subscription)
        return subscription

    def deliver(self, first: int, payloads: Sequence[bytes]) -> None:
        """Events ``first``, ``first + 1``, ... Those that have left are dropped; beyond a hole they wait for it."""
        head = self.head
        last = first + len(payloads) - 1
        if head is not None and last <= head:
            return
        if head is None or first > head + 1:
            self._keep_early(first, payloads)
            if head is not None:
                self.repair()
            return
        self._push(range(head + 1, last + 1), payloads[head + 1 - first :])
        self._push_early()

    def pass_on(self, payload: bytes) -> None:
        """An event without a seq: to whoever is there now."""
        batch = Batch([payload])
        for outlet in self._live:
            outlet.write(batch)
        for subscription in self._catching:
            if subscription.position is not None:
                subscription.outlet.write(batch)

    def repair(self) -> None:
        """Read what is missing after ``head`` from PostgreSQL; at most one read at a time."""
        if self._repair is None or self._repair.done():
            self._repair = asyncio.create_task(self._read_missing())

    def close(self) -> None:
        if self._repair is not None:
            self._repair.cancel()

    # Inside

    def _push(self, seqs: Sequence[int], payloads: Sequence[bytes]) -> None:
        for run in up_to_partings(seqs, payloads):
            self._push_together(*run)

    def _push_together(self, seqs: Sequence[int], payloads: Sequence[bytes]) -> None:
        batch = Batch(payloads)
        for outlet in self._live:
            outlet.write(batch)
        self.count(len(payloads) * len(self._live))
        self.head = seqs[-1]
        last = parting(payloads[-1])
        if last is not None:  # before those who catch up join the live ones: they may have come back since
            for subscription in [each for each in self._live.values() if each.user_id == last.user_id]:
                subscription.part(last.reason)
        if self._catching:
            for subscription in tuple(self._catching):
                subscription.offer(seqs, payloads)
                self._promote(subscription)

    def _started(self, subscription: Subscription) -> None:
        if self.head is None:
            self.head = self.began = subscription.position
            self._push_early()
        self._promote(subscription)

    def _promote(self, subscription: Subscription) -> None:
        position, head = subscription.position, self.head
        if position is not None and head is not None and position <= head and not subscription.ended:
            self._catching.discard(subscription)
            self._live[subscription.outlet] = subscription

    def _ended(self, subscription: Subscription) -> None:
        self._catching.discard(subscription)
        if self._live.get(subscription.outlet) is subscription:
            del self._live[subscription.outlet]

    def _keep_early(self, first: int, payloads: Sequence[bytes]) -> None:
        if len(self._early) < _MOST_EARLY:
            self._early.update(zip(range(first, first + len(payloads)), payloads, strict=True))

    def _push_early(self) -> None:
        self._push_run()
        if self._early:
            self.repair()

    def _push_run(self) -> None:
        """Push those early events that the head has come up to; forget those that it has passed."""
        if not self._early or self.head is None:
            return
        for seq in [seq for seq in self._early if seq <= self.head]:
            del self._early[seq]
        run: list[bytes] = []
        while (payload := self._early.pop(self.head + len(run) + 1, None)) is not None:
            run.append(payload)
        if run:
            self._push(range(self.head + 1, self.head + len(run) + 1), run)

    async def _read_missing(self) -> None:
        fruitless = 0
        while self.head is not None and fruitless < _MOST_FRUITLESS:
            before = self.head
            replay = await self._read_patiently(before)
            self._push_replay(replay)
            self._push_run()
            if not self._early and not replay.more:
                return
            if self.head == before:
                fruitless += 1
                await asyncio.sleep(_RETRY_SECONDS)
        self._early.clear()

    async def _read_patiently(self, after: int) -> Replay:
        while True:
            try:
                return await self._read(self.key, after)
            except Exception as error:  # noqa: BLE001 - whatever keeps PostgreSQL from answering, ask again
                log.warning("feed.repair_failed", error=type(error).__name__, schema=self.key.schema_name)
                await asyncio.sleep(_RETRY_SECONDS)

    def _push_replay(self, replay: Replay) -> None:
        head = self.head or 0
        start = next((index for index, seq in enumerate(replay.seqs) if seq > head), len(replay.seqs))
        if start < len(replay.seqs):
            self._push(replay.seqs[start:], replay.payloads[start:])
        self.head = max(self.head or 0, replay.reaches)
        for subscription in tuple(self._catching):
            self._promote(subscription)
