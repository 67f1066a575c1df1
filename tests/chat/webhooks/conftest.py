"""A tenant whose events are told, a clock that is set by hand, and a worker that is run by hand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from chat.webhooks import endpoints
from chat.webhooks.delivering import deliver_all
from chat.webhooks.hook import close_lines
from kit.outbound import OutboundPolicy
from tenants.connections import close_pool
from tenants.scope import tenant_scope
from tests.support.cast import Tenancy
from tests.support.receiver import Receiver, receiver
from tests.support.tables import change, fill, rows

LOOPBACK = OutboundPolicy(allow=frozenset({"127.0.0.1"}))


@dataclass
class Clock:
    """Time goes on when it is told to."""

    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __call__(self) -> datetime:
        return self.at

    def pass_by(self, **time: float) -> None:
        self.at += timedelta(**time)


@dataclass
class Telling:
    """A tenant, and its worker at work."""

    tenant: Tenancy
    clock: Clock

    async def endpoint(self, url: str, *events: str) -> tuple[str, str]:
        """A new endpoint's id and secret."""
        with tenant_scope(self.tenant.record):
            made, secret = await endpoints.create(self.tenant.record, url, events)
        return made.id, secret

    def happen(self, count: int, room: str = "general") -> None:
        """So many messages, and their rows in the outbox, as the transaction of a send leaves them."""
        before = rows(self.tenant, "SELECT last_seq FROM chat_room WHERE id = %s", room)[0][0]
        fill(self.tenant, count, room)
        change(
            self.tenant,
            "INSERT INTO chat_outboxevent (type, room_id, message_id, seq)"
            " SELECT 'message.created', room_id, id, seq FROM chat_message"
            " WHERE room_id = %s AND seq > %s ORDER BY seq",
            room,
            before,
        )

    async def work(self) -> None:
        await deliver_all(self.tenant.record, self.clock, LOOPBACK)

    async def work_until_killed(self, moment: asyncio.Event) -> None:
        """The worker, killed as soon as ``moment`` is there: what it has not committed is lost."""
        worker = asyncio.create_task(self.work())
        await moment.wait()
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)

    async def work_for(self, *, step: timedelta, until: datetime) -> None:
        while self.clock.at < until:
            self.clock.at += step
            await self.work()

    def waiting(self) -> int:
        [(deliveries,)] = rows(self.tenant, "SELECT count(*) FROM chat_webhookdelivery WHERE due_at IS NOT NULL")
        [(events,)] = rows(self.tenant, "SELECT count(*) FROM chat_outboxevent")
        return int(deliveries + events)


@pytest.fixture(autouse=True)
async def pool() -> AsyncIterator[None]:
    """Each test has an event loop of its own, and so a pool of its own, and lines."""
    yield
    await close_lines()
    await close_pool()


@pytest.fixture
def telling(acme: Tenancy) -> Telling:
    return Telling(acme, Clock())


@pytest.fixture
async def shop() -> AsyncIterator[Receiver]:
    """acme's own server."""
    async with receiver() as made:
        yield made
