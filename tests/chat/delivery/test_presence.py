"""Who is here: noted in batches, told once, lost with its process; the ledger is one in memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import pytest
from pydantic_core import from_json

from chat.delivery.presence import MOST_LISTENERS, Appearance, Beaten, Presence
from chat.delivery.rooms import RoomKey

ACME = "t_acme"


class Book:
    """What all processes have noted, by process."""

    def __init__(self) -> None:
        self.here: defaultdict[str, set[str]] = defaultdict(set)
        self.calls: list[tuple[list[str], list[str]]] = []
        self.lost: list[str] = []
        self.failures = 0

    async def note(self, schema_name: str, process: str, came: Sequence[str], gone: Sequence[str]) -> list[Appearance]:
        if self.failures:
            self.failures -= 1
            raise OSError("no answer")
        self.calls.append((list(came), list(gone)))
        self.here[process] = (self.here[process] | set(came)) - set(gone)
        return self._appearances([*came, *gone])

    async def beat(self, schema_name: str, process: str) -> Beaten:
        lost, self.lost = self.lost, []
        anew = process not in self.here
        self.here[process] |= set()
        return Beaten(anew, self._appearances(lost))

    def crash(self) -> None:
        """Its tables are unlogged."""
        self.here.clear()

    @property
    def everybody(self) -> set[str]:
        return set().union(*self.here.values())

    def _appearances(self, users: Sequence[str]) -> list[Appearance]:
        return [Appearance(user, user.title(), "", user in self.everybody, None, ["home"]) for user in users]


class Process:
    """One with a ledger; ``told`` is what its rooms heard: room, user, online."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.told: list[tuple[str, str, bool]] = []
        self.listeners = 1
        self.presence = Presence(book, self._tell, lambda key: self.listeners)

    def visit(self, user: str, *rooms: str):
        return self.presence.visiting(ACME, user, dict.fromkeys(rooms))

    async def note(self) -> list[tuple[str, str, bool]]:
        """What is told of it, once it has settled."""
        await self.presence.note(self.book)
        await self.presence.note(self.book)
        told, self.told = sorted(self.told), []
        return told

    def _tell(self, key: RoomKey, payload: bytes) -> None:
        event = from_json(payload)
        assert (event["type"], event["room"], key.schema_name) == ("presence.changed", key.room_id, ACME)
        self.told.append((key.room_id, event["user"]["id"], event["online"]))


@pytest.fixture
def book() -> Book:
    return Book()


@pytest.fixture
def process(book: Book) -> Process:
    return Process(book)


async def test_coming_and_going_is_told_to_ones_own_rooms_and_those_one_listens_to(process: Process) -> None:
    with process.visit("ann", "open"):
        assert await process.note() == [("home", "ann", True), ("open", "ann", True)]
        assert await process.note() == []
    assert await process.note() == [("home", "ann", False), ("open", "ann", False)]


async def test_a_second_socket_changes_nothing(process: Process) -> None:
    with process.visit("ann"):
        await process.note()
        with process.visit("ann"):
            assert await process.note() == []
        assert await process.note() == []
    assert len(await process.note()) == 1
    assert process.book.calls == [(["ann"], []), ([], ["ann"])]


async def test_who_reloads_a_page_was_never_away(process: Process) -> None:
    with process.visit("ann"):
        await process.note()
    await process.presence.note(process.book)
    with process.visit("ann"):
        assert await process.note() == []
    with process.visit("ann"):
        pass
    await process.presence.note(process.book)
    assert process.book.calls == [(["ann"], [])]


async def test_who_comes_and_goes_between_two_notes_is_not_noted(process: Process) -> None:
    with process.visit("ann"):
        pass
    assert await process.note() == []
    assert process.book.calls == []


async def test_many_are_noted_together(process: Process) -> None:
    visits = [process.visit(f"u{number}") for number in range(150)]
    for visit in visits:
        visit.__enter__()
    assert len(await process.note()) == 150
    assert sorted(len(came) for came, _ in process.book.calls) == [50, 100]


async def test_gone_from_here_is_not_gone_from_everywhere(book: Book, process: Process) -> None:
    other = Process(book)
    with other.visit("ann"):
        await other.note()
        with process.visit("ann"):
            await process.note()
        assert await process.note() == []
    assert await other.note() == [("home", "ann", False)]


async def test_what_could_not_be_noted_is_noted_the_next_time(book: Book, process: Process) -> None:
    with process.visit("ann"):
        book.failures = 1
        assert await process.note() == []
        assert await process.note() == [("home", "ann", True)]
        book.failures = 1
    await process.note()
    assert not process.presence._tenants, "with nobody here there is nothing to go on for"


async def test_after_the_ledger_lost_everything_it_is_told_again(book: Book, process: Process) -> None:
    with process.visit("ann"):
        await process.note()
        book.crash()
        await process.presence.beat(book)
        await process.note()
        assert book.everybody == {"ann"}


async def test_the_people_of_a_process_that_is_gone_go_with_it(book: Book, process: Process) -> None:
    with process.visit("ann"):
        await process.note()
        book.lost = ["bob", "ann"]
        await process.presence.beat(book)
        assert process.told == [("home", "bob", False)]


async def test_large_rooms_are_told_nothing(process: Process) -> None:
    process.listeners = MOST_LISTENERS + 1
    with process.visit("ann", "open"):
        assert await process.note() == []
    assert process.book.calls == [(["ann"], [])]
