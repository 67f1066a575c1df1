"""A browser, and people who visit with it. Every visit ends with a look at the browser's console.

One browser serves the whole run, so these tests share one event loop; each visitor has a context of their own.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from django.utils import timezone
from playwright.async_api import Browser, async_playwright

from chat.models import Member, Message, Room, User
from tenants.models import Account
from tenants.scope import tenant_scope
from tests.e2e.visitor import Visitor
from tests.support.cast import Tenancy
from tests.support.chromium import QUIET, find_chromium
from tests.support.server import LiveServer

Visit = Callable[..., Awaitable[Visitor]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent.name == "e2e":
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        found = find_chromium(playwright.chromium.executable_path)
        assert found, "no Chromium: python -m tests.support.chromium installs one"
        browser = await playwright.chromium.launch(executable_path=found, args=QUIET)
        yield browser
        await browser.close()


@pytest.fixture
def alice(acme: Tenancy) -> Account:
    return acme.account("alice")


@pytest.fixture
def bob(acme: Tenancy) -> Account:
    return acme.account("bob")


@pytest.fixture
def carol(acme: Tenancy) -> Account:
    return acme.account("carol")


@pytest.fixture
def mallory(globex: Tenancy) -> Account:
    return globex.account("mallory")


@pytest.fixture
def history(acme: Tenancy, alice: Account, bob: Account) -> list[str]:
    """What Alice and Bob said in General yesterday and today, more than two pages. Alice has read all but the last
    three."""
    texts = [f"line {number}" for number in range(1, 131)]
    read, today = len(texts) - 3, timezone.now()
    with tenant_scope(acme.record):
        room = Room.objects.get(id="general")
        ann, ben = (User.objects.create(id=each.id, name=each.name, account_id=each.id) for each in (alice, bob))
        Message.objects.bulk_create(
            Message(
                room=room,
                seq=seq,
                changed_seq=seq,
                user=ben if seq > read or (seq < 120 and seq % 3 == 0) else ann,
                text=text,
                created_at=today if seq > 110 else today - timedelta(days=1),
            )
            for seq, text in enumerate(texts, 1)
        )
        Room.objects.filter(id=room.id).update(last_seq=len(texts))
        Member.objects.create(room=room, user=ann, read_seq=read)
        Member.objects.create(room=room, user=ben, read_seq=len(texts))
    return texts


@pytest_asyncio.fixture(loop_scope="session")
async def visit(browser: Browser, live: LiveServer) -> AsyncIterator[Visit]:
    """``await visit(tenant, account)``: somebody signed in, in a browser context of their own. What they open is the
    test's next step."""
    visitors: list[Visitor] = []

    async def arrive(
        tenant: Tenancy, account: Account | None = None, *, server: LiveServer = live, **options: Any
    ) -> Visitor:
        visitor = await Visitor.arrive(browser, server, tenant, **options)
        visitors.append(visitor)
        if account is not None:
            await visitor.sign_in(tenant, account)
        return visitor

    yield arrive
    for visitor in visitors:
        await visitor.page.context.close()
    assert [visitor.unexpected_complaints() for visitor in visitors] == [[] for _ in visitors]
