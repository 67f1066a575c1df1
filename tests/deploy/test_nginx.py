"""Parley behind nginx, as on one machine: deploy/nginx, two workers, workers replaced under load."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import signal
import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import websockets

from tenants.models import Domain
from tests.faults.record import Record, conversation, eventually
from tests.faults.stage import Stage, StageTenant, raised
from tests.support.cast import Tenancy
from tests.support.nginx import NGINX, Nginx
from tests.support.proving import noted_times
from tests.support.server import LiveServer
from tests.support.serving import Serving

pytestmark = pytest.mark.skipif(NGINX is None, reason="there is no nginx here to put in front")

DOMAIN = "parley.test"  # a wildcard of one label is no certificate's
RESTARTS = 20 if os.environ.get("PARLEY_PROVE") else 2


@pytest.fixture(scope="module")
def parley(tmp_path_factory: pytest.TempPathFactory, database: None) -> Iterator[LiveServer]:
    log = tmp_path_factory.mktemp("behind") / "serve.log"
    server = LiveServer(log, "--workers", "2", TRUSTED_PROXIES="127.0.0.1", SECURE="true", BASE_DOMAIN=DOMAIN).start()
    yield server
    server.kill()


@pytest.fixture(scope="module")
def nginx(tmp_path_factory: pytest.TempPathFactory, parley: LiveServer) -> Iterator[Nginx]:
    nginx = Nginx(tmp_path_factory.mktemp("nginx"), DOMAIN, parley.port).start()
    yield nginx
    nginx.stop()


def host(tenancy: Tenancy) -> str:
    return f"{tenancy.record.slug}.{DOMAIN}"


def get(nginx: Nginx, name: str, path: str, trusted: str = DOMAIN, **headers: str) -> tuple[int, bytes]:
    """Over TLS, with the name in the handshake as browsers have it."""
    with (
        socket.create_connection(("127.0.0.1", nginx.tls_port), timeout=20) as plain,
        nginx.trust(trusted).wrap_socket(plain, server_hostname=name) as secure,
    ):
        lines = [f"GET {path} HTTP/1.1", f"Host: {name}", "Connection: close"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        secure.sendall("\r\n".join([*lines, "", ""]).encode())
        response = http.client.HTTPResponse(secure)
        response.begin()
        return response.status, response.read()


async def chat(nginx: Nginx, tenancy: Tenancy, name: str, trusted: str, text: str) -> dict[str, object]:
    """Say ``text`` over wss and hear it."""
    async with websockets.connect(
        f"wss://{name}:{nginx.tls_port}/ws/v1",
        host="127.0.0.1",
        ssl=nginx.trust(trusted),
        subprotocols=["parley.v1", f"bearer.{tenancy.token('ann')}"],
    ) as ws:
        assert json.loads(await ws.recv())["type"] == "hello"
        await ws.send(json.dumps({"type": "room.subscribe", "ref": 1, "room": "general"}))
        await ws.send(json.dumps({"type": "message.send", "ref": 2, "room": "general", "text": text}))
        while (frame := json.loads(await ws.recv()))["type"] != "message.created":
            pass
        return frame["message"]


async def test_two_tenants_chat_over_wss_each_on_its_host(nginx: Nginx, acme: Tenancy, globex: Tenancy) -> None:
    for tenancy in (acme, globex):
        assert (await chat(nginx, tenancy, host(tenancy), DOMAIN, "Through nginx"))["text"] == "Through nginx"
    status, body = get(nginx, host(acme), "/sign-in")
    assert (status, b"<form" in body) == (200, True)


async def test_a_tenants_own_domain_is_served_from_when_its_certificate_is_there(nginx: Nginx, acme: Tenancy) -> None:
    name = "chat.acme.example"
    await Domain.objects.acreate(tenant_id=acme.record.id, domain=name, verified_at="2026-01-01T00:00Z")
    with pytest.raises((ssl.SSLError, ConnectionError)):
        await chat(nginx, acme, name, DOMAIN, "Too early")
    nginx.add_certificate(name)
    assert (await chat(nginx, acme, name, name, "At home"))["text"] == "At home"
    assert get(nginx, name, "/metrics", trusted=name)[0] == 404


def test_plain_http_is_sent_to_https_and_answers_acme_challenges(nginx: Nginx) -> None:
    place = nginx.folder / "acme" / ".well-known" / "acme-challenge"
    place.mkdir(parents=True)
    (place / "token").write_text("token.thumbprint")
    asked = http.client.HTTPConnection("127.0.0.1", nginx.redirect_port, timeout=20)
    asked.request("GET", "/.well-known/acme-challenge/token", headers={"Host": "chat.acme.example"})
    assert asked.getresponse().read() == b"token.thumbprint"
    asked.request("GET", "/rooms/general?x=1", headers={"Host": "acme.localhost"})
    answer = asked.getresponse()
    assert (answer.status, answer.headers["Location"]) == (308, "https://acme.localhost/rooms/general?x=1")


def test_a_program_that_speaks_plain_http_is_refused_and_not_sent_on(nginx: Nginx) -> None:
    """Sent on, it would go on sending its key in the clear and never notice."""
    asked = http.client.HTTPConnection("127.0.0.1", nginx.redirect_port, timeout=20)
    for path in ("/api/v1/rooms", "/ws/v1", "/hooks/in_1/x", "/operators/api/v1/tenants", "/files/x"):
        asked.request("GET", path, headers={"Host": "acme.localhost"})
        answer = asked.getresponse()
        assert (answer.status, answer.read()) == (403, b"Use https.\n"), path


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1")
def test_old_and_weak_tls_is_not_spoken(nginx: Nginx) -> None:
    old, weak = (ssl.TLSVersion.TLSv1_1, "ALL:@SECLEVEL=0"), (ssl.TLSVersion.TLSv1_2, "ECDHE+AES:!AESGCM")
    for version, ciphers in (old, weak):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.minimum_version = context.maximum_version = version
        context.set_ciphers(ciphers)
        with socket.create_connection(("127.0.0.1", nginx.tls_port), 20) as connection, pytest.raises(ssl.SSLError):
            context.wrap_socket(connection, server_hostname="acme.localhost")


def test_what_clients_say_of_their_address_reaches_nobody(nginx: Nginx, parley: LiveServer, acme: Tenancy) -> None:
    """nginx's own word replaces it, and Parley takes nginx's."""
    parley.news()
    get(nginx, host(acme), "/sign-in", X_Forwarded_For="6.6.6.6", X_Forwarded_Proto="gopher", Forwarded="for=6.6.6.6")
    assert "6.6.6.6" not in parley.news() + nginx.log(until=host(acme))


def test_tokens_in_addresses_are_in_no_log(nginx: Nginx, acme: Tenancy) -> None:
    get(nginx, host(acme), "/rooms/general?token=canary-in-the-query")
    assert "canary" not in nginx.log(until="/rooms/general")


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with raised(tmp_path) as stage:
        yield stage


async def test_workers_are_replaced_under_load_and_nobody_notices_but_by_1012(
    stage: Stage, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """No connect is refused, no message lost or doubled. For how long each was away is noted; what is wanted is 5 s at
    the 99th percentile of twenty restarts (``PARLEY_PROVE=1``)."""
    server = stage.serve(serving=Serving("daphne", 2), TRUSTED_PROXIES="127.0.0.1")
    (tmp_path / "nginx").mkdir()
    nginx = Nginx(tmp_path / "nginx", "localhost", server.port).start()
    tenant: StageTenant = stage.tenant()
    record = Record(tenant)
    try:
        async with conversation(record, senders=[[nginx]] * 6, subscribers=[[nginx]] * 10):  # type: ignore[list-item]
            for done in range(1, RESTARTS + 1):
                before = record.acks
                os.kill(server.pid, signal.SIGHUP)
                await eventually(lambda done=done: all(len(s.closes) >= done for s in record.subscribers), 40)
                await eventually(lambda before=before: record.acks >= before + 100, 40)
        await record.check(nginx)  # type: ignore[arg-type]
        assert all(set(subscriber.closes) == {1012} for subscriber in record.subscribers)
        assert "Connection refused" not in nginx.errors()
        assert len(record.returns) >= RESTARTS * len(record.subscribers)  # some come to a worker yet to be replaced
        noted_times(record_property, "seconds away", record.returns)
    finally:
        await asyncio.to_thread(nginx.stop)
