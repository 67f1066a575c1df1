"""A tenant's team: who is in it, as what, and who may change that. Owners make owners; there is always one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from kit.errors import INVALID, LAST_OWNER, NOT_ALLOWED, NOT_FOUND, ParleyError
from tenants.allowances import check_count
from tenants.audit import record
from tenants.emails import read_mail_words
from tenants.invitations import invitation_url
from tenants.mails import invitation_mail
from tenants.models import Membership, Role, Tenant
from tenants.provisioning import account_of, check_email
from tenants.routers import SHARED

MOST_MEMBERS = 1_000


def invite(tenant_id: int, email: str, role: str, *, by: Membership) -> Membership:
    """Give somebody a place, and mail a link to it; of an account that there is already the password goes on to hold.

    Raises ParleyError ``email_invalid``, ``not_allowed``, ``plan_limit_reached``, ``invalid`` (a member already, one
    too many, no such role).
    """
    email, role = check_email(email.strip()), _checked_role(role)
    with _team(tenant_id) as tenant:
        _check_may_make(by, role)
        taken = tenant.memberships.count()
        if taken >= MOST_MEMBERS:
            raise ParleyError(INVALID, f"A team has {MOST_MEMBERS} members at most.")
        account = account_of(email)
        if Membership.objects.filter(account=account, tenant=tenant).exists():
            raise ParleyError(INVALID, f"{email} is in the team already.")
        check_count(taken + 1, tenant.seats, "people in the team")
        member = Membership.objects.create(account=account, tenant=tenant, role=role)
        record(tenant, "member.invited", f"account:{account.pk}", after={"email": email, "role": role})
    _mail(tenant, member, by)
    return member


def invite_again(tenant_id: int, account_id: str, *, by: Membership) -> Membership:
    """Mail the link once more. Raises ParleyError ``not_found``, ``invalid`` for somebody who has come in already."""
    with _team(tenant_id) as tenant:
        member = _member(tenant, account_id)
        if member.account.has_usable_password():
            raise ParleyError(INVALID, f"{member.account.email} has a password already.")
        record(tenant, "member.invited_again", f"account:{account_id}")
    _mail(tenant, member, by)
    return member


def change_role(tenant_id: int, account_id: str, role: str, *, by: Membership) -> Membership:
    """Raises ParleyError ``not_found``, ``not_allowed``, ``last_owner``, ``invalid``."""
    role = _checked_role(role)
    with _team(tenant_id) as tenant:
        member = _member(tenant, account_id)
        before = member.role
        if before == role:
            return member
        _check_may_make(by, role)
        _check_may_unmake(by, member)
        member.role = role
        member.save(update_fields=["role"])
        record(tenant, "member.role_changed", f"account:{account_id}", before={"role": before}, after={"role": role})
    return member


def remove(tenant_id: int, account_id: str, *, by: Membership) -> Membership:
    """The account stays, and what its user said here. Raises ParleyError ``not_found``, ``not_allowed``,
    ``last_owner``."""
    with _team(tenant_id) as tenant:
        member = _member(tenant, account_id)
        _check_may_unmake(by, member)
        Membership.objects.filter(pk=member.pk).delete()
        before = {"email": member.account.email, "role": member.role}
        record(tenant, "member.removed", f"account:{account_id}", before=before)
    return member


def require_second_factor(tenant_id: int, *, required: bool) -> None:
    """Whether the whole team signs in with a second factor from now on."""
    with _team(tenant_id) as tenant:
        if tenant.requires_mfa != required:
            record(tenant, "team.second_factor", before={"required": not required}, after={"required": required})
            tenant.requires_mfa = required
            tenant.save(update_fields=["requires_mfa"])


@contextmanager
def _team(tenant_id: int) -> Iterator[Tenant]:
    """One change of a team at a time: of two owners who remove each other, the second is refused."""
    with transaction.atomic(SHARED):
        yield Tenant.objects.select_for_update(no_key=True).get(pk=tenant_id)


def _member(tenant: Tenant, account_id: str) -> Membership:
    found = Membership.objects.select_related("account").filter(tenant=tenant, account_id=account_id).first()
    if found is None:
        raise ParleyError(NOT_FOUND, "There is no such member.")
    return found


def _check_may_make(by: Membership, role: str) -> None:
    if role == Role.OWNER and by.role != Role.OWNER:
        raise ParleyError(NOT_ALLOWED, "Only an owner makes owners.")


def _check_may_unmake(by: Membership, member: Membership) -> None:
    if member.role != Role.OWNER:
        return
    if by.role != Role.OWNER:
        raise ParleyError(NOT_ALLOWED, "Only an owner changes owners.")
    if not Membership.objects.filter(tenant=member.tenant_id, role=Role.OWNER).exclude(pk=member.pk).exists():
        raise ParleyError(LAST_OWNER, "The team keeps its last owner: make somebody else one first.")


def _checked_role(role: str) -> str:
    if role not in Role.values:
        raise ParleyError(INVALID, "There is no such role.", errors=[{"field": "role", "code": "unknown"}])
    return role


def _mail(tenant: Tenant, member: Membership, by: Membership) -> None:
    """Raises what the mail server says."""
    account = member.account
    invitation_mail(
        read_mail_words(tenant.emails),
        organisation=tenant.name,
        email=account.email,
        name=account.name,
        inviter=by.account.name,
        url=f"{tenant.url}/sign-in" if account.has_usable_password() else invitation_url(tenant, account),
    ).send()
