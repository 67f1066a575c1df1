"""A Stripe account: one for all tests of a worker, each of which has tenants, and so customers, of its own. Its clock
only goes on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.billing.shop import Shop, open_shop


@pytest.fixture(scope="session")
def shared_shop(database: None) -> Iterator[Shop]:
    with open_shop() as opened:
        yield opened


@pytest.fixture
def shop(shared_shop: Shop) -> Iterator[Shop]:
    with shared_shop.settings():
        yield shared_shop
