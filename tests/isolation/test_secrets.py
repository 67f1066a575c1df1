"""Secrets of every kind are put in, used and misused, while things fail; then all that others may read is searched:
a dump, Redis, the log, what a collector of spans and one of failures heard, and the answers."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

import pytest
import redis
from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth.hashers import make_password

from embedded.binaries import find_binaries
from embedded.owner import server_owner
from tenants.models import Role
from tests.platform.accounts import codes
from tests.support.cast import Tenancy
from tests.support.dump import dumped_rows
from tests.support.http import Answer, Client, as_server, as_user, with_session
from tests.support.raw import handshake
from tests.support.receiver import Receiver, receiver
from tests.support.server import LiveServer
from tests.support.tables import change

PASSWORD = "a-password-that-is-nowhere-to-be-read"
STRIPE_KEY = "sk_test_51canaryCanaryCanaryCanary"
STRIPE_SECRET = "whsec_canaryCanaryCanaryCanaryCanary"


@dataclass(frozen=True)
class Told:
    """All that somebody else may read, by where."""

    places: dict[str, str]
    answers: list[Answer]

    def where(self, secret: str) -> list[str]:
        """Where it stands, also as a part of an address."""
        shapes = {secret, quote(secret, safe="")}
        return [place for place, text in self.places.items() if any(shape in text for shape in shapes)]


@pytest.fixture
async def collectors() -> AsyncIterator[tuple[Receiver, Receiver]]:
    """Of spans, and of failures."""
    async with receiver() as spans, receiver() as failures:
        yield spans, failures


@pytest.fixture
async def secrets_and_told(
    serve: Callable[..., LiveServer], acme: Tenancy, collectors: tuple[Receiver, Receiver]
) -> tuple[dict[str, str], Told]:
    spans, failures = collectors
    watched = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{spans.port}",
        "OTEL_TRACES_SAMPLER": "always_on",
        "OTEL_BSP_SCHEDULE_DELAY": "100",
        "SENTRY_DSN": f"http://key@127.0.0.1:{failures.port}/1",
        "STRIPE_SECRET_KEY": STRIPE_KEY,
        "STRIPE_WEBHOOK_SECRET": STRIPE_SECRET,
    }
    server = await asyncio.to_thread(serve, **watched)
    planted, answers = await sync_to_async(_use_and_misuse)(server, acme)
    async with asyncio.timeout(20):
        while not (spans.heard and failures.heard):
            await asyncio.sleep(0.05)
    await asyncio.to_thread(server.stop)
    places = {
        "the dump of the tenant": await asyncio.to_thread(dumped_rows, acme.schema_name),
        "the dump of the platform": await asyncio.to_thread(_dump_of_the_platform),
        "Redis": "\n".join(_in_redis()),
        "the log": server.log(),
        "spans": "\n".join(heard.body.decode("latin-1") for heard in spans.heard),
        "failures": "\n".join(heard.body.decode("latin-1") for heard in failures.heard),
        "answers": "\n".join(answer.text for answer in answers),
    }
    return planted, Told(places, answers)


def _use_and_misuse(server: LiveServer, tenant: Tenancy) -> tuple[dict[str, str], list[Answer]]:
    account = tenant.account("olive", Role.OWNER)
    account.password = make_password(PASSWORD)
    account.save()
    recovery = codes.give_app(account)
    console, api = with_session(server, tenant, account), as_server(server, tenant)
    token = tenant.token("ann")
    made = api.post("/api/v1/webhooks", {"url": "http://127.0.0.1:9/events"}).json
    link = api.post("/api/v1/rooms/general/guest-links", {"name": "guests"}).json["url"]
    [signing_key] = tenant.record.signing_keys.values()
    planted = {
        "an API key": tenant.api_key,
        "a signing key": signing_key.verifier,
        "a password": PASSWORD,
        "a seed of codes": codes.SECRET,
        "a recovery code": recovery[0],
        "a session": console.cookies["sessionid"],
        "a user token": token,
        "a webhook's secret": made["secret"],
        "a guest link": urlsplit(link).path.rpartition("/")[2],
        "Stripe's key": STRIPE_KEY,
        "Stripe's webhook secret": STRIPE_SECRET,
        "SECRET_KEY": settings.SECRET_KEY,
        "ENCRYPTION_KEYS": settings.ENCRYPTION_KEYS[0],
        "the database's password": str(urlsplit(os.environ["DATABASE_URL"]).password),
    }
    return planted, list(_asked(server, tenant, console, api, planted))


def _asked(
    server: LiveServer, tenant: Tenancy, console: Client, api: Client, planted: dict[str, str]
) -> Iterator[Answer]:
    """First what works, then what is refused with a secret in every place, then what breaks."""
    ann, stranger = as_user(server, tenant, "ann"), Client(server, tenant.host)
    yield api.get("/api/v1/rooms")
    yield ann.post("/api/v1/rooms/general/messages", {"text": "hi"})
    yield console.get("/admin/")
    yield stranger.submit("/sign-in", email="olive@example.test", password=PASSWORD)
    yield server_answer(server, tenant, f"/ws/v1?token={planted['a user token']}")
    for secret in planted.values():
        yield stranger.get("/api/v1/rooms", Authorization=f"Bearer {secret}x")
        yield stranger.get("/api/v1/rooms", Cookie=f"sessionid={secret}x; csrftoken={secret}")
        yield stranger.get(f"/guest/{quote(secret, safe='')}x")
        yield stranger.get(f"/files/{quote(secret, safe='')}?token={quote(secret, safe='')}")
    change(tenant, "ALTER TABLE chat_room RENAME TO chat_gone")
    for somebody in (api, ann, console):
        broken = somebody.get("/api/v1/rooms")
        assert broken.status >= 500, broken.text
        yield broken
    yield console.get("/rooms/general")
    yield stranger.get(f"/guest/{planted['a guest link']}")
    yield api.post("/api/v1/rooms", {"name": "x", "topic": "y"}, **{"Idempotency-Key": "k1"})


def server_answer(server: LiveServer, tenant: Tenancy, path: str) -> Answer:
    """To a handshake that is no good for another reason than its token."""
    return handshake(server, f"Host: {tenant.host}".encode(), b"Sec-WebSocket-Protocol: none", path=path.encode())


def _dump_of_the_platform() -> str:
    program = find_binaries(server_owner()).postgres / "pg_dump"
    command = [program, "--data-only", "--schema=public", f"--dbname={os.environ['DATABASE_URL']}"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def _in_redis() -> Iterator[str]:
    with redis.from_url(os.environ["REDIS_URL"]) as client:
        for key in client.scan_iter(count=1_000):
            yield key.decode(errors="replace")
            yield (client.dump(key) or b"").decode("latin-1")


IN_THE_DUMP = {"a session"}
"""Django finds a session by its key; SECURITY.md says so."""


async def test_no_secret_can_be_read_where_others_read(secrets_and_told: tuple[dict[str, str], Told]) -> None:
    planted, told = secrets_and_told
    assert all(text for place, text in told.places.items() if place != "Redis"), "each place has something to say"
    assert "Internal" in told.places["answers"] or "internal" in told.places["answers"]
    found = {name: told.where(secret) for name, secret in planted.items()}
    expected = {name: ["the dump of the platform"] for name in IN_THE_DUMP}
    assert {name: places for name, places in found.items() if places} == expected
