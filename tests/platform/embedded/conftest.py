import os
from collections.abc import Iterator

import pytest

from embedded.throwaway import Throwaway, throwaway
from tests.platform.embedded.checkout import Checkout

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root changes users")


@pytest.fixture
def checkout() -> Iterator[Checkout]:
    checkout = Checkout()
    yield checkout
    checkout.remove()


@pytest.fixture
def private_checkout() -> Iterator[Checkout]:
    checkout = Checkout(private=True)
    yield checkout
    checkout.remove()


@pytest.fixture(scope="module")
def servers() -> Iterator[Throwaway]:
    with throwaway() as servers:
        yield servers
