"""Ledger: one room's conversation as acks, deliveries and at last its history tell it, compared while they come.

The promise: each acknowledged message is in the history exactly once, the room counts 1, 2, 3 ... without a hole, every
subscriber hears all of it once and in order over however many connections, edits and deletions end in the same state
for everybody, and nobody hears a word of another room or tenant.

Made for millions: of a message there is a number in each of a few arrays, of a delivery nothing but a count. The first
to hear an event has it read whole; of all others it is enough that they hear the same bytes under the same seq.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from typing import Any

from pydantic_core import from_json

Frame = dict[str, Any]
DURABLE = (b'{"type":"message.', b'{"type":"member.', b'{"type":"room.updated"')
"""What the payload of each event with a seq of the room's begins with."""
_SEQ, _MOST = b'"seq":', 300
_UNKNOWN = 0
_DELETED = -1


class Broken(AssertionError):
    """The promise is."""


class Ledger:
    """``canary`` is what every text of the tenant begins with, and no other's."""

    def __init__(self, room: str, canary: str) -> None:
        self.room = room
        self.canary = canary
        self.acks = 0
        self.deliveries = 0
        self.head = 0
        """The last seq that was acknowledged."""
        self.authors: dict[str, array[int]] = {}
        """The place (the seq that it was created under) of each author's messages, by their numbers."""
        self._acked: dict[str, bytearray] = {}
        self._events = array("q")  # by seq: a hash of the event's bytes
        self._about = array("q")  # by seq: the place of the message that it made or changed; its own if of no message
        self._latest = array("q")  # by place: the seq of the latest change
        self._ids = array("q")  # by place: a hash of the id
        self._states: dict[int, int] = {}  # by place: the last acknowledged edit's number, or _DELETED

    # What is told

    def text(self, client_id: str, edit: int = 0) -> str:
        """What a message says, after so many edits."""
        return f"{self.canary} {client_id}" + f" edit {edit}" * bool(edit)

    def acknowledge(self, client_id: str, message_id: str, seq: int) -> None:
        """A message's ack; a second one must say the same."""
        self._place(seq, message_id, client_id)
        author, number = _parts(client_id)
        acked = self._acked.setdefault(author, bytearray())
        acked.extend(bytes(max(0, number + 1 - len(acked))))
        self.acks += not acked[number]
        acked[number] = 1
        self.head = max(self.head, seq)

    def acknowledge_edit(self, place: int, seq: int, edit: int) -> None:
        """An edit's ack, or of a repeat of it."""
        self._acknowledge_change(place, seq, edit)

    def acknowledge_deletion(self, place: int, seq: int) -> None:
        self._acknowledge_change(place, seq, _DELETED)

    def _acknowledge_change(self, place: int, seq: int, state: int) -> None:
        self._change(place, seq)
        self._states[place] = state
        self.head = max(self.head, seq)

    def hear(self, payload: bytes) -> int:
        """An event as a subscriber heard it; its seq."""
        begin = payload.index(_SEQ, 0, _MOST) + len(_SEQ)
        seq = int(payload[begin : payload.index(b",", begin)])
        self._grow(seq)
        heard, said = self._events[seq], hash(payload) or 1
        if heard == _UNKNOWN:
            self._read(payload, seq)
            self._events[seq] = said
        elif heard != said:
            raise Broken(f"two heard different events as seq {seq} of {self.room}: {payload[:_MOST]!r}")
        self.deliveries += 1
        return seq

    def _read(self, payload: bytes, seq: int) -> None:
        event = from_json(payload)
        if event["room"] != self.room or event["seq"] != seq:
            raise Broken(f"an event of a foreign room, heard in {self.room}: {payload[:_MOST]!r}")
        message = event.get("message")
        if message is None:
            self._about[seq] = seq
            return
        if not message["deleted"]:
            self._check_words(message)
        if message["client_id"] is not None:
            self._place(message["seq"], message["id"], message["client_id"])
        self._change(message["seq"], seq)

    def _check_words(self, message: Frame) -> int:
        """They are ours, and the author's own; the number of the edit that they are of."""
        text, plain = message["text"], self.text(message["client_id"])
        if text == plain:
            return 0
        edit = text.removeprefix(f"{plain} edit ")
        if text == edit or not edit.isdecimal() or message["user"]["id"] != _parts(message["client_id"])[0]:
            raise Broken(f"foreign words in {self.room}: {text!r}")
        return int(edit)

    def _place(self, place: int, message_id: str, client_id: str) -> None:
        """A message has one place and one id, whoever tells of it."""
        author, number = _parts(client_id)
        places = self.authors.setdefault(author, array("q"))
        _extend(places, number)
        self._grow(place)
        identity = hash(message_id) or 1
        if places[number] not in (_UNKNOWN, place) or self._ids[place] not in (_UNKNOWN, identity):
            raise Broken(f"{client_id} of {self.room} is doubled: at {place}, and at {places[number]} or another's")
        places[number], self._ids[place] = place, identity

    def _change(self, place: int, seq: int) -> None:
        self._grow(max(place, seq))
        self._about[seq] = place
        self._latest[place] = max(self._latest[place], seq)

    def _grow(self, seq: int) -> None:
        if seq >= len(self._events):
            for column in (self._events, self._about, self._latest, self._ids):
                _extend(column, seq + seq // 8)

    # What came of it

    def superseded(self, seq: int) -> bool:
        """Whether it may be passed over, for a later event says how that message stands."""
        self._grow(seq)
        place = self._about[seq]
        return self._latest[place] > seq if place else bool(self._states)

    def check(self, history: Iterable[Frame]) -> int:
        """Compare with the history, in order of seq; the number of its messages. Raises Broken."""
        stored = before = 0
        per_author = dict.fromkeys(self.authors, 0)
        for message in history:
            seq = message["seq"]
            self._check_gap(before, seq)
            self._place(seq, message["id"], message["client_id"])
            self._check_state(message)
            author, number = _parts(message["client_id"])
            if number != per_author[author]:
                raise Broken(f"{author}'s order in {self.room}: {number} follows {per_author[author] - 1}")
            per_author[author] += 1
            before, stored = seq, stored + 1
        self._check_gap(before, self.head + 1)
        for author, acked in self._acked.items():
            if (lost := acked.count(1) - per_author[author]) > 0:
                raise Broken(f"{lost} messages of {author} in {self.room} were acknowledged and are missing")
        return stored

    def _check_gap(self, before: int, seq: int) -> None:
        """Between two messages there are changes of others only, or events of no message."""
        if seq <= before:
            raise Broken(f"the history of {self.room} counts {before}, {seq}")
        self._grow(seq)
        for between in range(before + 1, seq):
            place = self._about[between]
            if place == between and self._ids[place]:
                raise Broken(f"the message at {between} of {self.room} was acknowledged or heard, and is missing")
            if not place and not self._states:
                raise Broken(f"the history of {self.room} has a hole at {between}")

    def _check_state(self, message: Frame) -> None:
        state = _DELETED if message["deleted"] else self._check_words(message)
        wanted = self._states.get(message["seq"], 0)
        if state != wanted:
            raise Broken(f"message {message['seq']} of {self.room} ended in state {state}, acknowledged is {wanted}")


class Ear:
    """One subscriber's place in the room: each event once and in order, over all connections. What reads PostgreSQL for
    it, a replay or a process that heals a hole, may pass over what a later event supersedes."""

    def __init__(self, ledger: Ledger) -> None:
        self.last_seq = 0
        self._ledger = ledger
        self._skipped: list[int] = []

    def hear(self, payload: bytes) -> None:
        seq = self._ledger.hear(payload)
        if seq != self.last_seq + 1:
            if seq <= self.last_seq:
                raise Broken(f"{self._ledger.room}: seq {seq} was heard after {self.last_seq}")
            self._skipped += range(self.last_seq + 1, seq)
        self.last_seq = seq

    def check(self) -> None:
        """Once all has been heard. Raises Broken."""
        if self.last_seq < self._ledger.head:
            raise Broken(f"{self._ledger.room}: {self._ledger.head} is acknowledged, heard only {self.last_seq}")
        missed = [seq for seq in self._skipped if not self._ledger.superseded(seq)]
        if missed:
            raise Broken(f"{self._ledger.room}: not heard by one who heard what follows: {missed[:10]}")


def _parts(client_id: str) -> tuple[str, int]:
    author, _, number = client_id.rpartition("-")
    return author, int(number)


def _extend(column: array[int], index: int) -> None:
    if index >= len(column):
        column.extend([_UNKNOWN] * (index + 1 - len(column)))
