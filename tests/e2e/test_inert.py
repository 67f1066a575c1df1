"""Whatever people and customers write is text on every page, in a browser that no policy holds back from running it.

The Content-Security-Policy is switched off in these visits: it is there for the day on which a page makes a mistake,
and would hide the mistake.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from config.urls_tenant import tenant_console
from console.site import operators
from tenants.models import Account, Domain, Role, Tenant
from tests.chat.hosted import html
from tests.e2e.hostile import ADDRESSES, ATTRIBUTES, DISGUISED, ELEMENTS, LINES, TEXTS, Tripwire, taken_for_markup
from tests.e2e.visitor import Visitor
from tests.support.cast import PASSWORD, Tenancy, make_tenant
from tests.support.http import Answer, Client, as_server, session_of
from tests.support.server import LiveServer
from tests.support.sockets import person
from tests.support.tables import set_limits
from tests.support.uploads import hand_in, image

ALLOWED = {
    **dict.fromkeys(("p", "br", "strong", "em", "s", "code", "pre", "blockquote", "ul", "li"), frozenset()),
    "ol": frozenset({"start"}),
    "a": frozenset({"href", "rel"}),
}
HOSTILE = ELEMENTS[2] + ATTRIBUTES[3]
"""What a single field has."""
ROOMS = [TEXTS[start : start + 40] for start in range(0, len(TEXTS), 40)]
"""What is said in each of the rooms ``said-0``, ``said-1``, ...: as much as a page shows at once."""

Arrive = Callable[[str], Awaitable["Watch"]]


@dataclass
class Place:
    """A tenant in which every text is hostile. ``olga`` looks after it; ``answers`` are the API's to what was said."""

    live: LiveServer
    tenant: Tenancy
    olga: Account
    answers: list[dict[str, Any]] = field(default_factory=list)

    @property
    def server(self) -> Client:
        return as_server(self.live, self.tenant)

    @property
    def shown(self) -> dict[str, str]:
        """What is to be read of each text: Markdown has become markup."""
        return {said["text"]: html.Page(said.get("html") or "").words or said["text"] for said in self.answers}

    def ask(self, method: str, path: str, body: Any) -> Answer:
        answer = self.server.ask(method, f"/api/v1{path}", json=body)
        assert answer.status < 300, (path, body, answer.text)
        return answer


@pytest.fixture(scope="module")
def place(live: LiveServer, database: None) -> Place:
    tenant = make_tenant("acme")
    set_limits(tenant, key_calls_per_second=100_000, key_call_burst=100_000)
    olga = tenant.account("olga", Role.OWNER)
    Account.objects.filter(pk=olga.pk).update(name=HOSTILE)
    Tenant.objects.filter(pk=tenant.record.id).update(name=HOSTILE, status_reason=HOSTILE)
    made = Place(live, tenant, olga)
    _make_people(made)
    _make_rooms(made)
    for number, texts in enumerate(ROOMS):
        _say(made, f"said-{number}", texts)
    _set_what_servers_set(made)
    return made


@pytest.fixture(scope="module")
def operator(place: Place) -> Account:
    """Somebody who looks after the platform, where the accounts and the domains are hostile, too."""
    for number, line in enumerate(LINES):
        Account.objects.create(email=f'"{number}<img/data-xss/src=x/onerror=__xss()>"@a.test', name=line)
    Domain.objects.create(domain=HOSTILE, tenant=place.tenant.made.tenant, is_primary=False)
    return Account.objects.create_superuser(f"root-{place.tenant.slug}@example.test", PASSWORD, name=HOSTILE)


def _make_people(place: Place) -> None:
    named = [{"id": f"u{n}", "name": line, "avatar": line} for n, line in enumerate(LINES)]
    named += [{"id": line, "name": line} for line in LINES if re.fullmatch(r"[^\s/\x00-\x1f\x7f]+", line)]
    named.append({"id": place.olga.id})
    for start in range(0, len(named), 100):
        place.ask("PUT", "/users", {"users": named[start : start + 100]})


def _make_rooms(place: Place) -> None:
    picture = "https://a.test/'onerror='__xss()'data-xss='"
    for line, other in zip(LINES, reversed(LINES), strict=True):
        place.ask("POST", "/rooms", {"name": line, "topic": other, "picture": picture, "data": {line: [other]}})
    place.ask("POST", "/rooms", {"id": "direct", "kind": "direct", "members": [place.olga.id, "u0"]})


def _say(place: Place, room: str, texts: tuple[str, ...]) -> None:
    """Half of the texts at once, the others in the place of another text."""
    people = [f"u{n}" for n in range(len(texts))]
    place.ask("POST", "/rooms", {"id": room, "name": HOSTILE, "topic": HOSTILE, "members": [place.olga.id, *people]})
    old = [
        {"user": user, "text": "**before**" if n % 2 else text, "created_at": "2026-01-02T03:04:05Z", "client_id": text}
        for n, (user, text) in enumerate(zip(people, texts, strict=True))
    ]
    stored = place.ask("POST", f"/rooms/{room}/import", {"messages": old}).json["data"]
    for message, text in list(zip(stored, texts, strict=True))[1::2]:
        place.answers.append(place.ask("PATCH", f"/rooms/{room}/messages/{message['id']}", {"text": text}).json)
    uploaded = hand_in(place.server, image(), name=ATTRIBUTES[1], user="u0")
    assert "__xss" in uploaded.json["name"]
    hint = {"text": "\n".join(texts), "quote": stored[0]["id"], "data": dict.fromkeys(texts, texts[0])}
    place.ask("POST", f"/rooms/{room}/messages", {**hint, "user": "u0", "attachments": [uploaded.json["id"]]})
    place.ask("POST", f"/rooms/{room}/messages", {"text": texts[0], "kind": "system", "parent": stored[0]["id"]})
    place.ask("PUT", f"/rooms/{room}/bans/{people[-1]}", {"reason": " ".join(texts)[:500]})
    place.answers += place.server.get(f"/api/v1/rooms/{room}/messages?limit=200").json["data"]


def _set_what_servers_set(place: Place) -> None:
    place.ask("POST", "/webhooks", {"url": f"http://127.0.0.1:9/{ATTRIBUTES[5]}", "description": HOSTILE})
    place.ask("POST", "/incoming-webhooks", {"room": "said-0", "name": HOSTILE})
    place.ask("POST", "/keys", {"name": HOSTILE, "scopes": ["rooms:read"]})
    pattern = {"name": "x", "pattern": re.escape(HOSTILE) + "nobody says this"}
    place.ask("PUT", "/settings/content", {"patterns": [pattern], "domains": ["'-__xss()-'.test"]})


@dataclass
class Watch:
    """A visitor whom no policy protects, and what happened to them."""

    visitor: Visitor
    tripwire: Tripwire

    @property
    def page(self) -> Page:
        page: Page = self.visitor.page
        return page

    async def see(self, path: str, *, hostile: bool = True) -> None:
        """Open a page that shows, unless said otherwise, something ``hostile``: as text."""
        await self.page.goto(path)
        await self.look()
        assert ("__xss" in await self.page.content()) is hostile, path

    async def look(self) -> None:
        assert await taken_for_markup(self.page) == []
        assert self.tripwire.tripped == []


@pytest.fixture(scope="module")
def cookies(place: Place, operator: Account) -> dict[str, str]:
    """Sessions, by the host that they are for."""
    return {place.tenant.host: session_of(place.olga, place.tenant), "localhost": session_of(operator)}


@pytest_asyncio.fixture(loop_scope="session")
async def arrive(browser: Browser, place: Place, cookies: dict[str, str]) -> AsyncIterator[Arrive]:
    """``await arrive(host)``: somebody signed in there, in a browser that runs whatever it finds."""
    watches: list[Watch] = []

    async def come(host: str) -> Watch:
        origin = f"http://{host}:{place.live.port}"
        context = await browser.new_context(base_url=origin, bypass_csp=True)
        await context.add_cookies([{"name": "sessionid", "value": cookies[host], "url": origin}])
        tripwire = await Tripwire.across(context)
        watches.append(Watch(Visitor(await context.new_page()), tripwire))
        return watches[-1]

    yield come
    for watch in watches:
        await watch.page.context.close()
        assert watch.tripwire.tripped == []


async def test_a_page_that_takes_text_for_markup_is_caught(arrive: Arrive, place: Place) -> None:
    watch = await arrive(place.tenant.host)
    page, tripped = watch.page, watch.tripwire.tripped
    await page.goto("/api/docs/errors")
    quoted = [f"<i title={mark}{text}{mark}>" for mark, text in zip("\"'`\"' ", ATTRIBUTES, strict=True)]
    for echo in (*ELEMENTS, *quoted):
        await page.set_content(f"<main>{echo}</main>", wait_until="commit")
        assert await taken_for_markup(page), echo
    for echo in ("<script>__xss()</script>", "<img src=x onerror=__xss()>", "<script>alert('__xss')</script>"):
        tripped.clear()
        await page.set_content(echo)
        await page.wait_for_function("() => document.readyState === 'complete'")
        assert tripped, echo
    tripped.clear()


async def test_hosted_rooms_are_inert(arrive: Arrive, place: Place) -> None:
    watch = await arrive(place.tenant.host)
    page, visitor = watch.page, watch.visitor
    await watch.see("/")
    await visitor.connected()
    await page.get_by_label("Find a room or person").fill(HOSTILE)
    await watch.look()
    for number, texts in enumerate(ROOMS):
        await visitor.open(f"said-{number}")
        shown = {_words(text) for text in await visitor.texts()}
        assert {_words(place.shown[text]) for text in texts} <= shown
        await watch.look()
    await page.get_by_role("button", name="Members").click()
    members = page.get_by_role("region", name="Members")
    await expect(members.get_by_role("list").first.get_by_role("listitem")).to_have_count(len(ROOMS[-1]))
    await watch.look()
    await members.get_by_role("searchbox").fill(HOSTILE)
    await watch.look()
    await visitor.open("direct")
    await watch.look()


def _words(text: str) -> str:
    """What is left of a text's white space on a page."""
    return " ".join(text.split())


async def test_hosted_rooms_are_inert_while_people_talk(arrive: Arrive, place: Place) -> None:
    watch = await arrive(place.tenant.host)
    room = "said-0"
    await watch.visitor.open(room)
    async with person(place.live, place.tenant, "u1") as somebody:
        await somebody.subscribe(room)
        await somebody.ask("typing.start", room=room)
        await expect(watch.page.locator("parley-typing")).to_contain_text("__xss")
        await watch.look()
        sent = [await somebody.send(text, room) for text in ELEMENTS[:10]]
        await watch.visitor.sees(*ELEMENTS[:10])
        await watch.look()
        await somebody.ask("message.edit", room=room, id=sent[-1]["id"], text=DISGUISED[2])
        await watch.visitor.sees(DISGUISED[2])
    await watch.visitor.say(HOSTILE)
    await watch.visitor.sees(HOSTILE)
    await watch.look()


async def test_pages_about_what_is_not_there_are_inert(arrive: Arrive, place: Place) -> None:
    watch = await arrive(place.tenant.host)
    for text in (HOSTILE, ADDRESSES[0], *ATTRIBUTES):
        await watch.page.goto(f"/rooms/{quote(text, safe='')}")
        await watch.look()
        await watch.page.goto(f"/nothing/{quote(text, safe='')}")
        await watch.look()


@pytest.mark.parametrize("path", ["/sign-in", "/admin/login/"])
async def test_signing_in_is_inert(arrive: Arrive, place: Place, path: str) -> None:
    watch = await arrive(place.tenant.host)
    await watch.page.context.clear_cookies()
    for text in (HOSTILE, *ADDRESSES[:2]):
        await watch.see(f"{path}?next={quote(text, safe='')}")


async def test_the_api_docs_are_inert_and_tell_nothing_of_a_tenant(arrive: Arrive, place: Place) -> None:
    watch = await arrive(place.tenant.host)
    for path in ("/api/docs", "/api/docs/errors"):
        for text in ("", HOSTILE, ATTRIBUTES[0]):
            await watch.see(f"{path}?q={quote(text)}#{quote(text)}", hostile=False)


async def test_the_tenants_console_is_inert(arrive: Arrive, place: Place) -> None:
    watch = await arrive(place.tenant.host)
    await watch.see("/admin/")
    for table in tenant_console._registry.values():
        await _see_all_of(watch, "/admin/", table)


async def test_the_operators_console_is_inert(arrive: Arrive, place: Place) -> None:
    watch = await arrive("localhost")
    await watch.see("/operators/")
    for table in operators._registry.values():
        await _see_all_of(watch, "/operators/", table)


async def _see_all_of(watch: Watch, root: str, table: Any) -> None:
    """A table, a search in it, and what two of its rows lead to."""
    path = f"{root}{table.opts.app_label}/{table.opts.model_name}/"
    await watch.see(path)
    rows = watch.page.locator("#result_list tbody a")
    addresses = [str(await rows.nth(place).get_attribute("href")) for place in range(min(await rows.count(), 2))]
    assert addresses or not table.detail, path
    await watch.see(f"{path}?q={quote(HOSTILE)}")
    for address in addresses:
        await watch.see(address.partition("?")[0])


async def test_what_the_api_gives_as_html_has_no_more_than_markdown_allows(place: Place) -> None:
    rendered = [message["html"] for message in place.answers if message.get("html")]
    assert len(rendered) > 20
    for markup in rendered:
        for element in html.Page(markup).elements:
            assert element.attributes.keys() <= ALLOWED[element.tag], markup
            assert _scheme(element.attributes.get("href") or "") in ("http", "https", "mailto", ""), markup
    assert {message["text"] for message in place.answers} >= set(TEXTS)


def _scheme(address: str) -> str:
    """As a browser reads it (WHATWG's URL standard, section 4.4): controls and spaces before it do not count."""
    found = re.match(r"[\x00-\x20]*([a-z][a-z0-9+.\-\t\n\r]*):", address, re.IGNORECASE)
    return re.sub(r"\s", "", found[1]).lower() if found else ""


async def test_no_address_that_runs_is_taken_for_a_picture(place: Place) -> None:
    for address in ADDRESSES:
        assert place.server.post("/api/v1/rooms", {"picture": address}).code == "invalid", address
