"""Mails about billing: each once, to the owners, with the one thing to do."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.db import connections
from django.urls import reverse

from billing.entitlements import entitle
from billing.models import Notice, Subscription
from billing.notices import send_notices
from tenants.hosts import public_url
from tenants.models import Account, Role, Tenant, Usage
from tests.support.cast import Tenancy
from tests.support.operators import operator

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def _subscribe(tenancy: Tenancy, **columns: Any) -> Subscription:
    given = {"status": "active", "plan": "pro", "interval": "month", "currency": "usd", "seats": 3, "started_at": NOW}
    given |= {"period_start": NOW, "period_end": NOW + 30 * DAY, "stripe_id": f"sub_{tenancy.slug}"}
    return Subscription.objects.create(tenant_id=tenancy.record.id, **{**given, **columns})


def _told(tenancy: Tenancy) -> list[str]:
    """The subjects of what its owners got."""
    return [message.subject for message in _mails(tenancy)]


def _mails(tenancy: Tenancy) -> list[EmailMultiAlternatives]:
    return [message for message in mail.outbox if f"{tenancy.host}" in str(message.body)]  # type: ignore[misc]


def test_a_trial_that_ends_in_three_days_is_told_of_once(acme: Tenancy) -> None:
    _subscribe(acme, status="trialing", trial_ends_at=NOW + 4 * DAY)
    send_notices(NOW)
    assert _told(acme) == []
    for later in (DAY, 2 * DAY, 3 * DAY):
        send_notices(NOW + later)
    assert _told(acme) == ["The trial of Pro for Acme ends on 24 November 2026"]
    [sent] = _mails(acme)
    assert sent.to == ["owner@acme.test"]
    assert f"{acme.host}" in str(sent.body)
    assert "/admin/billing" in str(sent.body)


def test_who_does_not_pay_is_told_what_comes_and_when_all_is_well_again(acme: Tenancy) -> None:
    subscription = _subscribe(acme, status="past_due", unpaid_since=NOW)
    acme.account("second", Role.OWNER)
    acme.account("admin", Role.ADMIN)
    for days in (0, 1, 14, 20, 44, 50):
        entitle(acme.record.id, NOW + days * DAY)
        send_notices(NOW + days * DAY)
    Subscription.objects.filter(pk=subscription.pk).update(status="active", unpaid_since=None)
    for days in (51, 52):
        entitle(acme.record.id, NOW + days * DAY)
        send_notices(NOW + days * DAY)
    assert _told(acme) == [
        "A payment for Acme failed",
        "Acme can only be read now",
        "Acme is suspended",
        "Acme works again",
    ]
    failed, read_only, suspended, _ = (str(sent.body) for sent in _mails(acme))
    assert "until 4 December 2026" in failed
    assert "closed on 3 January 2027" in read_only
    assert "3 April 2027" in suspended
    assert {len(sent.to) for sent in _mails(acme)} == {2}


def test_operators_are_told_once_when_the_data_was_kept_as_long_as_promised(acme: Tenancy) -> None:
    _subscribe(acme, status="canceled", unpaid_since=NOW)
    owner, second, support, gone = (operator(role) for role in ("owner", "owner", "support", "owner"))
    Account.objects.filter(pk=gone.pk).update(is_active=False)
    for days in (133, 134, 135, 300):
        entitle(acme.record.id, NOW + days * DAY)
        send_notices(NOW + days * DAY)
    assert _told(acme) == ["Acme is suspended"], "its owners know"
    page = reverse("operators:tenant_billing", args=[acme.record.id])
    [sent] = [message for message in mail.outbox if f"{public_url()}{page}" in str(message.body)]
    assert sent.subject == "The data of Acme was kept as long as promised"
    assert "3 April 2027" in str(sent.body)
    assert {owner.email, second.email} <= set(sent.to)
    assert not {support.email, gone.email} & set(sent.to)


def test_limits_are_told_of_at_80_and_at_100_percent_once_a_month(acme: Tenancy) -> None:
    limits = {"monthly_messages": 1_000, "monthly_active_users": 10, "peak_connections": 100}
    Tenant.objects.filter(pk=acme.record.id).update(**limits)
    for place, (messages, active, peak) in enumerate([(500, 5, 79), (300, 5, 100), (300, 6, 3)]):
        _count(acme, NOW + place * DAY, messages, active, peak)
        for _ in range(2):
            send_notices(NOW + place * DAY)
    assert _told(acme) == [
        "Acme has used 80 % of this month's messages",
        "Acme has used up its connections at once",
        "Acme has used up this month's messages",
    ]
    assert "1,100 of 1,000" in str(_mails(acme)[-1].body)
    _count(acme, NOW + 30 * DAY, 900, 1, 1)
    send_notices(NOW + 30 * DAY)
    assert _told(acme)[3:] == ["Acme has used 90 % of this month's messages"]


def _count(tenancy: Tenancy, hour: datetime, messages: int, active: int, peak: int) -> None:
    counted = {"messages": messages, "active_users": active, "peak_connections": peak}
    Usage.objects.create(tenant_id=tenancy.record.id, hour=hour, **counted)


def test_two_workers_tell_once_and_what_could_not_be_sent_goes_out_later(
    acme: Tenancy, monkeypatch: pytest.MonkeyPatch
) -> None:
    _subscribe(acme, status="past_due", unpaid_since=NOW)
    with monkeypatch.context() as broken:
        broken.setattr(EmailMultiAlternatives, "send", _fails)
        send_notices(NOW)
    assert not Notice.objects.filter(tenant_id=acme.record.id).exists()
    _at_once(lambda: send_notices(NOW), 4)
    assert _told(acme) == ["A payment for Acme failed"]
    assert Notice.objects.filter(tenant_id=acme.record.id).count() == 1


def _fails(message: EmailMultiAlternatives) -> None:
    raise ConnectionRefusedError("no mail server")


def _at_once(work: Callable[[], None], workers: int) -> None:
    gate = threading.Barrier(workers)

    def run() -> None:
        gate.wait()
        work()
        connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
