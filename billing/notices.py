"""What a tenant's owners are told of billing by mail, and the platform's owners of what is theirs to decide: once each,
whoever tells it and however often is looked.

What there is to tell follows from rows and the clock. A notice is written down in the transaction in which its mail is
handed over: what failed is told with the next look, two who look at once tell it once. Only who is killed between the
mail server's answer and the commit leaves a mail that goes out again, under the same Message-ID (RFC 5322 section
3.6.4).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import connections, transaction
from django.db.models import QuerySet

from billing import letters
from billing.entitlements import Banner, standing
from billing.letters import Letter
from billing.models import Notice, Subscription
from tenants.hosts import public_url
from tenants.mails import compose
from tenants.models import Account, OperatorRole, Role, Tenant
from tenants.records import Service, TenantStatus
from tenants.routers import SHARED
from tenants.usage import month_of

log = structlog.get_logger(__name__)
_BEFORE_TRIAL_ENDS = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Due:
    """``about`` as Notice has it. ``to_operators``: not to the tenant's owners but to the platform's."""

    tenant: Tenant
    about: str
    letter: Letter
    to_operators: bool = False


def send_notices(now: datetime) -> None:
    """Tell whatever is due and was not told yet. What fails is logged and keeps nobody else waiting."""
    for due in [*_of_subscriptions(now), *_of_restored(), *_of_limits(now)]:
        try:
            _send_once(due)
        except Exception:
            log.exception("notices.failed", tenant=due.tenant.slug, about=due.about)


def _send_once(due: Due) -> None:
    if Notice.objects.filter(tenant=due.tenant, about=due.about).exists():
        return
    with transaction.atomic(SHARED):
        _, is_new = Notice.objects.get_or_create(tenant=due.tenant, about=due.about)
        if is_new:
            _mail(due)


def _mail(due: Due) -> None:
    owners, url = _platforms_owners(due.tenant) if due.to_operators else _owners(due.tenant)
    addresses = list(owners.filter(is_active=True).order_by("email").values_list("email", flat=True))
    if not addresses:
        return
    letter = due.letter
    message = compose("", subject=letter.subject, lines=letter.lines, button=letter.button, url=url)
    message.to = addresses
    named = due.about.replace(":", ".")
    message.extra_headers["Message-ID"] = f"<{named}.{due.tenant.schema_name}@{settings.BASE_DOMAIN}>"
    message.send()


def _owners(tenant: Tenant) -> tuple[QuerySet[Account], str]:
    """And where they see to billing."""
    accounts = Account.objects.filter(memberships__tenant=tenant, memberships__role=Role.OWNER)
    return accounts, f"{tenant.url}/admin/billing"


def _platforms_owners(tenant: Tenant) -> tuple[QuerySet[Account], str]:
    accounts = Account.objects.filter(operator_role=OperatorRole.OWNER)
    return accounts, f"{public_url()}/operators/tenants/tenant/{tenant.pk}/billing"


# What follows from the subscription


def _of_subscriptions(now: datetime) -> Iterator[Due]:
    served = Subscription.objects.filter(tenant__status=TenantStatus.ACTIVE.value).select_related("tenant")
    ending = served.filter(status="trialing", trial_ends_at__gt=now, trial_ends_at__lte=now + _BEFORE_TRIAL_ENDS)
    for subscription in ending.filter(ends_at__isnull=True):
        yield from _of_trial(subscription, subscription.trial_ends_at)
    for subscription in served.filter(unpaid_since__isnull=False):
        yield from _of_unpaid(subscription, now)


def _of_trial(subscription: Subscription, ends_at: datetime | None) -> Iterator[Due]:
    if ends_at is not None:
        yield Due(subscription.tenant, f"trial_ends:{ends_at:%F}", letters.trial_ends(subscription, ends_at))


def _of_unpaid(subscription: Subscription, now: datetime) -> Iterator[Due]:
    tenant, due = subscription.tenant, standing(subscription.tenant, now)
    if due.banner in _UNPAID and due.until is not None:
        about = f"{due.banner}:{subscription.unpaid_since:%FT%TZ}"
        yield Due(tenant, about, _UNPAID[Banner(due.banner)](tenant, due.until))
        if due.until <= now:
            letter = letters.kept_long_enough(tenant, due.until)
            yield Due(tenant, f"kept:{subscription.unpaid_since:%FT%TZ}", letter, to_operators=True)


_UNPAID = {
    Banner.PAYMENT_FAILED: letters.payment_failed,
    Banner.READ_ONLY: letters.read_only,
    Banner.SUSPENDED: letters.suspended,
}


def _of_restored() -> Iterator[Due]:
    """Who was told that something ended, and has it again."""
    told = Notice.objects.filter(about__regex=r"^(read_only|suspended):", tenant__service=Service.FULL.value)
    for notice in told.select_related("tenant"):
        _, _, when = notice.about.partition(":")
        yield Due(notice.tenant, f"restored:{when}", letters.restored(notice.tenant))


# What follows from usage


def _of_limits(now: datetime) -> Iterator[Due]:
    """Once a month for each limit and each of the two marks; who is past the second is not told of the first."""
    month = month_of(now)
    for tenant_id, limit, used, most in _nearly_used_up(month):
        mark = 100 if used >= most else 80
        tenant = Tenant.objects.get(pk=tenant_id)
        about = f"limit:{limit}:{mark}:{month:%Y-%m}"
        yield Due(tenant, about, letters.limit(tenant, limit, used, most))


def _nearly_used_up(month: datetime) -> Iterable[tuple[int, str, int, int]]:
    """Tenant, limit, how much is used of it, and how much may be."""
    with connections[SHARED].cursor() as cursor:
        cursor.execute(_NEARLY_USED_UP, {"month": month, "active": TenantStatus.ACTIVE.value})
        rows: list[tuple[int, str, int, int]] = cursor.fetchall()
    return rows


_NEARLY_USED_UP = """
    SELECT tenant.id, measured.name, used, most
    FROM tenants_tenant tenant JOIN (
        SELECT tenant_id, sum(messages) AS messages, max(active_users) AS active_users,
            max(peak_connections) AS peak_connections, (array_agg(stored_bytes ORDER BY hour DESC))[1] AS stored_bytes
        FROM tenants_usage WHERE hour >= %(month)s GROUP BY tenant_id
    ) counted ON counted.tenant_id = tenant.id CROSS JOIN LATERAL (VALUES
        ('monthly_active_users', counted.active_users, tenant.monthly_active_users),
        ('monthly_messages', counted.messages, tenant.monthly_messages),
        ('peak_connections', counted.peak_connections, tenant.peak_connections::bigint),
        ('storage_bytes', counted.stored_bytes, tenant.storage_bytes)
    ) measured (name, used, most)
    WHERE tenant.status = %(active)s AND used > 0 AND used * 100 >= most * 80 ORDER BY tenant.id, measured.name
"""
