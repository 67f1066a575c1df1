"""The stand-in as a process of its own, as `make run` has it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import stripe

from tests.support.plugin import ROOT


def test_it_tells_how_to_reach_it_and_goes_on_where_it_ended(tmp_path: Path) -> None:
    state = str(tmp_path / "stripe")
    hook = "http://127.0.0.1:9/billing/webhook"
    with _running("--state", state, "--webhook", hook) as first:
        made = _client(first).v1.customers.create({"email": "owner@acme.example"}).id
    with _running("--state", state, "--webhook", hook) as second:
        assert _client(second).v1.customers.retrieve(made).email == "owner@acme.example"
        assert len(_client(second).v1.webhook_endpoints.list().data) == 1
    assert first["STRIPE_WEBHOOK_SECRET"] == second["STRIPE_WEBHOOK_SECRET"]


@contextmanager
def _running(*arguments: str) -> Iterator[dict[str, str]]:
    """What it prints for the environment."""
    command = [sys.executable, "-m", "tests.support.stripe", *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        told: dict[str, str] = {}
        for line in process.stdout or ():
            if line == "Ready\n":
                break
            name, _, value = line.strip().partition("=")
            told[name] = value
        try:
            yield told
        finally:
            process.terminate()
            process.wait()


def _client(told: dict[str, str]) -> stripe.StripeClient:
    return stripe.StripeClient(told["STRIPE_SECRET_KEY"], base_addresses={"api": told["STRIPE_API_BASE"]})
