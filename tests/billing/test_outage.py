"""Stripe hangs: people write, events are taken, other jobs are done, and whoever asks for Stripe is told so at once."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connections
from procrastinate.contrib.django import app

from billing.gateway_stripe import GatewayUnavailable, gateway
from billing.models import StripeEvent
from tenants.routers import SHARED
from tests.billing.shop import SECRET, Shop
from tests.support.cast import Tenancy
from tests.support.http import Client, as_user
from tests.support.plugin import ROOT
from tests.support.server import LiveServer
from tests.support.stripe import KEY, StripeStandIn

_PATIENCE = 30.0


@contextmanager
def worker(log: Path, **env: str) -> Iterator[None]:
    with log.open("wb") as told:
        running = subprocess.Popen(
            [sys.executable, "manage.py", "worker"], cwd=ROOT, env={**os.environ, **env}, stderr=told
        )
    try:
        yield
    finally:
        running.kill()
        running.wait()


def is_done(job: int) -> bool:
    """The worker deletes what went well."""
    with connections[SHARED].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE id = %s", [job])
        return cursor.fetchone() == (0,)


def eventually(happened: Callable[[], bool]) -> None:
    until = time.monotonic() + _PATIENCE
    while not happened():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_while_stripe_hangs_people_write_events_are_taken_and_other_jobs_are_done(
    shop: Shop, acme: Tenancy, globex: Tenancy, serve: Callable[..., LiveServer], tmp_path: Path
) -> None:
    env = {"STRIPE_SECRET_KEY": KEY, "STRIPE_API_BASE": shop.stand_in.url, "STRIPE_WEBHOOK_SECRET": SECRET}
    server = serve(**env)
    for tenancy in (acme, globex):
        shop.wish(tenancy)
        shop.stand_in.pay(shop.customer(tenancy).checkout_id)
    completed = [event for event in shop.stand_in.events if event["type"] == "checkout.session.completed"][-2:]
    mine = StripeEvent.objects.filter(pk__in=[event["id"] for event in completed])
    shop.stand_in.slowly(30)
    public = Client(server, "localhost")
    for event in completed * 2:
        body, signature = StripeStandIn.signed(event, SECRET)
        told = public.ask("POST", "/billing/webhook", body=body, **{"Stripe-Signature": signature})
        assert told.status == 200
    before = shop.asked
    with worker(tmp_path / "worker.log", **env):
        eventually(lambda: shop.asked > before)
        other = app.configure_task("console.tasks.mail_owner").defer(tenant_id=0, account_id="")
        eventually(lambda: is_done(other))
        assert as_user(server, acme, "ann").post("/api/v1/rooms/general/messages", {"text": "hi"}).status == 201
        assert [event.handled_at for event in mine] == [None, None]
        shop.stand_in.slowly(0)
        eventually(lambda: shop.row(acme).plan == shop.row(globex).plan == "pro")
    assert all(event.handled_at for event in mine.all())


def test_only_some_threads_of_a_process_wait_for_stripe(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("billing.gateway_stripe._ANSWER_SECONDS", 0.3)
    monkeypatch.setattr("stripe.HTTPClient.INITIAL_DELAY", 0.01)
    shop.stand_in.slowly(5)
    told: list[bool] = []

    def ask() -> None:
        try:
            gateway(0.5).customer("cus_anybody")
        except GatewayUnavailable:
            told.append(True)

    threads = [threading.Thread(target=ask) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    shop.stand_in.slowly(0)
    assert len(told) == len(threads)
