"""A tenant's hook: set, shown, taken away."""

from __future__ import annotations

from typing import Any

from chat.webhooks.endpoints import check_endpoint_url
from chat.webhooks.signatures import new_secret, seal
from kit.errors import WEBHOOK_NOT_FOUND, ParleyError
from tenants.directory import directory
from tenants.models import Tenant
from tenants.records import HookRecord


async def before_send(tenant_id: int) -> HookRecord:
    """Raises ParleyError ``webhook_not_found``."""
    kept = await _kept(tenant_id)
    if not kept:
        raise ParleyError(WEBHOOK_NOT_FOUND, "No hook is set.")
    return HookRecord(**kept)


async def set_before_send(tenant_id: int, url: str, *, fail_open: bool, timeout: float) -> tuple[HookRecord, str]:
    """The hook in the place of another, and its new secret, which is shown now and never again. Every process hears of
    it. ``timeout`` is in seconds. Raises ParleyError ``url_refused``."""
    check_endpoint_url(url)
    secret = new_secret()
    hook = {"url": url, "sealed_secret": seal(secret), "fail_open": fail_open, "timeout": timeout}
    await _keep(tenant_id, hook)
    return HookRecord(**hook), secret  # type: ignore[arg-type]


async def remove_before_send(tenant_id: int) -> None:
    await _keep(tenant_id, {})


async def _kept(tenant_id: int) -> dict[str, Any]:
    kept: dict[str, Any] = await Tenant.objects.values_list("before_send", flat=True).aget(pk=tenant_id)
    return kept


async def _keep(tenant_id: int, hook: dict[str, Any]) -> None:
    await Tenant.objects.filter(pk=tenant_id).aupdate(before_send=hook)
    directory.forget(tenant_id)
