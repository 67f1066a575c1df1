"""The operators' API: what each route does, and who may call it, complete by construction."""

from __future__ import annotations

import re
import secrets
from typing import Any

import pytest

from console.api.api import api
from console.operator_keys import issue_operator_key, revoke_operator_key
from console.permits import OPERATOR_PERMITS, OperatorPermit
from tenants.models import Account, AuditEntry, OperatorKey, OperatorRole, Tenant
from tests.support.cast import Tenancy
from tests.support.http import Client
from tests.support.operators import as_program, operator
from tests.support.server import LiveServer

BASE = "/operators/api/v1"
ROUTES = [
    (method.upper(), path, operation)
    for path, methods in api.get_openapi_schema()["paths"].items()
    for method, operation in methods.items()
]


@pytest.fixture(scope="module")
def owner() -> Account:
    return operator()


@pytest.fixture
def program(live: LiveServer, owner: Account) -> Client:
    return as_program(live, owner, "owner")


def filled(path: str) -> str:
    """To nobody's tenant: what is asked for is not there, for whoever may ask."""
    return re.sub(r"{\w+}", "nobody", path)


def body_for(operation: dict[str, Any]) -> Any:
    return {"nonsense": True} if "requestBody" in operation else None


@pytest.mark.parametrize("role", list(OperatorRole))
def test_a_key_opens_what_its_role_may_and_nothing_else(live: LiveServer, owner: Account, role: OperatorRole) -> None:
    client = as_program(live, owner, role)
    wrong = {}
    for method, path, operation in ROUTES:
        answer = client.ask(method, filled(path), json=body_for(operation))
        allowed = OperatorPermit(operation["x-permit"]) in OPERATOR_PERMITS[role]
        expected = {200, 404, 422} if allowed else {403}
        if answer.status not in expected or (not allowed and answer.code != "not_allowed"):
            wrong[method, path] = answer.status
    assert wrong == {}


def test_nobody_comes_in_without_a_key_in_force(live: LiveServer, owner: Account, acme: Tenancy) -> None:
    made = issue_operator_key(owner, "tests", "owner", days=1)
    revoked = issue_operator_key(owner, "tests", "owner", days=1)
    revoke_operator_key(revoked.row.prefix)
    fired = operator("operator")
    of_fired = issue_operator_key(fired, "tests", "owner", days=1)
    Account.objects.filter(pk=fired.pk).update(operator_role="")
    expired = issue_operator_key(owner, "tests", "owner", days=1)
    OperatorKey.objects.filter(pk=expired.row.pk).update(expires_at="2020-01-01T00:00Z")
    for credential, code in {
        "": "token_missing",
        acme.api_key: "token_invalid",
        f"{made.secret}0": "token_invalid",
        revoked.secret: "token_invalid",
        of_fired.secret: "token_invalid",
        expired.secret: "token_expired",
    }.items():
        headers = {"Authorization": f"Bearer {credential}"} if credential else {}
        assert Client(live, "localhost", headers).get(f"{BASE}/tenants").code == code
    assert Client(live, acme.host, {"Authorization": f"Bearer {made.secret}"}).get(f"{BASE}/tenants").status == 404


def test_a_key_does_no_more_than_its_operator_may_by_now(live: LiveServer) -> None:
    demoted = operator("owner")
    client = as_program(live, demoted, "owner")
    Account.objects.filter(pk=demoted.pk).update(operator_role="viewer")
    assert client.get(f"{BASE}/plans").status == 200
    assert client.delete(f"{BASE}/tenants/nobody").code == "not_allowed"


def test_a_tenants_life_over_the_api(live: LiveServer, program: Client) -> None:
    slug = f"hooli-{secrets.token_hex(4)}"
    owner = f"gavin@{slug}.test"
    made = program.post(f"{BASE}/tenants", {"slug": slug, "name": "Hooli", "owner": owner, "plan": "pro"})
    assert (made.status, made.headers["Cache-Control"]) == (201, "no-store")
    assert (
        Client(live, f"{slug}.localhost", {"Authorization": f"Bearer {made.json['api_key']}"})
        .get("/api/v1/rooms")
        .status
        == 200
    )
    assert program.post(f"{BASE}/tenants", {"slug": slug, "name": "Hooli", "owner": owner}).code == "slug_taken"
    assert program.post(f"{BASE}/tenants", {"slug": "x1x", "name": "X", "owner": owner, "plan": "gold"}).json[
        "errors"
    ] == [{"field": "plan", "code": "unknown"}]
    at = f"{BASE}/tenants/{slug}"
    shown = program.get(at).json
    assert (shown["plan"], shown["status"], "api_key" in shown) == ("pro", "active", False)
    changed = program.patch(at, {"name": "Hooli XYZ", "paused": True, "notes": "n"}).json
    assert (changed["name"], changed["paused"], changed["region"]) == ("Hooli XYZ", True, "")
    assert program.patch(at, {"name": None}).code == "invalid"
    assert program.get(f"{at}/limits").json["send_burst"] == 60
    assert program.patch(f"{at}/limits", {"send_burst": 9}).json["send_burst"] == 9
    assert program.patch(f"{at}/limits", {"send_burst": 0}).code == "invalid"
    assert program.patch(f"{at}/limits", {"upload_bytes": 1 << 40}).code == "invalid"
    assert program.get(f"{at}/usage").json["data"][0] == {"name": "storage_bytes", "used": 0, "limit": 20 << 30}
    assert program.post(f"{at}/suspend", {"reason": "unpaid"}).json["status_reason"] == "unpaid"
    assert program.post(f"{at}/resume").json["status"] == "active"
    assert program.delete(at).json["status"] == "deleting"
    assert program.post(f"{at}/suspend", {}).code == "tenant_state"
    assert program.post(f"{at}/resume").json["delete_after"] is None
    entries = AuditEntry.objects.filter(chain="platform", target=f"tenant:{slug}").order_by("number")
    assert [entry.action.removeprefix("tenant.") for entry in entries] == [
        *("created", "changed", "changed", "suspended", "resumed", "closed", "resumed")
    ]
    assert {entry.actor_kind for entry in entries} == {"key"}


def test_lists_are_read_to_the_end_by_cursor(program: Client, acme: Tenancy, globex: Tenancy) -> None:
    seen: list[str] = []
    cursor = ""
    while cursor is not None:
        page = program.get(f"{BASE}/tenants?limit=2" + (f"&cursor={cursor}" if cursor else "")).json
        seen += [each["slug"] for each in page["data"]]
        cursor = page["next"]
    assert seen == sorted(Tenant.objects.values_list("slug", flat=True))
    assert program.get(f"{BASE}/tenants?cursor=x").code == "bad_cursor"
    assert [plan["name"] for plan in program.get(f"{BASE}/plans").json["data"]][:2] == ["free", "pro"]


def test_what_is_not_there_is_a_problem_too(live: LiveServer, program: Client) -> None:
    assert program.get(f"{BASE}/nothing").code == "not_found"
    assert program.put(f"{BASE}/tenants").code == "method_not_allowed"
    assert program.get(f"{BASE}/tenants/nobody").code == "tenant_not_found"
    assert program.ask("POST", f"{BASE}/tenants", body=b"{", **{"Content-Type": "application/json"}).code == "bad_json"
    described = Client(live, "localhost").get(f"{BASE}/openapi.json").json
    assert len(described["paths"]) == len({path for _, path, _ in ROUTES})
