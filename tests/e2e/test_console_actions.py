"""Every action of every page of both consoles, as their sites know them, done by a person in a browser: found by its
words, filled in, pressed, its outcome seen. What can be got wrong is got wrong first, on a phone in the dark."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio
from asgiref.sync import sync_to_async
from playwright.async_api import Browser

from config.urls_tenant import tenant_console
from console.pages import operators
from tenants.maintenance import end_maintenance
from tests.e2e.axe import Inspection
from tests.e2e.hand import Hand
from tests.e2e.operators_actions import OPERATORS
from tests.e2e.tenant_actions import TENANT
from tests.e2e.walker import Walker, walkers_of
from tests.support.console_actions import actions_of
from tests.support.furnished import furnish
from tests.support.receiver import receiver
from tests.support.server import LiveServer

SITES = {"tenant": (tenant_console, TENANT), "operators": (operators, OPERATORS)}
AT_STRIPE = {
    "billing.portal",
    "billing.cancel",
    "billing.resume",
    "billing_plan.checkout",
    "billing_plan.change",
    "tenant_billing.credit",
    "tenant_billing.sync",
}
"""Where there is no Stripe they are not offered; with one ``test_billing.py`` does what owners do."""
PAGES = [(site, page) for site, (_, presses) in SITES.items() for page in dict.fromkeys(each.page for each in presses)]


@pytest.mark.parametrize("site", SITES)
async def test_it_is_said_of_each_action_how_a_person_does_it(site: str) -> None:
    console, presses = SITES[site]
    assert {press.action for press in presses} == actions_of(console) - AT_STRIPE


@dataclass(frozen=True)
class Scene:
    walkers: dict[str, Walker]
    examples: dict[str, str]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def scene(browser: Browser, live: LiveServer) -> AsyncIterator[Scene]:
    furnished = await furnish(live)
    slug = furnished.tenancy.slug
    async with receiver() as hook, walkers_of(browser, live, furnished) as walkers:
        own = {"hook": hook.url, "slug": slug, "me": furnished.operator.email}
        named = {name: str(example) for where in furnished.where.values() for name, example in where.items()}
        yield Scene(walkers, {**named, **own})
    await sync_to_async(end_maintenance)()


@pytest.mark.parametrize(("site", "page"), PAGES, ids=map("-".join, PAGES))
async def test_whatever_a_page_offers_is_done_by_its_words(scene: Scene, site: str, page: str) -> None:
    console, presses = SITES[site]
    [address] = [each.address for each in console.pages if each.name == page]
    walker = scene.walkers[site]
    walker.forget()
    inspection = Inspection(walker.page)
    for press in presses:
        if press.page == page:
            hand = Hand(walker, press, scene.examples)
            await hand.comes_to(address)
            if press.mistake:
                await hand.gets_it_wrong(press.mistake, inspection)
            await hand.does_it()
    assert (inspection.found, walker.complaints) == ([], [])
