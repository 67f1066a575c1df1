"""What the tenant's console costs where there is much: as many statements as where there is little, and no list read to
its end to show its beginning."""

from __future__ import annotations

import asyncio
from functools import partial

from django.conf import settings
from django.http import HttpRequest
from django.test import override_settings

from config.urls_tenant import tenant_console
from tenants.scope import tenant_scope
from tests.support.cast import Tenancy
from tests.support.console_pages import Made, in_a_loop, made_pages
from tests.support.furnished import Furnished, furnish
from tests.support.server import LiveServer
from tests.support.tables import change

USERS, ROOMS = 100_000, 10_000
LARGE = {"chat_user", "chat_room", "chat_member"}


def test_every_page_costs_a_large_tenant_what_it_costs_a_small_one(live: LiveServer) -> None:
    furnished = asyncio.run(furnish(live))
    _grow(furnished.tenancy, 1, 100)
    small = _pages(furnished)
    _grow(furnished.tenancy, 101, USERS)
    large = _pages(furnished)
    assert {page: len(made.statements) for page, made in large.items()} == {
        page: len(made.statements) for page, made in small.items()
    }
    assert max(len(made.statements) for made in large.values()) <= 20
    with tenant_scope(furnished.tenancy.record):
        assert {page: scans for page, made in large.items() if (scans := made.scans() & LARGE)} == {}


def _pages(furnished: Furnished) -> dict[str, Made]:
    tenancy = furnished.tenancy
    membership = furnished.owner.memberships.get()

    def prepare(request: HttpRequest) -> None:
        request.user, request.tenant = furnished.owner, tenancy.record  # type: ignore[attr-defined]
        request.membership, request.support = membership, None  # type: ignore[attr-defined]
        request.session = {}  # type: ignore[assignment]

    with override_settings(ROOT_URLCONF=settings.TENANT_URLCONF), tenant_scope(tenancy.record):
        return in_a_loop(lambda: made_pages(tenant_console, partial(furnished.fill, "tenant"), prepare))


def _grow(tenancy: Tenancy, first: int, last: int) -> None:
    """Users up to that number; a room for each of the first ten thousand, who are all in one room besides."""
    change(
        tenancy,
        "INSERT INTO chat_user (id, name) SELECT 'u' || n, 'Person ' || n FROM generate_series(%s::int, %s) n",
        first,
        last,
    )
    rooms = min(last, ROOMS)
    change(
        tenancy,
        "INSERT INTO chat_room (id, name, epoch) SELECT 'r' || n, 'Room', 'e' FROM generate_series(%s::int, %s) n",
        first,
        rooms,
    )
    for room in ("'plans'", "'r' || n"):
        change(
            tenancy,
            f"INSERT INTO chat_member (room_id, user_id) SELECT {room}, 'u' || n FROM generate_series(%s::int, %s) n",
            first,
            rooms,
        )
    for table in LARGE:
        change(tenancy, f"ANALYZE {table}")
