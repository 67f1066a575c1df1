"""Any order of commits, rings, losses, subscribers and repairs: each subscriber has each seq once and in order."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from unittest import mock

from hypothesis import example, given, settings
from hypothesis import strategies as st

from chat.delivery import feed as module
from chat.delivery.feed import Feed, Subscription
from tests.chat.delivery.standins import KEY, History, Reader, payload, turns


@dataclass
class Listener:
    """A subscribe in its three steps: attach, read the state, start."""

    reader: Reader
    subscription: Subscription
    read_at: int | None = None
    started_at: int | None = None


@dataclass
class Room:
    history: History
    feed: Feed
    ringing: list[tuple[int, list[bytes]]] = field(default_factory=list)
    listeners: list[Listener] = field(default_factory=list)

    def commit(self, number: int) -> None:
        """``number`` events, on their way by the bell."""
        first = self.history.last_seq + 1
        self.history.last_seq += number
        self.ringing.append((first, [payload(seq) for seq in range(first, first + number)]))

    def deliver(self, which: int, times: int) -> None:
        """One of the rings on their way arrives: once, twice, or (0) never."""
        if self.ringing:
            ring = self.ringing.pop(which % len(self.ringing))
            for _ in range(times):
                self.feed.deliver(*ring)

    def attach(self) -> None:
        reader = Reader()
        self.listeners.append(Listener(reader, self.feed.attach(reader)))

    def go_on(self, which: int) -> None:
        """One of those who are subscribing takes its next step."""
        subscribing = [each for each in self.listeners if each.started_at is None]
        if not subscribing:
            return
        listener = subscribing[which % len(subscribing)]
        if listener.read_at is None or listener.subscription.misses(listener.read_at):
            listener.read_at = self.history.last_seq
        else:
            listener.started_at = listener.read_at
            listener.subscription.start(listener.read_at)

    def leave(self, which: int) -> None:
        if self.listeners:
            self.listeners.pop(which % len(self.listeners)).subscription.end()

    def break_reads(self, times: int) -> None:
        self.history.failures = times

    async def settle(self) -> None:
        """Everybody has subscribed, what was ringing has arrived, the sweep has compared heads."""
        for _ in range(3 * len(self.listeners)):
            self.go_on(0)
        while self.ringing:
            self.deliver(0, 1)
        await self._repaired()
        if self.feed.head is not None and self.feed.head < self.history.last_seq:
            self.feed.repair()
            await self._repaired()

    async def _repaired(self) -> None:
        while self.feed._repair is not None and not self.feed._repair.done():
            await asyncio.sleep(0)


_some = st.integers(0, 2)
_steps = st.one_of(
    st.tuples(st.just("commit"), st.integers(1, 3)),
    st.tuples(st.just("deliver"), _some, st.integers(0, 2)),
    st.just(("attach",)),
    st.just(("attach",)),
    st.tuples(st.just("go_on"), _some),
    st.tuples(st.just("go_on"), _some),
    st.tuples(st.just("leave"), _some),
    st.tuples(st.just("break_reads"), st.integers(1, 3)),
    st.tuples(st.just("wait"), st.integers(1, 4)),
)

_TWO_FIRST_SUBSCRIBERS = [
    *[("attach",), ("attach",)],
    ("go_on", 0),  # the one reads the room's state,
    *[("commit", 1), ("deliver", 0, 0)],  # a message comes whose ring is lost,
    *[("go_on", 1), ("go_on", 1)],  # the other reads a younger state and starts first
]


@settings(max_examples=400, deadline=None)
@example(steps=_TWO_FIRST_SUBSCRIBERS, most=500)
@given(steps=st.lists(_steps, max_size=40), most=st.sampled_from([2, 500]))
def test_each_subscriber_has_each_seq_exactly_once_in_order(steps: list[tuple[object, ...]], most: int) -> None:
    asyncio.run(_play(steps, most))


async def _play(steps: list[tuple[object, ...]], most: int) -> None:
    history = History(most=most)
    room = Room(history, Feed(KEY, history.read))
    with mock.patch.object(module, "_RETRY_SECONDS", 0):
        for name, *arguments in steps:
            if name == "wait":
                await turns(*arguments)  # type: ignore[arg-type]
            else:
                getattr(room, str(name))(*arguments)
        await room.settle()
    for listener in room.listeners:
        assert listener.started_at is not None
        assert listener.reader.seqs == list(range(listener.started_at + 1, history.last_seq + 1))
