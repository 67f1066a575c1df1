"""Billing's jobs. They wait for Stripe in threads of their own: whatever else the worker does goes on meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, ParamSpec, TypeVar, cast

import structlog
from channels.db import database_sync_to_async
from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from billing.entitlements import entitle_due
from billing.events import handle_all, handle_customer
from billing.gateway_stripe import GatewayUnavailable, has_stripe
from billing.reconciliation import reconcile
from kit.errors import ParleyError
from tenants.routers import SHARED

log = structlog.get_logger(__name__)
P = ParamSpec("P")
R = TypeVar("R")


def defer_handling(customer: str) -> None:
    """In the caller's transaction. A job that waits already will read at Stripe later than now."""
    with suppress(AlreadyEnqueued), transaction.atomic(SHARED):
        handle_events.configure(queueing_lock=f"handle_events:{customer}").defer(customer=customer)


@app.task(pass_context=False)
async def handle_events(customer: str) -> None:
    """What fails stays where it is, for ``handle_waiting``."""
    with suppress(ParleyError):
        await _apart(handle_customer)(customer, datetime.now(UTC))


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="handle_waiting", pass_context=False)
async def handle_waiting(timestamp: int) -> None:
    """Every minute: the events that were not handled when they came, until Stripe fails to answer for one."""
    if has_stripe():
        await _apart(handle_all)(datetime.now(UTC))


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="entitle_by_clock", pass_context=False)
async def entitle_by_clock(timestamp: int) -> None:
    """Every minute: what the days of dunning and the ends of grants change."""
    await _apart(entitle_due)(datetime.now(UTC))


@app.periodic(cron="37 * * * *")
@app.task(queueing_lock="reconcile_customers", pass_context=False)
async def reconcile_customers(timestamp: int) -> None:
    """Every hour."""
    if has_stripe():
        with suppress(GatewayUnavailable):
            await _apart(reconcile)(datetime.now(UTC))


def _apart(work: Callable[P, R]) -> Callable[P, Coroutine[Any, Any, R]]:
    return cast(Callable[P, Coroutine[Any, Any, R]], database_sync_to_async(work, thread_sensitive=False))
