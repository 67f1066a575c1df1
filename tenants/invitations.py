"""A link by which a new account sets its first password: signed, for one account, good until a password is set."""

from __future__ import annotations

from django.contrib.auth.tokens import PasswordResetTokenGenerator

from tenants.models import Account, Tenant


class _Invitations(PasswordResetTokenGenerator):
    key_salt = "parley.invitation"


_invitations = _Invitations()


def invitation_url(tenant: Tenant, account: Account) -> str:
    return f"{tenant.url}/invitation/{account.pk}/{_invitations.make_token(account)}"


def invited_account(account_id: str, token: str) -> Account | None:
    """The account that a link was made for; None for a link that is wrong, old or used."""
    account = Account.objects.filter(pk=account_id, is_active=True).first()
    return account if account is not None and _invitations.check_token(account, token) else None
