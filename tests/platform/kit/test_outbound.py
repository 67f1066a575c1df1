"""Requests to servers that guests name: what is called, what never is, and how little an answer can do."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from kit.outbound import OutboundFailed, OutboundPolicy, OutboundRefused, check_url, is_public, request
from tests.support.receiver import Heard, Reply, receiver

LOOPBACK = OutboundPolicy(allow=frozenset({"127.0.0.1"}))


class Names:
    """A name server of our own; each look-up is counted. Several answers are given one after the other."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    @property
    def policy(self) -> OutboundPolicy:
        return OutboundPolicy(resolve=self.resolve)


NOT_PUBLIC = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
    "::ffff:8.8.8.8",
    "64:ff9b::7f00:1",
    "64:ff9b::808:808",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
]
PUBLIC = ["1.1.1.1", "8.8.8.8", "100.63.255.255", "172.32.0.1", "2606:4700:4700::1111", "2a00:1450:4001::1"]


def test_only_public_addresses_are_public() -> None:
    assert [address for address in NOT_PUBLIC if is_public(address)] == []
    assert [address for address in PUBLIC if not is_public(address)] == []


REFUSED_URLS = {
    "no scheme": "hooks.example.com/x",
    "plain http": "http://hooks.example.com/",
    "ftp": "ftp://hooks.example.com/",
    "file": "file:///etc/passwd",
    "gopher": "gopher://hooks.example.com/",
    "javascript": "javascript:alert(1)",
    "no host": "https:///x",
    "empty": "",
    "credentials": "https://user:secret@hooks.example.com/",
    "a user": "https://user@hooks.example.com/",
    "a privileged port": "https://hooks.example.com:22/",
    "port 80": "https://hooks.example.com:80/",
    "a port that is none": "https://hooks.example.com:99999/",
    "localhost": "https://localhost/",
    "localhost with a dot": "https://localhost./",
    "a bare name": "https://postgres/",
    "loopback": "https://127.0.0.1/",
    "loopback with a dot": "https://127.0.0.1./",
    "loopback in decimal": "https://2130706433/",
    "loopback in octal": "https://0177.0.0.1/",
    "loopback in hexadecimal": "https://0x7f000001/",
    "loopback in mixed hexadecimal": "https://0x7f.0.0.1/",
    "loopback cut short": "https://127.1/",
    "loopback in full-width digits": "https://１２７.０.０.１/",
    "nothing": "https://0/",
    "metadata": "https://169.254.169.254/latest/meta-data/",
    "loopback in IPv6": "https://[::1]/",
    "mapped loopback": "https://[::ffff:127.0.0.1]/",
    "a link-local address": "https://[fe80::1]/",
    "a zone that is no ASCII": "https://[fe80::1%é]/",
    "a line end": "https://hooks.example.com/\r\nX: y",
    "a space in the host": "https://hooks .example.com/",
}


@pytest.mark.parametrize("url", REFUSED_URLS.values(), ids=REFUSED_URLS)
async def test_a_url_that_cannot_be_meant_well_is_refused_and_looked_up_by_nobody(url: str) -> None:
    names = Names(["8.8.8.8"])
    with pytest.raises(OutboundRefused) as refused:
        await request("POST", url, policy=names.policy)
    assert names.asked == []
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example.com",
        "https://hooks.example.com:8443/x?y=z",
        "https://münchen.example/",
        "https://8.8.8.8/",
    ],
)
def test_a_public_url_passes(url: str) -> None:
    check_url(url, OutboundPolicy())


@pytest.mark.parametrize("address", [address for address in NOT_PUBLIC if "%" not in address])
async def test_a_name_that_leads_inside_is_refused(address: str) -> None:
    for answer in ([address], ["8.8.8.8", address]):
        with pytest.raises(OutboundRefused):
            await request("POST", "https://hooks.example.com/", policy=Names(answer).policy)


async def test_a_name_is_resolved_once_and_its_address_is_what_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second answer leads inside: whoever asked again would go there."""
    called: list[str] = []
    names = Names(["192.0.2.200"], ["127.0.0.1"])
    monkeypatch.setattr("kit.outbound.is_public", lambda address: address == "192.0.2.200")

    async def connect(remote_host: str, **_: object) -> None:
        called.append(remote_host)
        raise OSError

    monkeypatch.setattr("anyio.connect_tcp", connect)
    with pytest.raises(OutboundFailed, match="no connection"):
        await request("POST", "https://hooks.example.com/", policy=names.policy)
    assert called == ["192.0.2.200"]
    assert names.asked == ["hooks.example.com"]


async def test_a_host_that_is_allowed_is_called_wherever_it_is() -> None:
    async with receiver() as server:
        server.always(201, b"thanks", **{"X-Colour": "red"})
        answer = await request("POST", f"{server.url}?a=b#c", policy=LOOPBACK, headers={"x-one": "1"}, body=b"hello")
    [heard] = server.heard
    assert (heard.method, heard.path, heard.body) == ("POST", "/events?a=b", b"hello")
    assert (heard.headers["x-one"], heard.headers["host"]) == ("1", f"127.0.0.1:{server.port}")
    assert (answer.status, answer.body, answer.headers["x-colour"], answer.cut) == (201, b"thanks", "red", False)
    with pytest.raises(OutboundRefused):
        await request("POST", server.url.replace("127.0.0.1", "127.0.0.2"), policy=LOOPBACK)


async def test_a_redirect_is_an_answer_like_any_other() -> None:
    async with receiver() as inside, receiver() as server:
        server.always(302, Location=inside.url)
        assert (await request("POST", server.url, policy=LOOPBACK)).status == 302
        assert inside.heard == []


async def test_the_environments_proxies_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async with receiver() as proxy, receiver() as server:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert (await request("GET", server.url, policy=LOOPBACK)).status == 200
        assert (len(proxy.heard), len(server.heard)) == (0, 1)


async def test_an_answer_is_read_up_to_its_bound_and_never_unpacked() -> None:
    async with receiver() as server:
        server.always(200, b"x" * 100_000, **{"Content-Encoding": "gzip"})
        answer = await request("GET", server.url, policy=LOOPBACK, most_bytes=1_000)
    assert (answer.body, answer.cut) == (b"x" * 1_000, True)
    assert server.heard[0].headers["accept-encoding"] == "identity"


async def test_whoever_dawdles_is_not_waited_for() -> None:
    async def drip(heard: Heard) -> Reply:
        await asyncio.sleep(5)
        return Reply()

    async with receiver() as server:
        server.behaviour = drip
        began = asyncio.get_running_loop().time()
        with pytest.raises(OutboundFailed, match=r"no answer within 0\.1 s"):
            await request("GET", server.url, policy=LOOPBACK, timeout=0.1)
        assert asyncio.get_running_loop().time() - began < 2


async def test_what_goes_wrong_is_said_without_addresses() -> None:
    async with receiver() as server:
        server.down = True
        with pytest.raises(OutboundFailed, match="the exchange broke off"):
            await request("GET", server.url, policy=LOOPBACK)
        gone = server.url
    with pytest.raises(OutboundFailed, match="no connection"):
        await request("GET", gone, policy=LOOPBACK)
    long_label = "a" * 64
    for host in ("nowhere.invalid", f"{long_label}.invalid"):
        with pytest.raises((OutboundFailed, OutboundRefused)):
            await request("GET", f"https://{host}/", policy=OutboundPolicy())


async def test_the_certificate_has_to_be_the_names_though_the_address_is_called(tmp_path: Path) -> None:
    server_side, client_side = _certified("hooks.example.com", tmp_path)
    names = Names(["127.0.0.1"])
    allowed = frozenset({"hooks.example.com", "other.example.com"})
    policy = OutboundPolicy(allow=allowed, resolve=names.resolve, tls=client_side)
    async with receiver(server_side) as server:
        url = f"https://hooks.example.com:{server.port}/"
        assert (await request("POST", url, policy=policy)).status == 200
        assert server.heard[0].headers["host"] == f"hooks.example.com:{server.port}"
        for other_url, other_policy in (
            (url.replace("hooks", "other"), policy),
            (url, OutboundPolicy(allow=allowed, resolve=names.resolve)),
        ):
            with pytest.raises(OutboundFailed, match="its certificate is not valid"):
                await request("POST", other_url, policy=other_policy)
        assert len(server.heard) == 1


def _certified(name: str, folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's context with a certificate for ``name``, and a client's that trusts nothing else."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "server.pem"
    pem.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(pem)
    return server, ssl.create_default_context(cadata=certificate.public_bytes(serialization.Encoding.PEM).decode())
