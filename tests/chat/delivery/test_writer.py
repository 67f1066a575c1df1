"""Group commit: what arrives meanwhile goes together, each tenant for itself, and everybody gets an answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import psycopg
import pytest

from chat.delivery import writer as module
from chat.delivery.writer import HasSchema, Writer
from kit.errors import ROOM_NOT_FOUND, ParleyError
from tests.chat.delivery.standins import turns


@dataclass(frozen=True)
class Tenant:
    schema_name: str


ACME, GLOBEX = Tenant("t_acme"), Tenant("t_globex")


class Database:
    """Answers each draft with itself in capitals."""

    def __init__(self) -> None:
        self.transactions: list[tuple[str, list[str]]] = []
        self.announced: list[tuple[str, list[str | ParleyError]]] = []
        self.failures: list[Exception] = []
        self.poison: Exception | None = None
        self.at_once = self.most_at_once = 0
        self.open = asyncio.Event()
        self.open.set()

    async def commit(self, tenant: HasSchema, drafts: Sequence[str]) -> Sequence[str | ParleyError]:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            return await self._commit(tenant, drafts)
        finally:
            self.at_once -= 1

    async def _commit(self, tenant: HasSchema, drafts: Sequence[str]) -> Sequence[str | ParleyError]:
        await self.open.wait()
        await asyncio.sleep(0)
        self.transactions.append((tenant.schema_name, list(drafts)))
        if self.failures:
            raise self.failures.pop(0)
        if self.poison and "poison" in drafts:
            raise self.poison
        return [ParleyError(ROOM_NOT_FOUND) if draft == "nowhere" else draft.upper() for draft in drafts]

    def announce(self, tenant: HasSchema, answers: Sequence[str | ParleyError]) -> None:
        self.announced.append((tenant.schema_name, list(answers)))


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_RETRY_SECONDS", (0.001,) * 5)


@pytest.fixture
async def database() -> Database:
    return Database()


@pytest.fixture
async def make(database: Database) -> Callable[..., Writer[str, str]]:
    return lambda **options: Writer(database.commit, database.announce, **options)


@pytest.fixture
async def writer(make: Callable[..., Writer[str, str]]) -> Writer[str, str]:
    return make()


async def test_a_lone_draft_is_committed_at_once(writer: Writer[str, str], database: Database) -> None:
    assert await writer.submit(ACME, "a") == "A"
    assert database.transactions == [("t_acme", ["a"])]


async def test_what_arrives_during_a_commit_goes_together_into_the_next(
    writer: Writer[str, str], database: Database
) -> None:
    database.open.clear()
    first = writer.submit(ACME, "a")
    await turns()
    rest = [writer.submit(ACME, draft) for draft in "bcd"]
    database.open.set()
    assert await asyncio.gather(first, *rest) == ["A", "B", "C", "D"]
    assert database.transactions == [("t_acme", ["a"]), ("t_acme", ["b", "c", "d"])]


async def test_no_transaction_grows_without_bound(writer: Writer[str, str], database: Database) -> None:
    drafts = [f"d{number}" for number in range(2_200)]
    answers = await asyncio.gather(*(writer.submit(ACME, draft) for draft in drafts))
    assert answers == [draft.upper() for draft in drafts]
    assert [len(drafts) for _, drafts in database.transactions] == [1_000, 1_000, 200]


async def test_tenants_never_share_a_transaction_nor_wait_for_each_other(
    writer: Writer[str, str], database: Database
) -> None:
    futures = [writer.submit(tenant, draft) for draft in "ab" for tenant in (ACME, GLOBEX)]
    await asyncio.gather(*futures)
    assert sorted(database.transactions) == [("t_acme", ["a", "b"]), ("t_globex", ["a", "b"])]


async def test_one_tenant_that_sends_a_lot_holds_up_no_other(
    make: Callable[..., Writer[str, str]], database: Database
) -> None:
    writer = make(most_at_once=1, most_waiting=10_000)
    crowd = [writer.submit(ACME, "a") for _ in range(10_000)]
    await turns(3)
    await writer.submit(GLOBEX, "b")
    assert sum(future.done() for future in crowd) <= 5_000
    await writer.drain()


async def test_no_more_transactions_run_at_once_than_are_allowed(
    make: Callable[..., Writer[str, str]], database: Database
) -> None:
    writer = make(most_at_once=3)
    await asyncio.gather(*(writer.submit(Tenant(f"t_{number}"), "a") for number in range(20)))
    assert database.most_at_once == 3


async def test_what_arrives_while_a_lane_waits_for_its_turn_goes_along(
    make: Callable[..., Writer[str, str]], database: Database
) -> None:
    writer = make(most_at_once=1)
    database.open.clear()
    futures = [writer.submit(ACME, "a"), writer.submit(GLOBEX, "a")]
    await turns()
    futures.append(writer.submit(GLOBEX, "b"))
    database.open.set()
    await asyncio.gather(*futures)
    assert database.transactions[1] == ("t_globex", ["a", "b"])


async def test_a_full_lane_says_busy_and_keeps_what_it_has(
    make: Callable[..., Writer[str, str]], database: Database
) -> None:
    writer = make(most_waiting=10)
    taken = [writer.submit(ACME, "a") for _ in range(10)]
    with pytest.raises(ParleyError) as refusal:
        writer.submit(ACME, "a")
    assert refusal.value.code.name == "busy"
    assert refusal.value.retry_after
    assert await asyncio.gather(*taken, writer.submit(GLOBEX, "b")) == ["A"] * 10 + ["B"]


async def test_a_refusal_is_one_drafts_own(writer: Writer[str, str], database: Database) -> None:
    futures = [writer.submit(ACME, draft) for draft in ("a", "nowhere", "b")]
    answers = await asyncio.gather(*futures, return_exceptions=True)
    assert [answers[0], answers[2]] == ["A", "B"]
    assert isinstance(answers[1], ParleyError)
    assert answers[1].code is ROOM_NOT_FOUND


async def test_one_bad_draft_fails_alone(writer: Writer[str, str], database: Database) -> None:
    database.poison = psycopg.DataError("NUL")
    futures = [writer.submit(ACME, draft) for draft in ("a", "poison", "b")]
    answers = await asyncio.gather(*futures, return_exceptions=True)
    assert [answers[0], answers[2]] == ["A", "B"]
    assert isinstance(answers[1], ParleyError)
    assert answers[1].code.name == "internal"


async def test_a_lost_connection_is_tried_again_with_the_same_drafts(
    writer: Writer[str, str], database: Database
) -> None:
    database.failures = [psycopg.OperationalError("gone")] * 3
    assert await writer.submit(ACME, "a") == "A"
    assert database.transactions == [("t_acme", ["a"])] * 4


async def test_a_database_that_stays_away_is_unavailable_and_the_lane_goes_on(
    writer: Writer[str, str], database: Database
) -> None:
    database.failures = [psycopg.OperationalError("gone")] * 6
    with pytest.raises(ParleyError) as refusal:
        await writer.submit(ACME, "a")
    assert refusal.value.code.name == "unavailable"
    assert refusal.value.code.retryable
    assert await writer.submit(ACME, "b") == "B"


async def test_senders_have_their_answer_before_the_room_hears(writer: Writer[str, str], database: Database) -> None:
    heard_before: list[tuple[str | ParleyError, int]] = []
    writer.post(ACME, "a", lambda answer: heard_before.append((answer, len(database.announced))))
    await turns()
    assert heard_before == [("A", 0)]
    assert database.announced == [("t_acme", ["A"])]


async def test_the_next_transaction_runs_while_the_last_is_told_of(
    writer: Writer[str, str], database: Database
) -> None:
    running: list[int] = []
    writer.post(ACME, "a", lambda _: running.append(database.at_once))
    await asyncio.sleep(0)
    writer.post(ACME, "b", lambda _: running.append(database.at_once))
    await turns()
    assert running == [1, 0]


async def test_a_sender_that_has_gone_holds_up_nobody(writer: Writer[str, str], database: Database) -> None:
    futures = [writer.submit(ACME, draft) for draft in "abc"]
    futures[1].cancel()
    assert await asyncio.gather(futures[0], futures[2]) == ["A", "C"]
    assert database.transactions == [("t_acme", ["a", "b", "c"])], "it was taken, so it is stored"


async def test_drained_is_when_all_have_their_answer_and_all_is_announced(
    writer: Writer[str, str], database: Database
) -> None:
    futures = [writer.submit(tenant, "a") for tenant in (ACME, GLOBEX) for _ in range(700)]
    await writer.drain()
    assert all(future.done() for future in futures)
    assert sum(len(answers) for _, answers in database.announced) == 1_400
