"""What people change of their own accounts."""

from __future__ import annotations

from kit.errors import INVALID, ParleyError
from tenants.models import Account


async def rename_account(account: Account, name: str) -> None:
    """Other tenants of the account hear of it when it comes in there. Raises ParleyError ``invalid`` for a blank
    name."""
    if not name.strip():
        raise ParleyError(INVALID, "A name has letters.", errors=[{"field": "name", "code": "blank"}])
    account.name = name
    await account.asave(update_fields=["name"])
