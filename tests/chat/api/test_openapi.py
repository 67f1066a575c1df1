"""The schema says what the routes do."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from kit.errors import TABLE
from tests.support.cast import Tenancy
from tests.support.http import Client
from tests.support.server import LiveServer

METHODS = {"get", "put", "post", "patch", "delete"}


@pytest.fixture
def schema(live: LiveServer, acme: Tenancy) -> dict[str, Any]:
    answer = Client(live, acme.host).get("/api/v1/openapi.json")
    assert answer.status == 200
    found: dict[str, Any] = answer.json
    return found


def _operations(schema: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def test_it_lists_every_route_and_no_other(schema: dict[str, Any]) -> None:
    assert {(method, path) for path, method, _ in _operations(schema)} == {
        ("get", "/api/v1/rooms"),
        ("post", "/api/v1/rooms"),
        ("get", "/api/v1/rooms/{room}"),
        ("get", "/api/v1/rooms/{room}/members"),
        ("put", "/api/v1/rooms/{room}/members/{user}"),
        ("put", "/api/v1/rooms/{room}/read"),
        ("get", "/api/v1/rooms/{room}/messages"),
        ("post", "/api/v1/rooms/{room}/messages"),
        ("get", "/api/v1/users"),
        ("get", "/api/v1/users/{user}"),
        ("put", "/api/v1/users/{user}"),
        ("post", "/api/v1/users/{user}/tokens"),
    }


def test_it_has_the_shape_of_openapi_3_1(schema: dict[str, Any]) -> None:
    assert re.fullmatch(r"3\.1\.\d+", schema["openapi"])
    assert schema["info"].keys() >= {"title", "version"}
    ids = [operation["operationId"] for _, _, operation in _operations(schema)]
    assert len(ids) == len(set(ids))
    for path, method, operation in _operations(schema):
        assert method in METHODS
        assert operation["responses"]
        in_path = {each["name"] for each in operation["parameters"] if each["in"] == "path"}
        assert in_path == set(re.findall(r"{(\w+)}", path))
        assert all(each["required"] for each in operation["parameters"] if each["in"] == "path")
        for response in operation["responses"].values():
            assert response["description"]


def test_every_reference_leads_somewhere(schema: dict[str, Any]) -> None:
    references = set(re.findall(r'"\$ref": "([^"]+)"', json.dumps(schema)))
    assert references
    for reference in references:
        place: Any = schema
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]


def test_every_route_names_its_refusals_by_codes_of_the_table(schema: dict[str, Any]) -> None:
    for _, method, operation in _operations(schema):
        refusals = {status: each for status, each in operation["responses"].items() if int(status) >= 400}
        assert refusals.keys() >= {"401", "403", "422", "500", "503"}
        if method != "get":
            assert refusals.keys() >= {"400", "413"}
        for status, refusal in refusals.items():
            assert list(refusal["content"]) == ["application/problem+json"]
            codes = re.findall(r"`(\w+)`", refusal["description"])
            assert codes
            assert {TABLE[code].status for code in codes} == {int(status)}


def test_every_route_asks_for_a_credential(schema: dict[str, Any]) -> None:
    schemes = schema["components"]["securitySchemes"]
    assert schemes["bearer"]["scheme"] == "bearer"
    assert schemes["session"]["in"] == "cookie"
    assert schema["security"] == [{"bearer": []}, {"session": []}]


def test_bodies_and_answers_are_typed(schema: dict[str, Any]) -> None:
    for _, method, operation in _operations(schema):
        assert ("requestBody" in operation) == (method != "get")
        for status, response in operation["responses"].items():
            assert status in ("201", "204") or response["content"]
