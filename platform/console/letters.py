"""What the platform writes to people, by e-mail."""

from __future__ import annotations

from console.operators import invitation_url as operator_invitation_url
from tenants.invitations import invitation_url
from tenants.mails import compose
from tenants.models import Account, OperatorInvitation, Tenant


def write_to_owner(tenant: Tenant, account: Account) -> None:
    """An account without a password gets the link to choose one."""
    known = account.has_usable_password()
    compose(
        account.email,
        subject=f"{tenant.name} is ready",
        lines=[
            f"{tenant.name} is ready on Parley, and you are its owner.",
            "Sign in with the password that you have."
            if known
            else "Choose your name and a password within three days.",
            f"Afterwards you find your console at {tenant.url}/admin/",
        ],
        button="Sign in" if known else "Come in",
        url=f"{tenant.url}/sign-in?next=/admin/" if known else invitation_url(tenant, account),
    ).send()


def write_to_operator(invitation: OperatorInvitation) -> None:
    compose(
        invitation.email,
        subject="You are invited to operate Parley",
        lines=[
            f"You are invited to operate Parley, in the role {invitation.role}.",
            f"The link is good until {invitation.expires_at:%Y-%m-%d %H:%M} UTC.",
            "If you do not know why you got this mail, forget it: without you nothing happens.",
        ],
        button="Come in",
        url=operator_invitation_url(invitation),
    ).send()
