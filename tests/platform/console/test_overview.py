"""The first page of the operators' console."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connections, transaction
from django.test import RequestFactory

from console.pages.overview import Overview
from kit.ids import opaque
from tenants.models import Account, Figure, OperatorRole, Process, Tenant
from tests.support.cast import PASSWORD, Tenancy
from tests.support.http import Client
from tests.support.server import LiveServer
from tests.support.sessions import session_of
from tests.support.statements import statements

PAGE = "/operators/"


def _operator(role: OperatorRole) -> Account:
    return Account.objects.create_user(f"{opaque('op')}@example.test", PASSWORD, name="Otto", operator_role=role)


def _as(live: LiveServer, account: Account) -> Client:
    return Client(live, "localhost", cookies={"sessionid": session_of(account)})


@pytest.fixture
def silent() -> Iterator[Process]:
    long_ago = datetime.now(UTC) - timedelta(minutes=3)
    yield (
        process := Process.objects.create(
            id=opaque("p"), kind="worker", version="0.0.7", host="node-7", pid=77, started_at=long_ago, beat_at=long_ago
        )
    )
    process.delete()


def test_it_shows_who_is_loud_how_all_is_and_who_is_silent(live: LiveServer, acme: Tenancy, silent: Process) -> None:
    minute = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=1)
    Figure.objects.create(
        tenant_id=acme.record.id, span="minute", at=minute, messages=987_654, errors=4_321, connections=98_765
    )
    client = _as(live, _operator(OperatorRole.OWNER))
    page = client.get(PAGE).text
    for said in ("987,654", "98,765", "4,321", "PostgreSQL", "Redis", "Worker 77 on node-7", "0.0.7", "Silent for"):
        assert said in page, said
    assert f"/operators/tenants/tenant/?q={acme.slug}" in page
    assert "There are no Stripe keys" in page
    version = connections["default"].cursor().execute("SHOW server_version").fetchone()[0]  # type: ignore[attr-defined]
    assert version.split()[0] in page
    Figure.objects.filter(span="day").delete()  # other tests' days
    assert "None in the last month" in client.get(f"{PAGE}?over=month").text
    assert client.get(f"{PAGE}?over=century").status == 200
    Figure.objects.filter(tenant_id=acme.record.id).delete()


@pytest.mark.parametrize(("role", "sees"), [(OperatorRole.VIEWER, False), (OperatorRole.OPERATOR, True)])
def test_revenue_is_for_those_who_may_see_it(live: LiveServer, role: OperatorRole, sees: bool) -> None:
    page = _as(live, _operator(role)).get(PAGE)
    assert page.status == 200
    assert ("Revenue" in page.text) is sees


def test_nobody_else_sees_it(live: LiveServer, acme: Tenancy) -> None:
    for client in (_as(live, acme.account("olga")), Client(live, "localhost")):
        answer = client.get(PAGE)
        assert answer.status in (302, 403)
        assert "Processes" not in answer.text


def test_without_redis_it_says_so(silent: Process) -> None:
    request = RequestFactory().get(PAGE)
    request.user = _operator(OperatorRole.OWNER)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.conf.settings.REDIS_URL", "redis://127.0.0.1:1/0")
        page = Overview.as_view()(request).render().content.decode()
    assert "It does not answer." in page
    assert "Worker 77 on node-7" in page, "all else is shown all the same"


def test_a_thousand_tenants_take_as_many_statements_as_one_and_no_schema_is_entered(acme: Tenancy) -> None:
    few = _statements()
    with transaction.atomic():
        minute = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=1)
        made = Tenant.objects.bulk_create(
            Tenant(slug=f"crowd-{place}", name="Crowd", schema_name=opaque("t")) for place in range(1_000)
        )
        Figure.objects.bulk_create(
            Figure(tenant=tenant, span="minute", at=minute, messages=tenant.pk, connections=1, errors=1)
            for tenant in made
        )
        many = _statements()
        transaction.set_rollback(True)
    assert len(many) == len(few) <= 12
    assert not [statement for statement in many if acme.schema_name in statement or "set_config" in statement]


def _statements() -> list[str]:
    """What the page sends to PostgreSQL, on the connections of both sorts."""
    request = RequestFactory().get(PAGE)
    request.user = operator = _operator(OperatorRole.OWNER)
    with statements() as sent:
        Overview.as_view()(request).render()
    operator.delete()
    return sent
