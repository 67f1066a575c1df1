"""From the README's snippet to the first message, on a customer's page of another origin, under the docs' policy."""

from __future__ import annotations

import json
import re

import pytest
from playwright.async_api import expect

from tests.e2e.conftest import Visit
from tests.e2e.sites import Site
from tests.support.cast import Tenancy
from tests.support.http import as_server
from tests.support.plugin import ROOT
from tests.support.server import LiveServer

README = (ROOT / "README.md").read_text()
EMBEDDING = (ROOT / "chat" / "EMBEDDING.md").read_text()


async def test_the_readmes_snippet_leads_to_a_first_message(
    visit: Visit, live: LiveServer, acme: Tenancy, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = f"{acme.host}:{live.port}"
    async with Site("shop.localhost", f"default-src 'none'; {_policy(host)}").served() as site:
        site.pages["/"] = f'<!doctype html><html lang="en"><title>A shop</title>{_snippet(host)}</html>'
        site.pages["/parley-token"] = lambda: json.dumps({"token": _token(acme, monkeypatch)})
        server = as_server(live, acme)
        server.put("/api/v1/settings/origins", {"origins": [site.origin]})
        visitor = await visit(acme)
        await visitor.page.goto(site.origin)
        room = visitor.page.locator("parley-room")
        await room.get_by_role("button", name="Join this room").click()
        await room.get_by_role("textbox").fill("first!")
        await room.get_by_role("textbox").press("Enter")
        said = room.get_by_role("article", name=re.compile("You at"))
        await expect(said).to_contain_text("first!")
        await expect(said).not_to_have_class(re.compile("pending"))
        [stored] = server.get("/api/v1/rooms/general/messages").json["data"][-1:]
        assert (stored["text"], stored["user"]["name"]) == ("first!", "Ann")


def _snippet(host: str) -> str:
    [shown] = re.findall(r"```html\n(.*?)```", README, re.DOTALL)
    assert shown in EMBEDDING
    return shown.replace("https://acme.example", f"http://{host}")


def _policy(host: str) -> str:
    [shown] = re.findall(r"```\n(script-src .*?)```", EMBEDDING, re.DOTALL)
    policy = " ".join(shown.split())
    return policy.replace("https://acme.example", f"http://{host}").replace("wss://acme.example", f"ws://{host}")


def _token(acme: Tenancy, monkeypatch: pytest.MonkeyPatch) -> str:
    program = next(each for each in re.findall(r"```python\n(.*?)```", README, re.DOTALL) if "def parley_token" in each)
    monkeypatch.setenv("PARLEY_KEY_ID", acme.made.signing_key.id)
    monkeypatch.setenv("PARLEY_SECRET", acme.made.signing_secret)
    names: dict[str, object] = {}
    exec(program, names)
    return str(names["parley_token"]("ann", "Ann"))  # type: ignore[operator]
