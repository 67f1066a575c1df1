"""The reference: every route and every code to read, served by us alone, without a script."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from kit.errors import TABLE
from tests.support.cast import Tenancy
from tests.support.http import Client
from tests.support.server import LiveServer


class _Page(HTMLParser):
    """What a page consists of, as far as promises go."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.add(tag)
        self.attributes.update(given)
        if "id" in given:
            self.ids.append(str(given["id"]))
        self.links += [str(given[name]) for name in ("href", "src") if name in given]


@pytest.fixture
def visitor(live: LiveServer, acme: Tenancy) -> Client:
    return Client(live, acme.host)


def test_every_route_can_be_read_about(visitor: Client) -> None:
    schema, page = visitor.get("/api/v1/openapi.json").json, visitor.get("/api/docs")
    assert page.status == 200
    read = _Page(page.text)
    for path, methods in schema["paths"].items():
        assert f"<code>{path}</code>" in page.text
        for operation in methods.values():
            assert operation["operationId"] in read.ids
            assert f"#{operation['operationId']}" in read.links


def test_every_code_can_be_read_about_where_problems_point(visitor: Client) -> None:
    problem = visitor.get("/api/v1/rooms").json
    page, _, anchor = problem["type"].partition("#")
    read = _Page(visitor.get(page).text)
    assert anchor == problem["code"]
    assert set(TABLE) <= set(read.ids)


@pytest.mark.parametrize("path", ["/api/docs", "/api/docs/errors"])
def test_pages_are_whole_and_need_nothing_from_elsewhere(visitor: Client, path: str) -> None:
    answer = visitor.get(path)
    read = _Page(answer.text)
    assert not read.tags & {"script", "iframe", "object", "img", "form"}
    assert not [name for name in read.attributes if name.startswith("on") or name == "style"]
    assert len(read.ids) == len(set(read.ids))
    assert all(re.match(r"/(?!/)|#", link) for link in read.links)
    for link in set(read.links):
        page, _, anchor = link.partition("#")
        if page in ("", path):
            assert not anchor or anchor in read.ids, link
        else:
            assert visitor.get(page).status == 200, link
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "parley.invalid" not in answer.text
    assert "``" not in answer.text


def test_calls_are_shown_for_the_tenants_own_host(visitor: Client) -> None:
    assert f"curl {visitor.origin}/api/v1/rooms " in visitor.get("/api/docs").text


def test_nothing_is_said_twice_that_is_said_of_all_routes(visitor: Client) -> None:
    assert visitor.get("/api/docs").text.count("Rooms, messages and people of one tenant.") == 1
