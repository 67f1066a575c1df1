"""Billing's jobs. They wait for Stripe in a few threads of their own, and take one of the worker's places each kind, so
that whatever else it does goes on while Stripe hangs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, ParamSpec, TypeVar, cast

import structlog
from channels.db import database_sync_to_async
from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from billing.entitlements import entitle_due, entitle_granted
from billing.events import handle_customer, waiting_customers
from billing.gateway_stripe import GatewayUnavailable, has_stripe
from billing.metering import note_meter_events, send_meter_events
from billing.notices import send_notices
from billing.reconciliation import customers_of, reconcile_customer
from kit.errors import ParleyError
from tenants.routers import SHARED

log = structlog.get_logger(__name__)
P = ParamSpec("P")
R = TypeVar("R")

_AT_ONCE = 4
_threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="billing")


def _apart(work: Callable[P, R]) -> Callable[P, Coroutine[Any, Any, R]]:
    """``work`` in one of the threads."""
    apart = database_sync_to_async(work, thread_sensitive=False, executor=_threads)
    return cast(Callable[P, Coroutine[Any, Any, R]], apart)


class _OneAtATime:
    """``work``, and once more behind it when it was asked for meanwhile; whoever asks then does not wait."""

    def __init__(self, work: Callable[[], Awaitable[None]]) -> None:
        self._work = work
        self._is_wanted = self._is_running = False

    async def __call__(self) -> None:
        self._is_wanted = True
        if self._is_running:
            return
        self._is_running = True
        try:
            while self._is_wanted:
                self._is_wanted = False
                await self._work()
        finally:
            self._is_running = False


async def _handle_waiting() -> None:
    customers = iter(await _apart(waiting_customers)())
    await asyncio.gather(*(_handle_some(customers) for _ in range(_AT_ONCE)))


async def _handle_some(customers: Iterator[str]) -> None:
    """Until Stripe does not answer; whatever else fails of one customer's keeps no other waiting."""
    for customer in customers:
        try:
            await _apart(handle_customer)(customer, datetime.now(UTC))
        except GatewayUnavailable:
            return
        except Exception:
            log.exception("billing.event_failed", customer=customer)


_handling = _OneAtATime(_handle_waiting)


def defer_handling() -> None:
    """In the caller's transaction. A job that waits already will read at Stripe later than now."""
    with suppress(AlreadyEnqueued), transaction.atomic(SHARED):
        handle_events.configure(queueing_lock="handle_events").defer()


@app.task(pass_context=False)
async def handle_events() -> None:
    """What fails stays where it is, for ``handle_waiting``."""
    await _handling()


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="handle_waiting", pass_context=False)
async def handle_waiting(timestamp: int) -> None:
    """Every minute: the events that were not handled when they came."""
    if has_stripe():
        await _handling()


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="entitle_by_clock", pass_context=False)
async def entitle_by_clock(timestamp: int) -> None:
    """Every minute: what the days of dunning and the ends of grants change."""
    await database_sync_to_async(entitle_due)(datetime.now(UTC))


@app.periodic(cron="37 * * * *")
@app.task(queueing_lock="reconcile_customers", pass_context=False)
async def reconcile_customers(timestamp: int) -> None:
    """Every hour, until Stripe does not answer."""
    await database_sync_to_async(entitle_granted)(datetime.now(UTC))
    if has_stripe():
        with suppress(ParleyError):
            for customer in await _apart(customers_of)(None):
                await _apart(reconcile_customer)(customer, datetime.now(UTC))


@app.periodic(cron="*/5 * * * *")
@app.task(queueing_lock="meter_usage", pass_context=False)
async def meter_usage(timestamp: int) -> None:
    """Every five minutes: what final hours added goes to Stripe. It is noted every half hour, some minutes after it was
    counted; what Stripe has refused is tried again once an hour."""
    if has_stripe():
        now = datetime.now(UTC)
        if now.minute % 30 < 5:
            await _apart(note_meter_events)(now)
        await _apart(send_meter_events)(now, refused_too=now.minute < 5)


@app.periodic(cron="7-59/10 * * * *")
@app.task(queueing_lock="tell_owners", pass_context=False)
async def tell_owners(timestamp: int) -> None:
    """Every ten minutes, after usage was counted: mails to owners."""
    await _apart(send_notices)(datetime.now(UTC))
