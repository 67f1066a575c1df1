"""A tenant's hook: set, shown, taken away."""

from __future__ import annotations

from typing import Any

from asgiref.sync import sync_to_async

from chat.webhooks.endpoints import check_endpoint_url
from chat.webhooks.signatures import new_secret, seal
from kit.errors import WEBHOOK_NOT_FOUND, ParleyError
from tenants.keys import Owner
from tenants.models import Tenant
from tenants.records import HookRecord
from tenants.settings import change_setting


async def before_send(tenant_id: int) -> HookRecord:
    """Raises ParleyError ``webhook_not_found``."""
    kept = await _kept(tenant_id)
    if not kept:
        raise ParleyError(WEBHOOK_NOT_FOUND, "No hook is set.")
    return HookRecord(**kept)


async def set_before_send(tenant: Owner, url: str, *, fail_open: bool, timeout: float) -> tuple[HookRecord, str]:
    """The hook in the place of another, and its new secret, which is shown now and never again. Every process hears of
    it. ``timeout`` is in seconds. Raises ParleyError ``url_refused``."""
    check_endpoint_url(url)
    secret = new_secret()
    hook = {"url": url, "sealed_secret": seal(secret), "fail_open": fail_open, "timeout": timeout}
    await _keep(tenant, hook, "before_send.set")
    return HookRecord(**hook), secret  # type: ignore[arg-type]


async def remove_before_send(tenant: Owner) -> None:
    await _keep(tenant, {}, "before_send.removed")


async def _kept(tenant_id: int) -> dict[str, Any]:
    kept: dict[str, Any] = await Tenant.objects.values_list("before_send", flat=True).aget(pk=tenant_id)
    return kept


@sync_to_async
def _keep(tenant: Owner, hook: dict[str, Any], action: str) -> None:
    change_setting(tenant, "before_send", lambda _: hook, action, told=_without_secret)


def _without_secret(hook: dict[str, Any]) -> dict[str, Any]:
    return {field: value for field, value in hook.items() if field != "sealed_secret"}
