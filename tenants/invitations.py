"""A link by which a new account sets its first password: signed, for one account, good for PASSWORD_RESET_TIMEOUT
(three days) or until a password is set."""

from __future__ import annotations

from django.contrib.auth.tokens import PasswordResetTokenGenerator

from tenants.models import Account, Tenant
from tenants.records import TenantRecord


class _Invitations(PasswordResetTokenGenerator):
    key_salt = "parley.invitation"


_invitations = _Invitations()


def invitation_url(tenant: Tenant, account: Account) -> str:
    return f"{tenant.url}/invitation/{account.pk}/{_invitations.make_token(account)}"


def invited_account(tenant: TenantRecord, account_id: str, token: str) -> Account | None:
    """The account that a link was made for, locked until the transaction ends; None for a link that is wrong, old,
    used or no member's here."""
    if not account_id.isprintable():
        return None
    members = Account.objects.select_for_update(of=("self",), no_key=True).filter(memberships__tenant_id=tenant.id)
    account = members.filter(pk=account_id, is_active=True).first()
    return account if account is not None and _invitations.check_token(account, token) else None
