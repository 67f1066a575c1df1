"""What the schema promises holds for whatever may be sent: no failure of ours, no answer that is not documented, no
credential that is passed over."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.support.cast import Tenancy, make_tenant
from tests.support.http import Client, as_server
from tests.support.server import LiveServer
from tests.support.tables import make_room, make_user, unhurried

EXAMPLES = {GenerationMode.POSITIVE: 2, GenerationMode.NEGATIVE: 1}
MORE = int(os.environ.get("SCHEMA_EXAMPLES", "1"))  # times as many, for a longer look by hand
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    with requests.Session() as opened:
        yield opened


@dataclass(frozen=True)
class Caller:
    """Somebody who calls every route of a tenant of their own. ``known``: path parameters that lead somewhere there."""

    headers: dict[str, str]
    known: dict[str, str]

    def leading(self, names: Iterable[str]) -> dict[str, str]:
        return {name: self.known[name] for name in names if name in self.known}


@pytest.fixture
def callers(live: LiveServer) -> dict[str, Caller]:
    return {who: _caller(live, who) for who in ("a server", "a user")}


def _caller(live: LiveServer, who: str) -> Caller:
    tenant = make_tenant("acme")
    unhurried(tenant)
    make_user(tenant, "bob")
    make_room(tenant, "plans", "private", members=("ann", "bob"))
    message = as_server(live, tenant).post("/api/v1/rooms/plans/messages", {"text": "hello", "user": "bob"}).json["id"]
    credential = tenant.api_key if who == "a server" else tenant.token("ann")
    headers = {"Host": f"{tenant.host}:{live.port}", "Authorization": f"Bearer {credential}"}
    return Caller(headers, {"room": "plans", "user": "bob", "message": message, "emoji": "👍"})


@pytest.fixture
def schema(live: LiveServer, acme: Tenancy) -> Any:
    raw = Client(live, acme.host).get("/api/v1/openapi.json").json
    found = schemathesis.openapi.from_dict(raw)
    found.config.update(base_url=f"http://127.0.0.1:{live.port}")
    return found


def _try(operation: Any, mode: GenerationMode, examples: int, check: Callable[[Case, bool], None]) -> None:
    """Call ``check`` with cases for the operation, and whether they are to name what is there."""

    @settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode), real=st.booleans())
    def each(case: Case, real: bool) -> None:
        check(case, real)

    each()


def test_every_route_answers_as_documented(schema: Any, callers: dict[str, Caller], session: requests.Session) -> None:
    """To make up a call takes longer than its answer: each caller makes the same ones."""
    faults: list[str] = []

    def check(case: Case, real: bool) -> None:
        for who, caller in callers.items():
            if real:
                case.path_parameters.update(caller.leading(case.path_parameters))
            response = case.call(session=session, headers=caller.headers)
            try:
                case.validate_response(response, checks=CHECKS)
            except FailureGroup as fault:
                faults.extend(f"{who}: {case.method} {case.path}: {each}" for each in fault.exceptions)

    for result in schema.get_all_operations():
        for mode, examples in EXAMPLES.items():
            _try(result.ok(), mode, MORE * examples, check)
    assert not faults, f"{len(faults)} faults, among them:\n" + "\n\n".join(faults[:20])


def test_no_route_passes_over_the_credential(
    live: LiveServer, acme: Tenancy, globex: Tenancy, schema: Any, session: requests.Session
) -> None:
    host = {"Host": f"{acme.host}:{live.port}"}
    bad = [globex.api_key, globex.token("ann"), "sk_" + "0" * 48, "garbage"]
    answers: set[tuple[str, int]] = set()

    def check(case: Case, real: bool) -> None:
        for credential in [None, *bad]:
            authorization = {"Authorization": f"Bearer {credential}"} if credential else {}
            response = case.call(session=session, headers={**host, **authorization})
            answers.add((f"{case.method} {case.path}", response.status_code))

    for result in schema.get_all_operations():
        _try(result.ok(), GenerationMode.POSITIVE, 1, check)
    assert {(route, status) for route, status in answers if status != 401} == set()
