"""What would have been lost, doubled, swapped or foreign is found: else the other tests here would show nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from tests.faults.ledger import Broken, Ear, Ledger

Frame = dict[str, Any]


class Room:
    """Ten messages of two people, number 3 edited and number 5 deleted, as everybody should tell of them."""

    def __init__(self) -> None:
        self.ledger = Ledger("general", "canary-a")
        self.ears = [Ear(self.ledger), Ear(self.ledger)]
        self.history = [self._message(seq) for seq in range(1, 11)]
        self.events = [self._event("created", message) for message in self.history]
        self.history[2] = self._message(3, text=f"{self.history[2]['text']} edit 1")
        self.history[4] = self._message(5, text="", deleted=True)
        self.events += [
            self._event("updated", self.history[2], 11),
            self._event("deleted", self.history[4], 12),
        ]

    def _message(self, seq: int, **changed: Any) -> Frame:
        author, number = ("bob", "ann")[seq % 2], (seq - 1) // 2
        client_id = f"{author}-{number}"
        plain = {"text": self.ledger.text(client_id), "deleted": False}
        return {"id": f"m_{seq}", "seq": seq, "user": {"id": author}, "client_id": client_id, **plain, **changed}

    def _event(self, kind: str, message: Frame, seq: int | None = None) -> Frame:
        return {"type": f"message.{kind}", "room": "general", "seq": seq or message["seq"], "message": message}

    def acknowledge(self, messages: Sequence[Frame]) -> None:
        for message in messages:
            self.ledger.acknowledge(message["client_id"], message["id"], message["seq"])
        self.ledger.acknowledge_edit(3, 11, 1)
        self.ledger.acknowledge_deletion(5, 12)

    def hear(self, ear: int, events: Sequence[Frame]) -> None:
        for event in events:
            self.ears[ear].hear(json.dumps(event, separators=(",", ":")).encode())

    def check(self) -> int:
        for ear in self.ears:
            ear.check()
        return self.ledger.check(self.history)


def _told(room: Room) -> None:
    """As it should be. One of the two was away and replays, which skips what a later event supersedes."""
    room.acknowledge(room.history)
    room.hear(0, room.events)
    room.hear(1, room.events[:1])
    room.hear(1, [event for event in room.events[1:] if event["seq"] not in (3, 5)])


def test_a_conversation_as_it_should_be_is_accepted_and_counted() -> None:
    room = Room()
    _told(room)
    assert (room.check(), room.ledger.acks, room.ledger.deliveries) == (10, 10, 22)


def _lost(room: Room) -> None:
    _told(room)
    del room.history[-1]


def _lost_in_the_middle(room: Room) -> None:
    _told(room)
    del room.history[5]


def _doubled_in_the_history(room: Room) -> None:
    _told(room)
    room.history.append({**room.history[0], "seq": 13, "id": "m_13"})


def _swapped_in_the_history(room: Room) -> None:
    _told(room)
    room.history[0], room.history[2] = ({**room.history[a], "seq": room.history[b]["seq"]} for a, b in ((2, 0), (0, 2)))


def _acknowledged_twice_at_two_places(room: Room) -> None:
    room.acknowledge([room.history[0], {**room.history[0], "seq": 2, "id": "m_2"}])


def _unheard(room: Room) -> None:
    room.acknowledge(room.history)
    room.hear(0, room.events)
    room.hear(1, room.events[:-1])
    room.check()


def _heard_twice(room: Room) -> None:
    room.hear(0, [*room.events, room.events[-1]])


def _heard_with_a_hole(room: Room) -> None:
    _told(room)
    room.ears.append(Ear(room.ledger))
    room.hear(2, [event for event in room.events if event["seq"] != 7])


def _heard_in_another_order(room: Room) -> None:
    room.hear(0, [room.events[1], room.events[0]])


def _heard_differently(room: Room) -> None:
    room.hear(0, room.events)
    room.hear(1, [{**room.events[0], "type": "message.updated"}])


def _foreign_words(room: Room) -> None:
    room.hear(0, [room._event("created", room._message(1, text="canary-b ann-0"))])


def _foreign_room(room: Room) -> None:
    room.hear(0, [{**room.events[0], "room": "plans"}])


def _an_edit_that_did_not_last(room: Room) -> None:
    _told(room)
    room.history[2] = room._message(3)


def _a_deletion_that_did_not_last(room: Room) -> None:
    _told(room)
    room.history[4] = room._message(5)


DOCTORED = (
    (_lost, "missing"),
    (_lost_in_the_middle, "missing"),
    (_doubled_in_the_history, "doubled"),
    (_swapped_in_the_history, "doubled"),
    (_acknowledged_twice_at_two_places, "doubled"),
    (_unheard, "heard only 11"),
    (_heard_twice, "was heard after"),
    (_heard_with_a_hole, "not heard by one"),
    (_heard_in_another_order, "was heard after"),
    (_heard_differently, "different events"),
    (_foreign_words, "foreign words"),
    (_foreign_room, "foreign room"),
    (_an_edit_that_did_not_last, "ended in state"),
    (_a_deletion_that_did_not_last, "ended in state"),
)


@pytest.mark.parametrize(("doctor", "finding"), DOCTORED, ids=[doctor.__name__.strip("_") for doctor, _ in DOCTORED])
def test_a_doctored_record_is_found(doctor: Callable[[Room], None], finding: str) -> None:
    room = Room()
    with pytest.raises(Broken, match=finding):  # noqa: PT012 - some are found at once, others in the end
        doctor(room)
        room.check()
