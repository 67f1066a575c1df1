"""Each action of the operators, in their console or over their API, is in the platform's audit log: complete by
construction, and an action or a route that nobody has thought of here fails."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from billing.models import Grant
from console.api.api import api
from console.pages import operators
from tenants.audit import verify
from tenants.models import Account, AuditEntry, Domain, Maintenance, OperatorInvitation, OperatorKey
from tenants.terms import LIMITS
from tests.support.acts import Act, Acts, Log, faults_of, said_by, says
from tests.support.cast import Tenancy
from tests.support.copies import held_export, import_of
from tests.support.operators import as_operator, as_program, operator
from tests.support.server import LiveServer

BASE = "/operators/api/v1"
CHANGING = {
    (method.upper(), path.removeprefix(BASE))
    for path, methods in api.get_openapi_schema()["paths"].items()
    for method in methods
    if method != "get"
}


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    yield
    Maintenance.objects.all().delete()


@pytest.fixture
def otto() -> Account:
    return operator()


def test_each_action_is_in_the_platforms_audit_log_with_who_did_it(
    live: LiveServer, acme: Tenancy, otto: Account
) -> None:
    client, acts = as_operator(live, otto), _acts(acme, otto)
    log, usual, who = Log(AuditEntry.PLATFORM, acme.schema_name), {"tenant_id": acme.record.id}, ("operator", otto.pk)
    assert faults_of(operators, acts, client, "/operators/", usual, log, who) == {}
    assert verify(AuditEntry.PLATFORM) is None


_GRANTED = ("grant.made grant:*", "grant.made grant:*")
_ENDED = ("grant.ended grant:*", "grant.ended grant:*")


def _grant(acme: Tenancy) -> str:
    return str(Grant.objects.get(tenant=acme.made.tenant).pk)


def _acts(acme: Tenancy, otto: Account) -> Acts:
    other, tenant, new = operator("support"), f"tenant:{acme.slug}", f"new-{secrets.token_hex(3)}"
    invited = f"{new}@parley.test"
    kept = {name: getattr(acme.made.tenant, name) for name in LIMITS}
    limits = {name: "" if limit is None else str(limit) for name, limit in kept.items()}
    _add_proven_domain(acme)
    held, came = held_export(acme.made.tenant).pk, import_of(acme.made.tenant).pk
    return {
        ("maintenance", "begin"): Act("maintenance.begun ", reason="A new disk"),
        ("maintenance", "end"): Act("maintenance.ended "),
        ("people", "invite"): Act(f"operator.invited operator:{invited}", email=invited, role="viewer"),
        ("people", "withdraw"): Act(f"operator.uninvited operator:{invited}", invitation=partial(_invitation, invited)),
        ("people", "change"): Act(f"operator.changed operator:{other.email}", account=other.pk, role="viewer"),
        ("people", "remove"): Act(f"operator.removed operator:{other.email}", account=other.pk),
        ("keys", "create"): Act("operator_key.created operator_key:op_*", name="CI", role="viewer", days="1"),
        ("keys", "revoke"): Act("operator_key.revoked operator_key:op_*", key=partial(_key_of, otto)),
        ("tenant", "change"): Act(f"tenant.changed {tenant}", name="Acme & Sons", plan=acme.made.tenant.plan),
        ("tenant_limits", "change"): Act(f"tenant.changed {tenant}", **{**limits, "send_burst": "7"}),
        ("tenant_billing", "sync"): Act(why_none="Stripe does not know the tenant: nothing was read there."),
        ("tenant_billing", "credit"): Act(
            why_none="Nobody pays without Stripe. What is given stands in the log by tests/billing.",
            amount="5",
            currency="usd",
            reason="Sorry",
        ),
        ("tenant_domains", "add"): Act(f"domain.added {tenant}", domain=f"{new}.example.com"),
        ("tenant_domains", "check"): Act(f"domain.checked {tenant}", domain=_proven(acme)),
        ("tenant_domains", "remove"): Act(f"domain.removed {tenant}", domain=_proven(acme)),
        ("tenant_state", "pause"): Act(f"tenant.changed {tenant}"),
        ("tenant_state", "unpause"): Act(f"tenant.changed {tenant}"),
        ("tenant_support", "grant"): Act(
            *("support.granted support:*", f"support.granted {tenant}"), reason="Ticket 7", minutes="5", mode="view"
        ),
        ("tenant_support", "end"): Act("support.ended support:*", f"support.ended {tenant}"),
        ("tenant_copies", "export"): Act(f"tenant.export_begun {tenant}"),
        ("tenant_copies", "clone"): Act(f"tenant.clone_begun {tenant}", slug=f"{new}-2", masked="on"),
        ("copy", "download"): Act(
            *(f"tenant.export_downloaded {tenant}", f"tenant.export_downloaded {tenant}"), at={"copy_id": held}
        ),
        ("copy", "invite"): Act(f"tenant.owners_invited {tenant}", at={"copy_id": came}),
        ("tenant_import", "upload"): Act("tenant.import_begun file:people.csv", file=b"no export"),
        ("tenant_import", "bring"): Act(f"tenant.import_begun file:{acme.slug}.zip", export=held, slug=f"{new}-3"),
        ("tenant_state", "suspend"): Act(f"tenant.suspended {tenant}", reason="Unpaid"),
        ("tenant_state", "resume"): Act(f"tenant.resumed {tenant}"),
        ("tenant_billing", "grant"): Act(*_GRANTED, plan="pro", days="30", reason="A launch"),
        ("tenant_billing", "end_grant"): Act(*_ENDED, grant=partial(_grant, acme)),
        ("tenant_state", "delete"): Act(f"tenant.closed {tenant}", slug=acme.slug),
        ("tenant_new", "create"): Act(
            f"tenant.created tenant:{new}", slug=new, name="New", owner=f"owner@{new}.test", plan="free"
        ),
    }


def test_each_route_that_changes_something_is_in_the_platforms_audit_log_with_its_key(
    live: LiveServer, acme: Tenancy, otto: Account
) -> None:
    program = as_program(live, otto, "owner")
    prefix = _key_of(otto)
    routes = _routes(acme)
    assert {(method, path) for method, path, *_ in routes} == CHANGING
    log = Log(AuditEntry.PLATFORM)
    for method, path, body, entry in routes:
        filled = path.replace("{slug}", acme.slug).replace("{domain}", _proven(acme))
        answer = program.ask(method, BASE + filled, json=body)
        news = log.news()
        assert answer.status < 300, (method, path, answer.text)
        assert says(news, (entry,)), (method, path, [vars(each) for each in news])
        assert said_by(("key", prefix), news)


def _routes(acme: Tenancy) -> list[tuple[str, str, Any, str]]:
    """Method, path, body and the one entry; in an order in which each finds what it needs."""
    tenant, new = f"tenant:{acme.slug}", f"new-{secrets.token_hex(3)}"
    one = "/tenants/{slug}"
    _add_proven_domain(acme)
    return [
        ("POST", "/tenants", {"slug": new, "name": "New", "owner": f"o@{new}.test"}, f"tenant.created tenant:{new}"),
        ("PATCH", one, {"name": "Acme & Sons"}, f"tenant.changed {tenant}"),
        ("PATCH", f"{one}/limits", {"send_burst": 7}, f"tenant.changed {tenant}"),
        ("POST", f"{one}/domains", {"domain": f"{new}.example.com"}, f"domain.added {tenant}"),
        ("POST", f"{one}/domains/{{domain}}/verify", None, f"domain.checked {tenant}"),
        ("DELETE", f"{one}/domains/{{domain}}", None, f"domain.removed {tenant}"),
        ("POST", f"{one}/exports", None, f"tenant.export_begun {tenant}"),
        ("POST", f"{one}/suspend", {"reason": "Unpaid"}, f"tenant.suspended {tenant}"),
        ("POST", f"{one}/resume", None, f"tenant.resumed {tenant}"),
        ("DELETE", one, None, f"tenant.closed {tenant}"),
    ]


def _key_of(account: Account) -> str:
    return str(OperatorKey.objects.get(account=account).prefix)


def _invitation(email: str) -> str:
    return str(OperatorInvitation.objects.get(email=email).pk)


def _proven(acme: Tenancy) -> str:
    return f"{acme.slug}.example.com"


def _add_proven_domain(acme: Tenancy) -> None:
    """One that needs no record, and does not serve before it was looked at."""
    Domain.objects.create(tenant=acme.made.tenant, domain=_proven(acme), token="", verified_at=None)
