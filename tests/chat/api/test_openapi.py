"""The schema says what the routes do."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import get_resolver
from ninja.operation import PathView
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR

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


def _parameters(schema: dict[str, Any], operation: dict[str, Any]) -> list[dict[str, Any]]:
    return [_followed(schema, each["$ref"]) if "$ref" in each else each for each in operation["parameters"]]


def _followed(schema: dict[str, Any], reference: str) -> Any:
    place: Any = schema
    for step in reference.removeprefix("#/").split("/"):
        place = place[step]
    return place


def _served() -> Iterator[tuple[str, str]]:
    """Method and path of whatever answers under /api/v1/."""
    resolver = get_resolver("config.urls_tenant")
    [rest] = [each for each in resolver.url_patterns if str(each.pattern) == "api/v1/"]
    for pattern in rest.url_patterns:
        path = "/api/v1/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", str(pattern.pattern))
        if inspect.isfunction(pattern.callback):  # openapi.json and the root are partials
            view: PathView = inspect.getclosurevars(pattern.callback).nonlocals["self"]
            yield from ((method.lower(), path) for each in view.operations for method in each.methods)


def test_it_lists_every_route_and_no_other(schema: dict[str, Any]) -> None:
    routes = [(method, path) for path, method, _ in _operations(schema)]
    assert len(routes) > 40
    assert set(routes) == set(_served())


def test_it_has_the_shape_of_openapi_3_1(schema: dict[str, Any]) -> None:
    assert OPENAPI_31_VALIDATOR.is_valid(schema)
    assert re.fullmatch(r"3\.1\.\d+", schema["openapi"])
    assert schema["info"].keys() >= {"title", "version", "description"}
    ids = [operation["operationId"] for _, _, operation in _operations(schema)]
    assert len(ids) == len(set(ids))
    for path, method, operation in _operations(schema):
        assert method in METHODS
        assert operation["responses"]
        assert operation["summary"]
        assert len(operation["tags"]) == 1
        parameters = _parameters(schema, operation)
        in_path = {each["name"] for each in parameters if each["in"] == "path"}
        assert in_path == set(re.findall(r"{(\w+)}", path))
        assert all(each["required"] for each in parameters if each["in"] == "path")
        for response in operation["responses"].values():
            assert response["description"]


def test_generated_clients_find_a_name_for_everything(schema: dict[str, Any]) -> None:
    """Of what has none generators call it things like ``ListRoomsKindType0``."""
    for _, _, operation in _operations(schema):
        assert re.fullmatch(r"[a-z]+(_[a-z]+)+", operation["operationId"])
    components = schema["components"].pop("schemas")
    assert all(re.fullmatch(r"([A-Z][a-z]+)+", name) for name in components)
    places = [each for component in components.values() for each in component.values()]
    nameless = [each for each in _objects([places, schema]) if each.keys() & {"enum", "additionalProperties"}]
    assert nameless == []


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _objects(inner)


def test_every_reference_leads_somewhere(schema: dict[str, Any]) -> None:
    references = set(re.findall(r'"\$ref": "([^"]+)"', json.dumps(schema)))
    assert references
    for reference in references:
        assert _followed(schema, reference)


def test_every_route_names_its_refusals_by_codes_of_the_table(schema: dict[str, Any]) -> None:
    for _, method, operation in _operations(schema):
        refusals = {status: each for status, each in operation["responses"].items() if int(status) >= 400}
        assert refusals.keys() >= {"401", "403", "422", "429", "500", "503"}
        if method != "get":
            assert refusals.keys() >= {"400", "413"}
        for status, refusal in refusals.items():
            assert list(refusal["content"]) == ["application/problem+json"]
            assert {TABLE[code].status for code in refusal["x-codes"]} == {int(status)}
            assert re.findall(r"`(\w+)`", refusal["description"]) == refusal["x-codes"]


def test_every_route_asks_for_a_credential(schema: dict[str, Any]) -> None:
    schemes = schema["components"]["securitySchemes"]
    assert schemes["bearer"]["scheme"] == "bearer"
    assert schemes["session"]["in"] == "cookie"
    assert schema["security"] == [{"bearer": []}, {"session": []}]
    assert all("security" not in operation for _, _, operation in _operations(schema))


def test_answers_are_typed(schema: dict[str, Any]) -> None:
    for path, method, operation in _operations(schema):
        for status, response in operation["responses"].items():
            if status not in ("201", "202", "204", "304"):
                assert response["content"], (method, path, status)


def test_every_post_takes_an_idempotency_key_unless_it_shows_a_secret(schema: dict[str, Any]) -> None:
    for path, method, operation in _operations(schema):
        names = {each["name"] for each in _parameters(schema, operation)}
        repeatable = method == "post" and "x-secret" not in operation
        assert ("Idempotency-Key" in names) == repeatable, (method, path)
        if repeatable:
            assert {"409", "422"} <= operation["responses"].keys()


def test_what_shows_a_secret_says_so(schema: dict[str, Any]) -> None:
    for path, method, operation in _operations(schema):
        answers = json.dumps([each for status, each in operation["responses"].items() if int(status) < 300])
        for reference in re.findall(r'"\$ref": "(#/components/schemas/[^"]+)"', answers):
            fields = set(_followed(schema, reference).get("properties", ()))
            assert not fields & {"secret", "token", "api_key"} or operation.get("x-secret"), (method, path)


def test_what_has_a_tag_takes_preconditions(schema: dict[str, Any]) -> None:
    for path, methods in schema["paths"].items():
        tagged = "304" in methods.get("get", {"responses": {}})["responses"]
        for method, operation in methods.items():
            names = {each["name"] for each in _parameters(schema, operation)}
            if method == "get":
                assert ("If-None-Match" in names) == tagged
                assert ("ETag" in operation["responses"]["200"]["headers"]) == tagged
            elif method != "post":
                assert ("If-Match" in names, "412" in operation["responses"]) == (tagged, tagged), (method, path)


def test_every_answer_names_its_headers(schema: dict[str, Any]) -> None:
    for _, _, operation in _operations(schema):
        for status, response in operation["responses"].items():
            assert "X-Request-Id" in response["headers"]
            assert ("RateLimit-Limit" in response["headers"]) == (int(status) < 500)
            assert ("Retry-After" in response["headers"]) == (status in ("429", "503"))
