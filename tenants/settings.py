"""What a tenant sets for itself. Every process hears of a change."""

from __future__ import annotations

from typing import Any

from asgiref.sync import sync_to_async
from django.db import transaction

from kit.content import make_rules
from tenants.appearance import Appearance, read_appearance
from tenants.directory import directory
from tenants.models import Tenant
from tenants.routers import SHARED


async def content_rules(tenant_id: int) -> dict[str, Any]:
    """The rules as they were set; empty without any."""
    rules: dict[str, Any] = await Tenant.objects.values_list("content_rules", flat=True).aget(pk=tenant_id)
    return rules


async def set_content_rules(tenant_id: int, rules: dict[str, Any]) -> None:
    """Put ``rules`` in the place of those before. Raises kit.content.InvalidRule."""
    make_rules(rules)
    await Tenant.objects.filter(pk=tenant_id).aupdate(content_rules=rules)
    directory.forget(tenant_id)


async def appearance(tenant_id: int) -> Appearance:
    return read_appearance(await Tenant.objects.values_list("appearance", flat=True).aget(pk=tenant_id))


async def set_appearance(tenant_id: int, chosen: Appearance) -> None:
    await Tenant.objects.filter(pk=tenant_id).aupdate(appearance=chosen.model_dump())
    directory.forget(tenant_id)


@sync_to_async
def change_appearance(tenant_id: int, changes: dict[str, Any]) -> None:
    """Some fields of it; the others stay. Raises ValueError for what is no appearance."""
    with transaction.atomic(SHARED):
        tenant = Tenant.objects.select_for_update(no_key=True).only("appearance").get(pk=tenant_id)
        chosen = Appearance.model_validate({**read_appearance(tenant.appearance).model_dump(), **changes})
        tenant.appearance = chosen.model_dump()
        tenant.save(update_fields=["appearance"])
    directory.forget(tenant_id)
