"""What the schema promises holds for whatever may be sent: no failure of ours, no answer that is not documented, no
credential that is passed over."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
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
from tests.support.tables import make_room, make_user, set_limits

EXAMPLES = {GenerationMode.POSITIVE: 2, GenerationMode.NEGATIVE: 1}
MORE = int(os.environ.get("SCHEMA_EXAMPLES", "1"))  # times as many, for a longer look by hand
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
PLENTY = dict.fromkeys(
    ("calls_per_second", "call_burst", "key_calls_per_second", "key_call_burst", "searches_per_second", "search_burst"),
    1_000_000,
)


@pytest.fixture
def tenant() -> Tenancy:
    made = make_tenant("acme")
    set_limits(made, **PLENTY)
    make_user(made, "bob")
    make_room(made, "plans", "private", members=("ann", "bob"))
    return made


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    with requests.Session() as opened:
        yield opened


@pytest.fixture
def schema(live: LiveServer, tenant: Tenancy) -> Any:
    raw = Client(live, tenant.host).get("/api/v1/openapi.json").json
    found = schemathesis.openapi.from_dict(raw)
    found.config.update(base_url=f"http://127.0.0.1:{live.port}")
    return found


@pytest.fixture
def known(live: LiveServer, tenant: Tenancy) -> dict[str, str]:
    """Path parameters that lead somewhere."""
    message = as_server(live, tenant).post("/api/v1/rooms/plans/messages", {"text": "hello", "user": "bob"}).json["id"]
    return {"room": "plans", "user": "bob", "message": message, "emoji": "👍"}


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


@pytest.mark.parametrize("who", ["a server", "a user"])
def test_every_route_answers_as_documented(
    live: LiveServer, tenant: Tenancy, schema: Any, known: dict[str, str], session: requests.Session, who: str
) -> None:
    credential = tenant.api_key if who == "a server" else tenant.token("ann")
    headers = {"Host": f"{tenant.host}:{live.port}", "Authorization": f"Bearer {credential}"}
    faults: list[str] = []

    def check(case: Case, real: bool) -> None:
        if real:
            case.path_parameters.update({name: known[name] for name in case.path_parameters if name in known})
        response = case.call(session=session, headers=headers)
        try:
            case.validate_response(response, checks=CHECKS)
        except FailureGroup as fault:
            faults.extend(f"{case.method} {case.path}: {each}" for each in fault.exceptions)

    for result in schema.get_all_operations():
        for mode, examples in EXAMPLES.items():
            _try(result.ok(), mode, MORE * examples, check)
    assert not faults, f"{len(faults)} faults, among them:\n" + "\n\n".join(faults[:20])


def test_no_route_passes_over_the_credential(
    live: LiveServer, tenant: Tenancy, globex: Tenancy, schema: Any, session: requests.Session
) -> None:
    host = {"Host": f"{tenant.host}:{live.port}"}
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
