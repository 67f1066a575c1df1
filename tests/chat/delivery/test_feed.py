"""A feed gives every subscriber each event once and in order, whatever comes late, twice, early or never."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from chat.delivery import feed as module
from chat.delivery.feed import Feed, Subscription
from tests.chat.delivery.standins import KEY, History, Reader, payload, turns
from tests.faults.record import eventually


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_RETRY_SECONDS", 0.001)


@pytest.fixture
async def history() -> History:
    return History()


@pytest.fixture
async def feed(history: History) -> Feed:
    return Feed(KEY, history.read)


def payloads(first: int, last: int) -> list[bytes]:
    return [payload(seq) for seq in range(first, last + 1)]


def joined(feed: Feed, position: int = 0) -> Reader:
    """Somebody who has been given everything up to ``position``."""
    reader = Reader()
    feed.attach(reader).start(position)
    return reader


def commit(feed: Feed, history: History, first: int, last: int) -> None:
    history.last_seq = last
    feed.deliver(first, payloads(first, last))


async def test_what_comes_in_order_leaves_in_order(feed: Feed, history: History) -> None:
    reader = joined(feed)
    commit(feed, history, 1, 3)
    commit(feed, history, 4, 4)
    assert reader.seqs == [1, 2, 3, 4]
    assert history.reads == []


async def test_what_comes_twice_leaves_once(feed: Feed, history: History) -> None:
    reader = joined(feed)
    commit(feed, history, 1, 3)
    feed.deliver(2, payloads(2, 3))
    feed.deliver(2, payloads(2, 5))
    assert reader.seqs == [1, 2, 3, 4, 5]


async def test_a_hole_is_read_and_what_is_behind_it_waits(feed: Feed, history: History) -> None:
    reader = joined(feed)
    commit(feed, history, 3, 4)
    assert reader.seqs == []
    await turns()
    assert reader.seqs == [1, 2, 3, 4]
    assert history.reads == [0]


async def test_a_hole_that_closes_by_itself_leaves_no_trace(feed: Feed, history: History) -> None:
    reader = joined(feed)
    commit(feed, history, 2, 3)
    feed.deliver(1, payloads(1, 1))
    await turns()
    assert reader.seqs == [1, 2, 3]


async def test_one_hole_is_one_read_however_much_comes_behind_it(feed: Feed, history: History) -> None:
    reader = joined(feed)
    history.may_answer.clear()
    for seq in range(2, 30):
        commit(feed, history, seq, seq)
        await turns(2)
    history.may_answer.set()
    await turns()
    assert reader.seqs == list(range(1, 30))
    assert len(history.reads) <= 2


async def test_a_repair_that_fails_is_tried_again(feed: Feed, history: History) -> None:
    reader = joined(feed)
    history.failures = 5
    commit(feed, history, 2, 2)
    await eventually(lambda: reader.seqs == [1, 2], 5)
    assert len(history.reads) == 6


async def test_a_repair_longer_than_a_page_takes_all_pages() -> None:
    history = History(last_seq=95, most=10)
    feed = Feed(KEY, history.read)
    reader = joined(feed)
    feed.repair()
    await eventually(lambda: reader.seqs == list(range(1, 96)), 5)
    assert len(history.reads) == 10


async def test_a_repair_that_brings_nothing_ends(feed: Feed, history: History) -> None:
    """Early events that nothing leads up to are a mistake, and are forgotten."""
    reader = joined(feed)
    feed.deliver(50, payloads(50, 50))
    await asyncio.wait_for(feed._repair, 5)
    assert reader.seqs == []
    assert len(history.reads) == module._MOST_FRUITLESS
    commit(feed, history, 1, 2)
    assert reader.seqs == [1, 2]


async def test_a_replay_may_skip_superseded_states(feed: Feed, history: History) -> None:
    reader = joined(feed)
    history.superseded = {2, 3}
    commit(feed, history, 5, 6)
    await turns()
    assert reader.seqs == [1, 4, 5, 6]
    commit(feed, history, 7, 7)
    assert reader.seqs == [1, 4, 5, 6, 7]


async def test_live_events_wait_for_the_replay_that_is_being_read(feed: Feed, history: History) -> None:
    joined(feed)
    commit(feed, history, 1, 5)
    newcomer = Reader()
    subscription = feed.attach(newcomer)
    position = history.last_seq
    commit(feed, history, 6, 7)
    assert newcomer.seqs == []
    subscription.start(position)
    assert newcomer.seqs == [6, 7]
    commit(feed, history, 8, 8)
    assert newcomer.seqs == [6, 7, 8]


async def test_what_the_replay_held_already_is_not_repeated(feed: Feed, history: History) -> None:
    joined(feed)
    newcomer = Reader()
    subscription = feed.attach(newcomer)
    commit(feed, history, 1, 4)
    subscription.start(3)
    assert newcomer.seqs == [4]


async def test_a_subscriber_ahead_of_the_feed_waits_until_it_is_level(feed: Feed, history: History) -> None:
    behind = joined(feed)
    ahead = joined(feed, position=5)
    history.last_seq = 5
    feed.deliver(1, payloads(1, 3))
    assert (behind.seqs, ahead.seqs) == ([1, 2, 3], [])
    feed.deliver(4, payloads(4, 7))
    assert (behind.seqs, ahead.seqs) == ([1, 2, 3, 4, 5, 6, 7], [6, 7])
    feed.deliver(8, payloads(8, 8))
    assert ahead.seqs == [6, 7, 8]


async def test_events_before_the_first_start_are_kept_for_it(feed: Feed, history: History) -> None:
    reader = Reader()
    subscription = feed.attach(reader)
    commit(feed, history, 1, 3)
    subscription.start(1)
    assert reader.seqs == [2, 3]


async def test_a_state_older_than_where_the_feed_began_has_to_be_read_again(feed: Feed, history: History) -> None:
    """Two subscribe to a quiet room at once; between their two reads a message comes, and its bell is lost."""
    early, late = Reader(), Reader()
    first, second = feed.attach(early), feed.attach(late)
    old = history.last_seq
    history.last_seq = 1
    first.start(history.last_seq)
    assert second.misses(old)
    assert not second.misses(history.last_seq)


async def test_passing_events_go_to_those_who_have_started(feed: Feed) -> None:
    live, ahead = joined(feed), joined(feed, position=9)
    collecting = Reader()
    feed.attach(collecting)
    feed.pass_on(b"0")
    assert (live.seqs, ahead.seqs, collecting.seqs) == ([0], [0], [])


async def test_who_has_left_is_given_nothing_more(feed: Feed, history: History) -> None:
    def started(position: int) -> Subscription:
        subscription = feed.attach(Reader())
        subscription.start(position)
        return subscription

    leaving: list[Callable[[], Subscription]] = [lambda: started(0), lambda: started(9), lambda: feed.attach(Reader())]
    subscriptions = [make() for make in leaving]
    for subscription in subscriptions:
        subscription.end()
    commit(feed, history, 1, 20)
    assert all(each.outlet.seqs == [] for each in subscriptions)  # type: ignore[attr-defined]
    assert feed.idle


async def test_an_old_subscription_of_a_socket_does_not_end_its_new_one(feed: Feed, history: History) -> None:
    reader = Reader()
    old = feed.attach(reader)
    old.start(0)
    old.end()
    feed.attach(reader).start(0)
    old.end()
    commit(feed, history, 1, 1)
    assert reader.seqs == [1]


async def test_who_collects_without_end_is_cut(feed: Feed, history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_EARLY", 10)
    joined(feed)
    stuck = Reader()
    feed.attach(stuck)
    for seq in range(1, 12):
        commit(feed, history, seq, seq)
    assert stuck.closed == 4408


async def test_a_closed_feed_reads_no_more(feed: Feed, history: History) -> None:
    joined(feed)
    history.failures = 10**9
    commit(feed, history, 2, 2)
    await turns()
    feed.close()
    await turns()
    reads = len(history.reads)
    await asyncio.sleep(0.02)
    assert len(history.reads) == reads
