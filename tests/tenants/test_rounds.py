"""Jobs go round the tenants: each in its own scope, and none at another's expense."""

from __future__ import annotations

import pytest

from tenants.models import Tenant
from tenants.rounds import for_each
from tenants.scope import is_in_scope, schema_in_scope
from tests.support.cast import Tenancy


async def test_one_for_whom_it_fails_is_logged_and_keeps_nobody_else_waiting(
    acme: Tenancy, globex: Tenancy, caplog: pytest.LogCaptureFixture
) -> None:
    visited: list[str] = []

    async def work(tenant: Tenant) -> None:
        assert schema_in_scope() == tenant.schema_name
        visited.append(tenant.slug)
        if tenant.slug == acme.slug:
            raise ZeroDivisionError

    both = Tenant.objects.filter(slug__in=[globex.slug, acme.slug])
    await for_each(both, work, failure="work.failed")
    assert visited == [acme.slug, globex.slug]
    assert [(line["event"], line["tenant"]) for line in (record.msg for record in caplog.records)] == [
        ("work.failed", acme.slug)
    ]
    assert not is_in_scope()
