"""A tenant's later life: suspended, resumed, deleted with a grace, removed without a trace."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from kit.errors import ParleyError
from tenants import lifecycle
from tenants.models import Account, Tenant
from tests.support.cast import Tenancy
from tests.support.public import execute, standing, text_of_every_row
from tests.support.tables import rows


def status(tenant: Tenancy) -> str:
    return str(Tenant.objects.get(pk=tenant.record.id).status)


def refused(action: Callable[[], object]) -> str:
    with pytest.raises(ParleyError) as refusal:
        action()
    return refusal.value.code.name


def overdue(tenant: Tenancy) -> None:
    lifecycle.request_deletion(tenant.slug)
    Tenant.objects.filter(pk=tenant.record.id).update(delete_after=timezone.now() - timedelta(seconds=1))


def is_gone(tenant: Tenancy) -> bool:
    return not standing(tenant.schema_name) and not text_of_every_row(tenant.record.id)


@pytest.fixture
def removal_hooks() -> Iterator[Callable[[Callable[[Tenant], None]], None]]:
    """Register what removing clears outside PostgreSQL, for this test alone."""
    before = list(lifecycle._on_removal)
    yield lifecycle.on_removal
    lifecycle._on_removal[:] = before


def test_suspending_keeps_the_reason_and_the_data(acme: Tenancy) -> None:
    suspended = lifecycle.suspend(acme.slug, "unpaid")
    assert (suspended.status, suspended.status_reason) == ("suspended", "unpaid")
    assert rows(acme, "SELECT id FROM chat_room") == [("general",)]


def test_resuming_forgets_the_reason(acme: Tenancy) -> None:
    lifecycle.suspend(acme.slug, "unpaid")
    resumed = lifecycle.resume(acme.slug)
    assert (resumed.status, resumed.status_reason, resumed.delete_after) == ("active", "", None)


@pytest.mark.parametrize("change", [lifecycle.suspend, lifecycle.resume, lifecycle.request_deletion])
def test_each_change_may_be_repeated(acme: Tenancy, change: Callable[[str], Tenant]) -> None:
    assert change(acme.slug).status == change(acme.slug).status


@pytest.mark.parametrize(
    "change", [lifecycle.suspend, lifecycle.resume, lifecycle.request_deletion, lifecycle.get_tenant]
)
def test_an_unknown_slug_is_said_to_be_unknown(change: Callable[[str], Tenant]) -> None:
    assert refused(lambda: change("nobody")) == "tenant_not_found"


def test_a_deleted_tenant_cannot_be_suspended_back_to_life(acme: Tenancy) -> None:
    lifecycle.request_deletion(acme.slug)
    assert refused(lambda: lifecycle.suspend(acme.slug)) == "tenant_state"
    assert status(acme) == "deleting"


def test_deletion_waits_for_the_grace_and_can_be_undone(acme: Tenancy) -> None:
    doomed = lifecycle.request_deletion(acme.slug)
    assert doomed.delete_after is not None
    assert timedelta(days=29) < doomed.delete_after - timezone.now() <= timedelta(days=30)
    lifecycle.remove_due()
    assert status(acme) == "deleting"
    lifecycle.resume(acme.slug)
    lifecycle.remove_due()
    assert status(acme) == "active"
    assert rows(acme, "SELECT id FROM chat_room") == [("general",)]


def test_after_the_grace_there_is_no_way_back(acme: Tenancy) -> None:
    overdue(acme)
    assert refused(lambda: lifecycle.resume(acme.slug)) == "tenant_state"


def test_what_is_due_is_removed_and_nothing_else(acme: Tenancy, globex: Tenancy) -> None:
    overdue(acme)
    lifecycle.request_deletion(globex.slug)
    assert lifecycle.remove_due() >= 1
    assert is_gone(acme)
    assert standing(globex.schema_name)


def test_one_that_cannot_be_removed_does_not_stop_the_others(
    acme: Tenancy, globex: Tenancy, removal_hooks: Callable[[Callable[[Tenant], None]], None]
) -> None:
    def fail_for_acme(tenant: Tenant) -> None:
        if tenant.pk == acme.record.id:
            raise OSError("the files will not go")

    removal_hooks(fail_for_acme)
    overdue(acme)
    overdue(globex)
    lifecycle.remove_due()
    assert is_gone(globex)
    assert status(acme) == "deleting"
    lifecycle._on_removal.clear()
    lifecycle.remove_due()
    assert is_gone(acme)


def test_removal_leaves_no_trace(acme: Tenancy, globex: Tenancy) -> None:
    account = acme.account("ann")
    assert acme.made.signing_key.id in text_of_every_row(acme.record.id)
    lifecycle.remove(acme.made.tenant)
    assert is_gone(acme)
    assert Account.objects.filter(pk=account.pk).exists(), "people may have a place elsewhere"
    assert rows(globex, "SELECT id FROM chat_room") == [("general",)]


def test_removing_twice_is_safe(acme: Tenancy) -> None:
    tenant = Tenant.objects.get(pk=acme.record.id)
    for _ in range(2):
        lifecycle.remove(tenant)
    assert is_gone(acme)


def test_removing_twice_at_once_is_safe(acme: Tenancy) -> None:
    start = threading.Barrier(3, timeout=30)

    def remove(_: int) -> None:
        try:
            tenant = Tenant.objects.get(pk=acme.record.id)
            start.wait()
            lifecycle.remove(tenant)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(3) as threads:
        list(threads.map(remove, range(3)))
    assert is_gone(acme)


def test_a_removal_that_broke_off_is_closed_to_all_and_finished_later(
    acme: Tenancy, removal_hooks: Callable[[Callable[[Tenant], None]], None]
) -> None:
    def crash(tenant: Tenant) -> None:
        raise KeyboardInterrupt

    removal_hooks(crash)
    with pytest.raises(KeyboardInterrupt):
        lifecycle.remove(acme.made.tenant)
    assert status(acme) == "deleting"
    assert refused(lambda: lifecycle.resume(acme.slug)) == "tenant_state"
    lifecycle._on_removal.clear()
    lifecycle.remove_due()
    assert is_gone(acme)


def test_a_row_whose_schema_is_gone_can_still_be_removed(acme: Tenancy) -> None:
    execute(f"SET ROLE {acme.schema_name}; DROP SCHEMA {acme.schema_name} CASCADE; RESET ROLE")
    lifecycle.remove(acme.made.tenant)
    assert is_gone(acme)


def test_a_tenant_is_removed_whole_or_not_at_all(acme: Tenancy) -> None:
    """Something of the role's outside its schema keeps the role: then schema and rows stay as well."""
    execute(f"GRANT SELECT ON tenants_schematemplate TO {acme.schema_name}")
    with pytest.raises(Exception, match="depend"):
        lifecycle.remove(acme.made.tenant)
    assert rows(acme, "SELECT id FROM chat_room") == [("general",)]
    assert acme.made.signing_key.id in text_of_every_row(acme.record.id)
    execute(f"REVOKE SELECT ON tenants_schematemplate FROM {acme.schema_name}")
    lifecycle.remove_due()
    assert is_gone(acme)
