"""Who may come in on a host, and how a session there begins."""

from __future__ import annotations

import time
from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib.auth import login
from django.http import HttpRequest

from tenants.hosts import public_url, tenant_url
from tenants.models import Account, Membership, Tenant
from tenants.records import TenantRecord, TenantStatus
from tenants.sessions import SESSION_CONFIRMED_AT, SESSION_SECOND_FACTOR, SESSION_TENANT

_BACKEND = "django.contrib.auth.backends.ModelBackend"


class Visit(HttpRequest):
    """A request behind the middleware. ``tenant`` is None on the public host."""

    tenant: TenantRecord | None
    membership: Membership | None
    lacks_second_factor: bool


def may_enter(account: Account, tenant: TenantRecord | None) -> bool:
    """On a tenant's host only those who have a place there; on the public one everybody."""
    if not account.is_active:
        return False
    return tenant is None or Membership.objects.filter(account=account, tenant_id=tenant.id).exists()


def begin_session(request: Any, account: Account) -> None:
    """Sign ``account`` in: a session of its own, with nothing of the one before in it but that a second factor was
    shown."""
    shown = request.session.get(SESSION_SECOND_FACTOR) == account.pk
    request.session.flush()
    login(request, account, backend=_BACKEND)
    request.session[SESSION_CONFIRMED_AT] = time.time()
    if shown:
        request.session[SESSION_SECOND_FACTOR] = account.pk
    if request.tenant is not None:
        request.session[SESSION_TENANT] = request.tenant.id
    _list(request)


def address_of(request: HttpRequest) -> str:
    """From where, for the log."""
    return str(request.META.get("REMOTE_ADDR", ""))


def _list(request: Any) -> None:
    """The list of sessions says on whose host each was made. What is not saved is taken for one that has ended."""
    request.session.save()
    UserSession.objects.create_from_request(request)
    tenant = request.tenant.id if request.tenant else None
    UserSession.objects.filter(session_key=request.session.session_key).update(data={"tenant": tenant})


def mailed_url(request: Any, path: str) -> str:
    """For a link in a mail, on the host that is the place's for good: where a domain of its own leads by the time that
    the mail is read is not ours to say."""
    return (tenant_url(request.tenant.slug) if request.tenant else public_url()) + path


def password_mark(account: Account) -> str:
    """For a link that is worth nothing once the password is changed."""
    return str(account.get_session_auth_hash())[:16]


def organisations_of(account: Account) -> list[Tenant]:
    """Those that are open and have a place for ``account``."""
    found = Tenant.objects.filter(memberships__account=account, status=TenantStatus.ACTIVE.value)
    return list(found.order_by("name", "slug"))
