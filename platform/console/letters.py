"""What the platform writes to people, by e-mail."""

from __future__ import annotations

from django.core.mail import send_mail

from console.operators import invitation_url as operator_invitation_url
from tenants.invitations import invitation_url
from tenants.models import Account, OperatorInvitation, Tenant

_NEW_OWNER = """Hello,

{name} is ready on Parley, and you are its owner.

Choose your name and a password here, within three days:
{link}

Afterwards you find your console at {url}/admin/
"""
_OWNER = """Hello {person},

{name} is ready on Parley, and you are its owner. Sign in with the password that you have:
{url}/admin/
"""
_OPERATOR = """Hello,

You are invited to operate Parley, in the role {role}. Come in here until {until:%Y-%m-%d %H:%M} UTC:
{link}

If you do not know why you got this letter, forget it: without you nothing happens.
"""


def write_to_owner(tenant: Tenant, account: Account) -> None:
    """An account without a password gets the link to choose one."""
    text = _OWNER if account.has_usable_password() else _NEW_OWNER
    link = invitation_url(tenant, account)
    body = text.format(name=tenant.name, person=account.name, url=tenant.url, link=link)
    send_mail(f"{tenant.name} is ready", body, None, [account.email])


def write_to_operator(invitation: OperatorInvitation) -> None:
    link = operator_invitation_url(invitation)
    body = _OPERATOR.format(role=invitation.role, until=invitation.expires_at, link=link)
    send_mail("You are invited to operate Parley", body, None, [invitation.email])
