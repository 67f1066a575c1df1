"""What a tenant sets for itself. Each change is in its audit log, and every process hears of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from asgiref.sync import sync_to_async
from django.db import transaction

from kit.conduct import make_conduct
from kit.content import make_rules
from tenants.appearance import Appearance, read_appearance
from tenants.audit import record
from tenants.directory import directory
from tenants.keys import Owner
from tenants.models import Tenant
from tenants.routers import SHARED


def change_setting(
    tenant: Owner,
    field: str,
    change: Callable[[Any], Any],
    action: str,
    *,
    told: Callable[[Any], Mapping[str, Any]] | None = None,
) -> None:
    """Put what ``change`` makes of a column of the tenant's row in its place, and record ``action``, unless it is the
    same. ``told`` says what the audit log is told of a value: what it keeps must hold no secret."""
    show = told or (lambda value: {field: value})
    with transaction.atomic(SHARED):
        row = Tenant.objects.select_for_update(no_key=True).only(field).get(pk=tenant.id)
        before = getattr(row, field)
        after = change(before)
        if after == before:
            return
        setattr(row, field, after)
        row.save(update_fields=[field])
        record(tenant, action, before=show(before), after=show(after))
    directory.forget(tenant.id)


def set_setting(tenant: Owner, field: str, value: Any, action: str) -> None:
    """Put ``value`` in the place of what the column holds."""
    change_setting(tenant, field, lambda _: value, action)


async def content_rules(tenant_id: int) -> dict[str, Any]:
    """The rules as they were set; empty without any."""
    rules: dict[str, Any] = await Tenant.objects.values_list("content_rules", flat=True).aget(pk=tenant_id)
    return rules


@sync_to_async
def set_content_rules(tenant: Owner, rules: dict[str, Any]) -> None:
    """Put ``rules`` in the place of those before. Raises kit.content.InvalidRule."""
    make_rules(rules)
    set_setting(tenant, "content_rules", rules, "content_rules.changed")


async def conduct(tenant_id: int) -> dict[str, Any]:
    """The rules that act by themselves, as they were set; empty without any."""
    rules: dict[str, Any] = await Tenant.objects.values_list("conduct", flat=True).aget(pk=tenant_id)
    return rules


@sync_to_async
def set_conduct(tenant: Owner, rules: dict[str, Any]) -> None:
    """Put ``rules`` in the place of those before. Raises kit.content.InvalidRule."""
    make_conduct(rules)
    change_setting(tenant, "conduct", lambda _: rules, "conduct.changed")


async def appearance(tenant_id: int) -> Appearance:
    return read_appearance(await Tenant.objects.values_list("appearance", flat=True).aget(pk=tenant_id))


@sync_to_async
def set_appearance(tenant: Owner, chosen: Appearance) -> None:
    set_setting(tenant, "appearance", chosen.model_dump(), "appearance.changed")


@sync_to_async
def change_appearance(tenant: Owner, changes: dict[str, Any]) -> None:
    """Some fields of it; the others stay. Raises ValueError for what is no appearance."""

    def changed(kept: dict[str, Any]) -> dict[str, Any]:
        return Appearance.model_validate({**read_appearance(kept).model_dump(), **changes}).model_dump()

    change_setting(tenant, "appearance", changed, "appearance.changed")
