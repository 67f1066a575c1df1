"""Who operates the platform, and in which role. There is always an owner left."""

from __future__ import annotations

from datetime import timedelta

from django.core import signing
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from console.permits import OPERATOR_PERMITS, OperatorPermit
from kit.errors import INVALID, LAST_OPERATOR, NOT_ALLOWED, OPERATOR_NOT_FOUND, ParleyError
from tenants.audit import record
from tenants.hosts import public_url
from tenants.models import Account, OperatorInvitation, OperatorRole
from tenants.provisioning import check_email
from tenants.routers import SHARED
from tenants.support import end_support_of

_LIFE = timedelta(days=7)
_SALT = "parley.operator"


def operators() -> QuerySet[Account]:
    return Account.objects.exclude(operator_role="").order_by("email")


def invite_operator(email: str, role: str) -> OperatorInvitation:
    """Whoever reads that address's mail may come in for a week; a later invitation takes the place of one before.

    Raises ParleyError ``email_invalid``, ``invalid``.
    """
    email, role = check_email(email), check_role(role)
    if operators().filter(email=email).exists():
        raise ParleyError(INVALID, f"{email} is an operator already.", errors=[{"field": "email", "code": "taken"}])
    with transaction.atomic(SHARED):
        OperatorInvitation.objects.filter(email=email).delete()
        invitation = OperatorInvitation.objects.create(email=email, role=role, expires_at=timezone.now() + _LIFE)
        record(None, "operator.invited", f"operator:{email}", after={"role": role})
    return invitation


def withdraw_invitation(invitation_id: str) -> None:
    """Raises ParleyError ``operator_not_found``."""
    with transaction.atomic(SHARED):
        invitation = next((each for each in OperatorInvitation.objects.all() if each.pk == invitation_id), None)
        if invitation is None:
            raise ParleyError(OPERATOR_NOT_FOUND, "There is no such invitation.")
        record(None, "operator.uninvited", f"operator:{invitation.email}", before={"role": invitation.role})
        invitation.delete()


def invitation_url(invitation: OperatorInvitation) -> str:
    return f"{public_url()}/operators/invitation/{signing.dumps(invitation.pk, salt=_SALT)}"


def invitation_behind(token: str) -> OperatorInvitation | None:
    """None for a link that is wrong, old, used or withdrawn."""
    try:
        invitation_id = signing.loads(token, salt=_SALT)
    except signing.BadSignature:
        return None
    return OperatorInvitation.objects.filter(pk=invitation_id, expires_at__gt=timezone.now()).first()


def accept_invitation(invitation: OperatorInvitation, account: Account) -> None:
    """The account of that address, which is saved with it, is an operator from now on.

    Raises ParleyError ``operator_not_found`` if the invitation was used or withdrawn meanwhile, ``not_allowed`` for
    somebody who has a role already: an invitation takes none away.
    """
    assert account.email == invitation.email
    with transaction.atomic(SHARED):
        used, _ = OperatorInvitation.objects.filter(pk=invitation.pk).delete()
        if not used:
            raise ParleyError(OPERATOR_NOT_FOUND, "This invitation is over.")
        if account.operator_role:
            raise ParleyError(NOT_ALLOWED, "You are an operator already.")
        account.operator_role = invitation.role
        account.save()
        record(None, "operator.joined", f"operator:{account.email}", after={"role": invitation.role})


def change_role(account_id: str, role: str, *, by: Account) -> Account:
    """Raises ParleyError ``operator_not_found``, ``not_allowed`` (one's own), ``last_operator``, ``invalid``."""
    return _set_role(account_id, check_role(role), by, "operator.changed")


def remove_operator(account_id: str, *, by: Account) -> Account:
    """The account stays, and what it may do as a member of tenants; its keys are revoked. Raises as ``change_role``
    does."""
    with transaction.atomic(SHARED):
        account = _set_role(account_id, "", by, "operator.removed")
        account.operator_keys.filter(revoked_at__isnull=True).update(revoked_at=timezone.now())
    return account


def check_role(role: str) -> OperatorRole:
    """Raises ParleyError ``invalid``."""
    if role not in OperatorRole.values:
        raise ParleyError(INVALID, "There is no such role.", errors=[{"field": "role", "code": "unknown"}])
    return OperatorRole(role)


def _set_role(account_id: str, role: str, by: Account, action: str) -> Account:
    with transaction.atomic(SHARED):
        everybody = {account.pk: account for account in operators().select_for_update()}  # so that two cannot both go
        account = everybody.get(account_id)
        if account is None:
            raise ParleyError(OPERATOR_NOT_FOUND)
        if account.pk == by.pk:
            raise ParleyError(NOT_ALLOWED, "Nobody changes or removes themselves: ask another owner.")
        before, account.operator_role = account.operator_role, role
        if not any(each.operator_role == OperatorRole.OWNER and each.is_active for each in everybody.values()):
            raise ParleyError(LAST_OPERATOR)
        account.save(update_fields=["operator_role"])
        record(None, action, f"operator:{account.email}", before={"role": before}, after={"role": role})
        if not role or OperatorPermit.SUPPORT_ENTER not in OPERATOR_PERMITS[OperatorRole(role)]:
            end_support_of(account)
    return account
