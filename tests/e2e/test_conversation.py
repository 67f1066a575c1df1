"""Two people talk in their browsers."""

import re

import pytest
from playwright.async_api import expect

from tenants.models import Account, Tenant
from tests.e2e.conftest import Visit
from tests.support.cast import Tenancy


async def test_two_people_chat_both_ways_and_another_tenant_sees_nothing(
    visit: Visit, acme: Tenancy, globex: Tenancy, alice: Account, bob: Account, mallory: Account
) -> None:
    ann, ben, outsider = await visit(acme, alice), await visit(acme, bob), await visit(globex, mallory)
    for someone in (ann, ben, outsider):
        await someone.join()
    await ann.say("hello Bob")
    await ben.sees("hello Bob")
    await ben.say("hello Alice")
    for someone in (ann, ben):
        await someone.sees("hello Bob", "hello Alice")
        await someone.page.reload()
        await someone.settled()
        await someone.sees("hello Bob", "hello Alice")
    await outsider.say("anyone?")
    await outsider.sees("anyone?")
    assert await outsider.texts() == ["anyone?"]
    await expect(outsider.page.locator("body")).not_to_contain_text("hello")


async def test_enter_sends_what_was_typed_as_it_was_typed(visit: Visit, acme: Tenancy, alice: Account) -> None:
    ann = await visit(acme, alice)
    await ann.join()
    await ann.composer.press_sequentially("first")
    await ann.composer.press("Shift+Enter")
    await ann.composer.press_sequentially("second")
    assert await ann.texts() == []
    await ann.composer.press("Enter")
    await ann.sees("first\nsecond")
    await expect(ann.composer).to_have_value("")
    await ann.composer.press("Enter")
    assert await ann.texts() == ["first\nsecond"]

    await ann.composer.fill("にほん")
    await ann.composer.dispatch_event("keydown", {"key": "Enter", "isComposing": True})
    await expect(ann.composer).to_have_value("にほん")
    await ann.composer.dispatch_event("keydown", {"key": "Enter"})
    await ann.sees("にほん")

    hostile = '<img src=x onerror="document.title=1"><script>document.title=2</script> javascript:alert(1)'
    await ann.say(hostile)
    await ann.sees(hostile)
    await expect(ann.log.locator("img, script, a")).to_have_count(0)
    await ann.say("See https://example.org/a_(b)?c=d. (or http://example.org/x)")
    links = ann.log.get_by_role("link")
    await expect(links).to_have_text(["https://example.org/a_(b)?c=d", "http://example.org/x"])
    await expect(links.first).to_have_attribute("rel", re.compile("noopener"))

    await ann.say("😀" * 8_001)
    await expect(ann.page.get_by_text(re.compile("1 character too many"))).to_be_visible()
    assert len(await ann.texts()) == 4
    await ann.say("😀" * 8_000)
    await ann.sees("😀" * 8_000)


async def test_who_joins_is_told_at_once_and_from_then_on(
    visit: Visit, acme: Tenancy, alice: Account, bob: Account
) -> None:
    ann, ben = await visit(acme, alice), await visit(acme, bob)
    await ann.join()
    await expect(ann.log.get_by_text("Alice joined")).to_be_visible()
    await ben.open()
    await expect(ben.composer).to_be_hidden()
    await ben.page.get_by_role("button", name="Join this room").click()
    for someone in (ann, ben):
        await expect(someone.log.get_by_text("Bob joined")).to_have_count(1)
    await ann.page.reload()
    await expect(ann.log.get_by_text("Bob joined")).to_have_count(1)


@pytest.fixture
def unhurried(acme: Tenancy, alice: Account) -> None:
    """In acme one may send two messages at once, and then one a second."""
    Tenant.objects.filter(slug=acme.slug).update(sends_per_second=1, send_burst=2)


@pytest.mark.usefixtures("unhurried")
async def test_more_than_the_pace_allows_is_sent_a_little_later_and_in_order(
    visit: Visit, acme: Tenancy, alice: Account
) -> None:
    ann = await visit(acme, alice)
    await ann.join()
    texts = [f"message {number}" for number in range(5)]
    for text in texts:
        await ann.say(text)
    await expect(ann.message(texts[-1])).not_to_have_class(re.compile("pending"), timeout=20_000)
    await ann.sees(*texts)
    await expect(ann.log.locator("article.pending, article.failed")).to_have_count(0)


async def test_two_people_have_one_conversation_of_their_own(
    visit: Visit, acme: Tenancy, alice: Account, bob: Account, carol: Account
) -> None:
    ann, ben, cleo = await visit(acme, alice), await visit(acme, bob), await visit(acme, carol)
    rooms = []
    for someone in (ann, ben, cleo):
        await someone.home()  # who has never been here is nobody yet that one could talk with
    for someone, other in ((ann, "Bob"), (ben, "Alice")):
        await someone.page.get_by_role("button", name="New conversation").click()
        await someone.page.get_by_role("dialog").get_by_label(other).check()
        await someone.page.get_by_role("button", name="Start").click()
        await expect(someone.page.get_by_role("region", name=other)).to_be_visible()
        await someone.settled()
        rooms.append(someone.page.url)
    assert rooms[0] == rooms[1]
    await ann.say("just us")
    await ben.sees("just us")
    cleo.expect_complaint("403")
    await cleo.page.goto(rooms[0])
    await expect(cleo.page.get_by_role("heading", name="This room is private")).to_be_visible()
