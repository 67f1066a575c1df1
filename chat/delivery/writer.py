"""Writer: group commit. What arrives while a tenant's last transaction runs goes into its next one.

Each tenant has a lane of its own with one transaction at a time, so a tenant that sends a lot waits for itself.
No timer: a lone draft is committed at once.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context
from functools import partial
from time import monotonic
from typing import Generic, Protocol, TypeVar

import psycopg
import structlog

from kit import traces, vitals
from kit.errors import BUSY, INTERNAL, UNAVAILABLE, ParleyError

log = structlog.get_logger(__name__)
_MOST_TOGETHER = 1_000
_PATIENCE = 10.0  # seconds after which no further attempt is made
_RETRY_SECONDS = (0.05, 0.2, *(0.5,) * 20)

Draft = TypeVar("Draft")
Stored = TypeVar("Stored")


class HasSchema(Protocol):
    @property
    def schema_name(self) -> str: ...


Commit = Callable[[HasSchema, Sequence[Draft]], Awaitable[Sequence[Stored | ParleyError]]]
"""Stores all of a tenant's drafts in one transaction; an answer for each, in order. Must be safe to repeat."""


Announce = Callable[[HasSchema, Sequence[Stored | ParleyError]], None]
"""Called with a transaction's answers, after its senders have theirs."""

Settle = Callable[[Stored | ParleyError], None]
"""Told what became of one draft. Must not raise."""


class Writer(Generic[Draft, Stored]):
    def __init__(
        self,
        commit: Commit[Draft, Stored],
        announce: Announce[Stored],
        *,
        most_waiting: int = 5_000,
        most_at_once: int = 6,
    ) -> None:
        self._commit = commit
        self._announce = announce
        self._most_waiting = most_waiting
        self._at_once = asyncio.Semaphore(most_at_once)
        self._lanes: dict[str, deque[tuple[Draft, Settle[Stored], float]]] = {}
        self._running: set[asyncio.Task[None]] = set()

    @property
    def waiting(self) -> int:
        """Drafts that no transaction has taken yet; another thread may ask."""
        return sum(map(len, list(self._lanes.values())))

    def submit(self, tenant: HasSchema, draft: Draft) -> asyncio.Future[Stored]:
        """As ``post``; the future ends with what was stored or a ParleyError."""
        future: asyncio.Future[Stored] = asyncio.get_running_loop().create_future()
        self.post(tenant, draft, partial(_settle, future))
        return future

    def post(self, tenant: HasSchema, draft: Draft, settle: Settle[Stored]) -> None:
        """Queue a draft; ``settle`` is called after the commit.

        Raises ParleyError ``busy`` when the tenant's lane is full.
        """
        lane = self._lanes.get(tenant.schema_name)
        if lane is None:
            lane = self._lanes[tenant.schema_name] = deque()
            task = asyncio.create_task(self._run(tenant, lane), context=Context())  # it is nobody's of those who send
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        if len(lane) >= self._most_waiting:
            raise ParleyError(BUSY, retry_after=1.0)
        lane.append((draft, settle, monotonic()))

    async def drain(self) -> None:
        """Wait until everything queued has been answered."""
        await asyncio.gather(*self._running)

    async def _run(self, tenant: HasSchema, lane: deque[tuple[Draft, Settle[Stored], float]]) -> None:
        loop = asyncio.get_running_loop()
        while lane:
            async with self._at_once:
                together = [lane.popleft() for _ in range(min(len(lane), _MOST_TOGETHER))]
                with traces.span("writer.batch", drafts=len(together)):
                    answers = await self._store(tenant, [draft for draft, *_ in together])
            # In the loop's next round: by then PostgreSQL has the next transaction to work on.
            loop.call_soon(self._conclude, tenant, together, answers)
        del self._lanes[tenant.schema_name]

    def _conclude(
        self,
        tenant: HasSchema,
        together: Sequence[tuple[Draft, Settle[Stored], float]],
        answers: Sequence[Stored | ParleyError],
    ) -> None:
        for (_, settle, _), answer in zip(together, answers, strict=True):
            settle(answer)
        times = [queued_at for *_, queued_at in together]
        vitals.acks.observe_since(times, monotonic())
        self._announce(tenant, answers)
        vitals.deliveries.observe_since(times, monotonic())

    async def _store(self, tenant: HasSchema, drafts: Sequence[Draft]) -> Sequence[Stored | ParleyError]:
        try:
            return await self._commit_patiently(tenant, drafts)
        except Exception as error:
            if len(drafts) > 1 and not isinstance(error, psycopg.OperationalError):
                # One of them is to blame: let it fail alone.
                alone = [await self._store(tenant, [draft]) for draft in drafts]
                return [answers[0] for answers in alone]
            unreachable = isinstance(error, psycopg.OperationalError)
            log.exception("writer.commit_failed", schema=tenant.schema_name, drafts=len(drafts))
            refusal = ParleyError(UNAVAILABLE, retry_after=2.0) if unreachable else ParleyError(INTERNAL)
            return [refusal] * len(drafts)

    async def _commit_patiently(self, tenant: HasSchema, drafts: Sequence[Draft]) -> Sequence[Stored | ParleyError]:
        """Again after each failure to reach PostgreSQL, until the last attempt or ``_PATIENCE``."""
        clock = asyncio.get_running_loop().time
        deadline = clock() + _PATIENCE
        for pause in _RETRY_SECONDS:
            try:
                return await self._commit(tenant, drafts)
            except psycopg.OperationalError as error:
                log.warning("writer.retrying", schema=tenant.schema_name, error=type(error).__name__)
                if clock() + pause > deadline:
                    raise
                await asyncio.sleep(pause)
        return await self._commit(tenant, drafts)


def _settle(future: asyncio.Future[Stored], answer: Stored | ParleyError) -> None:
    if future.done():  # its sender has gone
        return
    if isinstance(answer, ParleyError):
        future.set_exception(answer)
    else:
        future.set_result(answer)
