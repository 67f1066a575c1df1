"""Host -> tenant over real HTTP and WebSocket: one door, and it stays shut for whatever it does not know."""

from __future__ import annotations

import secrets
from functools import partial

import pytest
import websockets
from asgiref.sync import sync_to_async
from django.utils import timezone

from tenants import lifecycle
from tenants.models import Domain, Membership
from tests.support.cast import Tenancy, make_tenant
from tests.support.http import Answer, Client, as_server, as_user, once_refused, signed_in
from tests.support.raw import get, handshake
from tests.support.server import LiveServer
from tests.support.sockets import open_socket

# Each is sent as it stands; {acme} is a tenant's host that resolves.
STRANGE_HOSTS = [
    "nobody.localhost",
    "{acme}.evil",
    "evil-{acme}",
    "evil.{acme}",
    "a.b.{acme}",
    "{acme}:8000:9",
    "{acme}:x",
    "{acme}:",
    "{acme}:-1",
    "{acme}..",
    "{acme} x",
    "{acme},{acme}",
    "{acme}/",
    "{acme}#",
    "{acme}@evil.test",
    "evil.test@{acme}",
    "{acme}%00",
    "%00{acme}",
    "*.localhost",
    "*",
    ".{acme}",
    "-{acme}",
    "_{acme}",
    "ac_me.localhost",
    "xn--80ak6aa92e.localhost",
    "xn--.localhost",
    "127.0.0.1",
    "127.0.0.1:8000",
    "[::1]",
    "[::1]:8000",
    "::1",
    "0",
    "x" * 300,
    f"{'x.' * 130}localhost",
    "' OR 1=1 --",
    "localhost.evil.test",
    "evillocalhost",
]


@pytest.fixture(scope="module")
def known(database: None) -> Tenancy:
    """A tenant that stays as it is."""
    return make_tenant("known")


def is_bare_404(answer: Answer) -> bool:
    return answer.status == 404 and answer.body == b"" and "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("host", STRANGE_HOSTS)
def test_an_unknown_or_malformed_host_gets_a_bare_404(live: LiveServer, known: Tenancy, host: str) -> None:
    line = f"Host: {host.format(acme=known.host)}".encode()
    for path in (b"/", b"/api/v1/rooms", b"/assets/now/hosted/page.css", b"/admin/", b"/operators/", b"/ws/v1"):
        assert is_bare_404(get(live, line, path=path)), path


@pytest.mark.parametrize("host", STRANGE_HOSTS)
def test_an_unknown_or_malformed_host_gets_no_socket(live: LiveServer, known: Tenancy, host: str) -> None:
    token = known.token("u1").encode()
    line = f"Host: {host.format(acme=known.host)}".encode()
    answer = handshake(live, line, path=b"/ws/v1?token=" + token)
    assert answer.status in (400, 404)  # 400: the WebSocket library reads the port first
    assert answer.body == b""


@pytest.mark.parametrize(
    "lines",
    [
        (),
        (b"Host:",),
        (b"Host: ",),
        (b"Host: {acme}", b"Host: {acme}"),
        (b"Host: {acme}", b"Host: {globex}"),
        (b"Host: nobody.localhost", b"X-Forwarded-Host: {acme}"),
        (b"Host: nobody.localhost", b"Forwarded: host={acme}"),
        (b"Host: nobody.localhost", b"X-Host: {acme}"),
        (b"X-Forwarded-Host: {acme}",),
        ("Host: acmé.localhost".encode(),),
        (b"Host: \xff\xfe.localhost",),
    ],
)
def test_a_missing_doubled_or_forged_host_reaches_nobody(
    live: LiveServer, known: Tenancy, globex: Tenancy, lines: tuple[bytes, ...]
) -> None:
    named = [line.replace(b"{acme}", known.host.encode()).replace(b"{globex}", globex.host.encode()) for line in lines]
    token = known.token("u1").encode()
    for answer in (
        get(live, *named, path=b"/sign-in"),
        handshake(live, *named, path=b"/ws/v1?token=" + token),
    ):
        assert answer.status in (400, 404)
        assert known.record.name.encode() not in answer.body
        assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("shape", ["{}", "{}:80", "{}:65535", "{}.", "{}.:8000"])
@pytest.mark.parametrize("case", [str.lower, str.upper, str.title])
def test_case_port_and_the_roots_dot_do_not_matter(live: LiveServer, known: Tenancy, shape: str, case: object) -> None:
    host = case(shape.format(known.host))  # type: ignore[operator]
    client = Client(live, known.host, {"Authorization": f"Bearer {known.api_key}", "Host": host})
    assert client.get("/api/v1/rooms").status == 200


def test_headers_that_would_make_another_request_of_it_mean_nothing(live: LiveServer, acme: Tenancy) -> None:
    server = as_server(live, acme)
    for name, value in (
        ("X-HTTP-Method-Override", "DELETE"),
        ("X-Method-Override", "DELETE"),
        ("X-Original-URL", "/api/v1/rooms"),
        ("X-Rewrite-URL", "/api/v1/rooms"),
        ("X-Forwarded-Prefix", "/operators"),
        ("X-Forwarded-User", "root"),
        ("X-Remote-User", "root"),
    ):
        assert server.get("/api/v1/rooms/general", **{name: value}).json["id"] == "general", name
        assert Client(live, acme.host).get("/api/v1/rooms/general", **{name: value}).code == "token_missing", name


async def test_an_upper_case_host_with_a_dot_opens_a_socket(live: LiveServer, acme: Tenancy) -> None:
    protocols = ["parley.v1", f"bearer.{acme.token('u1')}"]
    async with open_socket(live, f"{acme.host.upper()}.", subprotocols=protocols) as socket:
        assert '"hello"' in await socket.recv()


def test_the_public_host_is_no_tenants(live: LiveServer, acme: Tenancy) -> None:
    for host in ("localhost", "LOCALHOST.", "localhost:1"):
        public = Client(live, "localhost", {"Host": host, "Authorization": f"Bearer {acme.api_key}"})
        assert public.get("/").status == 200
        assert public.get("/api/v1/rooms").status == 404
        assert public.get("/invitation/x/y").status == 404


async def test_the_public_host_has_no_socket(live: LiveServer, acme: Tenancy) -> None:
    with pytest.raises(websockets.InvalidStatus) as refusal:
        async with open_socket(live, "localhost", subprotocols=["parley.v1", f"bearer.{acme.token('u1')}"]):
            pass
    assert refusal.value.response.status_code == 404


def test_a_tenants_host_has_no_public_pages(live: LiveServer, acme: Tenancy) -> None:
    assert Client(live, acme.host).get("/operators/").status == 404


def test_a_verified_domain_serves_and_an_unverified_one_does_not(live: LiveServer, acme: Tenancy) -> None:
    verified, unverified = (f"{secrets.token_hex(4)}.example.test" for _ in range(2))
    Domain.objects.create(tenant=acme.made.tenant, domain=verified, is_primary=True, verified_at=timezone.now())
    Domain.objects.create(tenant=acme.made.tenant, domain=unverified, is_primary=False)
    header = {"Authorization": f"Bearer {acme.api_key}"}
    assert Client(live, verified, header).get("/api/v1/rooms").status == 200
    assert Client(live, unverified, header).get("/api/v1/rooms").status == 404
    assert Client(live, f"sub.{verified}", header).get("/api/v1/rooms").status == 404


def test_health_answers_on_every_host(live: LiveServer, acme: Tenancy) -> None:
    suspended = make_tenant("suspended")
    lifecycle.suspend(suspended.slug)
    for host in ("localhost", acme.host, suspended.host, "nobody.localhost", "127.0.0.1", "[::1]", "a b", ""):
        for path in (b"/health/live", b"/health/ready"):
            answer = get(live, f"Host: {host}".encode(), path=path)
            assert answer.status == 200, host
            assert "Set-Cookie" not in answer.headers


# Suspended and deleted


def assert_suspended(answer: Answer) -> None:
    assert answer.status == 403
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Set-Cookie"] is None
    body = answer.json
    assert body.pop("request_id").startswith("req_")
    assert body == {
        "type": "/api/docs/errors#tenant_suspended",
        "title": "This organisation is suspended",
        "status": 403,
        "detail": "This organisation is suspended",
        "code": "tenant_suspended",
        "errors": [],
        "retryable": False,
    }


def test_a_suspended_tenant_gets_the_documented_problem_everywhere(live: LiveServer, acme: Tenancy) -> None:
    lifecycle.suspend(acme.slug, "unpaid, and nobody's business")
    for path in ("/", "/sign-in", "/api/v1/rooms", "/nowhere", "/assets/now/hosted/page.css"):
        assert_suspended(once_refused(partial(as_user(live, acme, "u1").get, path)))


async def test_a_suspended_tenants_handshake_is_refused(live: LiveServer, acme: Tenancy) -> None:
    await sync_to_async(lifecycle.suspend)(acme.slug)
    with pytest.raises(websockets.InvalidStatus) as refusal:
        async with open_socket(live, acme.host, subprotocols=["parley.v1", f"bearer.{acme.token('u1')}"]):
            pass
    answer = refusal.value.response
    assert answer.status_code == 403
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert b'"tenant_suspended"' in answer.body


def test_a_deleted_tenants_host_is_unknown_at_once(live: LiveServer, acme: Tenancy) -> None:
    domain = f"{secrets.token_hex(4)}.example.test"
    Domain.objects.create(tenant=acme.made.tenant, domain=domain, verified_at=timezone.now())
    lifecycle.request_deletion(acme.slug)
    for host in (acme.host, domain):
        assert is_bare_404(get(live, f"Host: {host}".encode()))


# Another tenant's credentials


def test_a_cookie_of_one_tenant_is_nobody_on_anothers_host(live: LiveServer, acme: Tenancy, globex: Tenancy) -> None:
    account = acme.account("ann")
    at_acme = signed_in(live, acme, account.email)
    assert at_acme.get("/api/v1/rooms").status == 200
    at_globex = Client(live, globex.host, cookies=dict(at_acme.cookies))
    assert at_globex.get("/api/v1/rooms").code == "token_missing"
    assert at_globex.get("/").status == 302
    assert at_acme.get("/api/v1/rooms").status == 200, "the attempt did not end the session"


def test_a_member_of_both_signs_in_to_each(live: LiveServer, acme: Tenancy, globex: Tenancy) -> None:
    """A cookie carried over by hand stays nobody's, even where its account has a place."""
    account = acme.account("ann")
    Membership.objects.create(account=account, tenant=globex.made.tenant, role="agent")
    cookies = signed_in(live, acme, account.email).cookies
    assert Client(live, globex.host, cookies=dict(cookies)).get("/api/v1/rooms").code == "token_missing"
    assert signed_in(live, globex, account.email).get("/api/v1/rooms").status == 200


@pytest.mark.parametrize("credential", ["token", "api_key"])
def test_a_bearer_of_one_tenant_is_refused_by_another(
    live: LiveServer, acme: Tenancy, globex: Tenancy, credential: str
) -> None:
    bearer = acme.api_key if credential == "api_key" else acme.token("u1")
    answer = Client(live, globex.host, {"Authorization": f"Bearer {bearer}"}).get("/api/v1/rooms")
    assert (answer.status, answer.code) == (401, "token_invalid")
