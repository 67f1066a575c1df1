"""The connection is lost and comes back."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.async_api import expect

from tenants.models import Account
from tests.e2e.conftest import Visit
from tests.e2e.visitor import NETWORK_GONE
from tests.support.cast import Tenancy
from tests.support.server import LiveServer


async def test_what_was_missed_offline_comes_once_and_in_order(
    visit: Visit, acme: Tenancy, alice: Account, bob: Account
) -> None:
    ann, ben = await visit(acme, alice), await visit(acme, bob)
    await ann.join()
    await ben.join()
    await ann.say("before")
    await ben.sees("before")
    ben.expect_complaint(NETWORK_GONE)
    await ben.page.context.set_offline(True)
    await expect(ben.banner).to_contain_text("You are offline", timeout=20_000)
    for text in ("one", "two", "three"):
        await ann.say(text)
    await ben.say("written offline")
    await expect(ben.message("written offline")).to_have_class(re.compile("pending"))
    await ann.sees("before", "one", "two", "three")
    await ben.page.context.set_offline(False)
    await expect(ben.banner).to_be_hidden(timeout=20_000)
    for someone in (ann, ben):
        await someone.sees("before", "one", "two", "three", "written offline")
        assert len(await someone.texts()) == 5
    await expect(ben.page.locator("article.pending")).to_have_count(0)


async def test_a_server_that_is_killed_and_comes_back_loses_nothing(
    visit: Visit, serve: Callable[..., LiveServer], acme: Tenancy, alice: Account, bob: Account
) -> None:
    server = serve()
    ann, ben = await visit(acme, alice, server=server), await visit(acme, bob, server=server)
    await ann.join()
    await ben.join()
    await ann.say("before")
    await ben.sees("before")
    for someone in (ann, ben):
        someone.expect_complaint(NETWORK_GONE)
    server.kill()
    for someone in (ann, ben):
        await expect(someone.banner).to_contain_text("Reconnecting")
    for number in range(3):
        await ann.say(f"while it was gone {number}")
    server.start()
    for someone in (ann, ben):
        await expect(someone.banner).to_be_hidden(timeout=30_000)
        await someone.sees("before", *(f"while it was gone {number}" for number in range(3)))
        assert len(await someone.texts()) == 4


async def test_whoever_is_signed_out_elsewhere_is_told_and_led_back(
    visit: Visit, acme: Tenancy, alice: Account
) -> None:
    ann = await visit(acme, alice)
    await ann.join()
    ann.expect_complaint(NETWORK_GONE)
    ann.expect_complaint("401")
    await ann.page.context.clear_cookies()
    await ann.page.context.set_offline(True)
    await expect(ann.banner).to_be_visible(timeout=20_000)
    await ann.page.context.set_offline(False)
    await expect(ann.banner).to_contain_text("You are not signed in", timeout=20_000)
    await ann.page.get_by_role("link", name="Sign in again").click()
    await expect(ann.page).to_have_url(re.compile(r"/sign-in\?next=(/|%2F)rooms(/|%2F)general"))
