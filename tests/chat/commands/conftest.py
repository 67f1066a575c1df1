"""Inside acme, with ann, bob and carol."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from chat.commands import messages
from chat.commands.users import enter
from chat.delivery.process import start_delivery, stop_delivery
from chat.queries.timeline import read_events, read_heads
from tenants.connections import close_pool
from tenants.scope import tenant_scope
from tests.chat.delivery.standins import Layer
from tests.support.cast import Tenancy


@pytest.fixture(autouse=True)
async def pool() -> AsyncIterator[None]:
    """Each test has an event loop of its own, and so a pool of its own."""
    yield
    await close_pool()


@pytest.fixture
async def people(acme: Tenancy) -> Tenancy:
    with tenant_scope(acme.record):
        for user_id in ("ann", "bob", "carol"):
            await enter(user_id, name=user_id.title())
    return acme


@pytest.fixture
async def delivery() -> AsyncIterator[None]:
    start_delivery(Layer(), read_events, read_heads)
    yield
    await messages.writer().drain()
    await stop_delivery()
