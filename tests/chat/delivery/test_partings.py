"""Whoever leaves a room hears of that and of nothing after it, wherever the subscription stands at that moment."""

from __future__ import annotations

import pytest

from chat.delivery.feed import Feed, Subscription
from chat.delivery.rooms import Replay, RoomKey
from chat.payloads import encode
from tests.chat.delivery.standins import KEY, Reader, payload, turns


def leaves(user_id: str, seq: int, reason: str = "removed") -> bytes:
    user = {"id": user_id, "name": user_id.title()}
    return encode({"type": "member.left", "room": "general", "seq": seq, "user": user, "reason": reason})


class Listener:
    """A user's subscription, what it was given, and why it ended."""

    def __init__(self, feed: Feed, user_id: str) -> None:
        self.reader = Reader()
        self.reasons: list[str] = []
        self.subscription: Subscription = feed.attach(self.reader, user_id, self.reasons.append)

    def at(self, position: int) -> Listener:
        self.subscription.start(position)
        return self

    @property
    def given(self) -> list[bytes]:
        return self.reader.given


@pytest.fixture
async def feed() -> Feed:
    async def nothing(key: RoomKey, after: int) -> Replay:
        return Replay(after, (), ())

    return Feed(KEY, nothing)


BOB_LEAVES = leaves("bob", 2)


async def test_the_last_that_one_hears_is_ones_own_leaving(feed: Feed) -> None:
    ann, bob, again = Listener(feed, "ann").at(0), Listener(feed, "bob").at(0), Listener(feed, "bob").at(0)
    feed.deliver(1, [payload(1), BOB_LEAVES, payload(3)])
    feed.deliver(4, [payload(4)])
    feed.pass_on(b"typing")
    assert ann.given == [payload(1), BOB_LEAVES, payload(3), payload(4), b"typing"]
    for each in (bob, again):
        assert (each.given, each.reasons) == ([payload(1), BOB_LEAVES], ["removed"])
    assert ann.reasons == []


async def test_two_who_leave_in_one_batch_each_hear_their_own(feed: Feed) -> None:
    ann, bob = Listener(feed, "ann").at(0), Listener(feed, "bob").at(0)
    first, second = leaves("ann", 1, "left"), leaves("bob", 2, "banned")
    feed.deliver(1, [first, second, payload(3)])
    assert (ann.given, ann.reasons) == ([first], ["left"])
    assert (bob.given, bob.reasons) == ([first, second], ["banned"])
    assert feed.idle


async def test_a_leaving_that_came_while_the_state_was_read_ends_the_subscription_as_it_starts(feed: Feed) -> None:
    Listener(feed, "ann").at(0)
    bob = Listener(feed, "bob")
    feed.deliver(1, [payload(1), BOB_LEAVES, payload(3)])
    feed.deliver(4, [payload(4)])
    bob.at(1)
    feed.deliver(5, [payload(5)])
    assert (bob.given, bob.reasons) == ([BOB_LEAVES], ["removed"])


async def test_who_has_come_back_since_stays(feed: Feed) -> None:
    """The state that was read is younger than the leaving, which the feed hears of only now."""
    Listener(feed, "ann").at(0)
    level, ahead = Listener(feed, "bob").at(2), Listener(feed, "bob").at(3)
    feed.deliver(1, [payload(1), BOB_LEAVES])
    feed.deliver(3, [payload(3), payload(4)])
    assert (level.given, ahead.given) == ([payload(3), payload(4)], [payload(4)])
    assert level.reasons == ahead.reasons == []


async def test_a_leaving_that_the_bell_lost_is_read_and_ends_it_too() -> None:
    async def stored(key: RoomKey, after: int) -> Replay:
        return Replay(3, [1, 2, 3], [payload(1), BOB_LEAVES, payload(3)])

    feed = Feed(KEY, stored)
    bob = Listener(feed, "bob").at(0)
    feed.deliver(4, [payload(4)])
    await turns()
    assert (bob.given, bob.reasons) == ([payload(1), BOB_LEAVES], ["removed"])


async def test_ending_it_oneself_calls_for_no_farewell(feed: Feed) -> None:
    bob = Listener(feed, "bob").at(0)
    bob.subscription.end()
    feed.deliver(1, [leaves("bob", 1)])
    assert (bob.given, bob.reasons) == ([], [])
