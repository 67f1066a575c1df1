"""Every text that the REST API takes is kept to the character, or refused as documented: no failure of ours, nothing
changed in silence. A text of the schema without a row fails."""

from __future__ import annotations

import re
from itertools import product
from urllib.parse import quote

import pytest

from chat.api.api import api
from chat.api.openapi import operations
from tests.chat.api.test_outsiders import MATRIX
from tests.input.rest_texts import ROWS, Row
from tests.input.stage import Stage, filled
from tests.input.texts import text_fields, with_every_text
from tests.support.cast import Tenancy, make_tenant
from tests.support.http import Answer
from tests.support.server import LiveServer
from tests.support.serving import Serving
from tests.support.tables import set_limits

PLENTY = {f"{what}_per_second": 1_000_000 for what in ("calls", "key_calls", "searches", "sends")}
PLENTY |= {f"{what}_burst": 1_000_000 for what in ("call", "key_call", "search", "send")}
PLENTY |= {"uploads_per_minute": 1_000_000}
SCHEMA = api.get_openapi_schema()
SCHEMAS = SCHEMA["components"]["schemas"]
ROUTES = {f"{method.upper()} {path.removeprefix('/api/v1')}": route for path, method, route in operations(SCHEMA)}


_LONG_IN_A_QUERY = 500  # of four bytes, and three characters for each: servers bound the line of a request


def _texts_of_the_schema() -> dict[str, int | None]:
    found: dict[str, int | None] = {}
    for name, route in ROUTES.items():
        for content in route.get("requestBody", {}).get("content", {}).values():
            found |= {f"{name} {path}": most for path, most in text_fields(content["schema"], SCHEMAS)}
        for parameter in route["parameters"]:
            if parameter.get("in") == "query":
                texts = text_fields(parameter["schema"], SCHEMAS)
                found |= {f"{name} ?{parameter['name']}": most or _LONG_IN_A_QUERY for _, most in texts}
    return found


TEXTS = _texts_of_the_schema()


def test_every_text_of_the_schema_has_a_row_and_every_row_a_text() -> None:
    assert set(ROWS) == set(TEXTS)


@pytest.fixture(scope="module")
def tenant(database: None) -> Tenancy:
    made = make_tenant("acme")
    set_limits(made, **PLENTY)
    return made


@pytest.fixture
def stage(live: LiveServer, tenant: Tenancy) -> Stage:
    return Stage(live, tenant)


on_one_server = pytest.mark.parametrize("live", [Serving()], indirect=True, ids=str, scope="session")
"""What a text is made of is judged behind the server."""


@on_one_server
@pytest.mark.parametrize("name", ROWS)
def test_every_text_is_kept_exactly_or_refused(stage: Stage, name: str) -> None:
    row, route = ROWS[name], name.rpartition(" ")[0]
    if row.valid is not None:
        valid = row.valid if isinstance(row.valid, str) else row.valid(stage)
        answer = row.ask(stage, route, valid)
        assert answer.status < 300, answer.text
        _check_is_kept(stage, row, answer, valid)

    def check(text: str) -> None:
        answer = row.ask(stage, route, text)
        if answer.status < 300:
            _check_is_kept(stage, row, answer, text)
        else:
            assert _is_documented(route, answer), answer.text

    with_every_text(check, TEXTS[name])


def _check_is_kept(stage: Stage, row: Row, answer: Answer, text: str) -> None:
    if row.read is not None:
        assert row.read(stage, answer, text) == filled(row.kept, row.canonical(text))


def _is_documented(route: str, answer: Answer) -> bool:
    """Whether the schema says that the route may refuse so; how fast it was asked is no matter here."""
    codes = ROUTES[route]["responses"].get(answer.status, {}).get("x-codes", ())
    return 400 <= answer.status < 500 and answer.code in codes and answer.code != "rate_limited"


IN_A_PATH = ("\x00", "\ud800", "a\u202e\u0301b", "\U0010fffd" * 129, "{room}%\n")


@on_one_server
def test_every_place_in_a_path_takes_a_text_or_refuses_it(stage: Stage) -> None:
    faults = []
    for route in MATRIX:
        method, path = route.split(" ")
        for place, text in product(re.findall(r"\{\w+\}", path), IN_A_PATH):
            address = path.replace(place, quote(text, safe="", errors="surrogatepass"))
            answer = stage.ask(method, address, MATRIX[route].body)
            if answer.status >= 400 and not _is_documented(route, answer):
                faults.append((route, place, text, answer.status, answer.text))
    assert faults == []


@pytest.mark.parametrize("text", ["\ufffd", "\u202e\u0301b", "{room}%+&=#", "\U0010fffd" * 128, "%FF", "\u0130"])
def test_an_id_in_a_path_is_that_id(stage: Stage, text: str) -> None:
    path = "/users/" + quote(text, safe="")
    answer = stage.ask("PUT", path, {})
    assert answer.json.get("id") == text, answer.text
    assert stage.get(path)["id"] == text


@pytest.mark.parametrize("address", ["/users/%FF", "/users/%ED%A0%80", "/users?cursor=%C0%80", "/search?q=a&user=%FF"])
def test_an_address_that_is_no_utf_8_is_refused(stage: Stage, address: str) -> None:
    stage.ask("PUT", "/users/%EF%BF%BD", {})
    for method in ("GET", "PUT"):
        answer = stage.ask(method, address)
        assert (answer.status, answer.code) == (422, "invalid")
        assert answer.json["errors"] == [{"field": "url", "code": "utf-8"}]
