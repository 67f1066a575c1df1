"""The bounds hold where TLS lies between a WebSocket and its TCP connection."""

import asyncio
import datetime
import ssl

import pytest
import websockets
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A file with a key and a certificate for nobody."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + datetime.timedelta(days=1))
    form = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, *form)
        + builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture
async def secure(start, certificate):
    return await start("daphne", environment={"CERTIFICATE": str(certificate)})


def trusting():
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


async def test_the_outlets_frames_arrive(secure):
    async with websockets.connect(secure.url("/outlet", "wss"), ssl=trusting()) as socket:
        await socket.recv()
        await socket.send("three")
        assert [await socket.recv() for _ in range(3)] == ["one", "two", "three"]
        await socket.send("size 500000")
        assert await socket.recv() == "x" * 500_000


async def test_the_scheme_is_wss(secure):
    options = {"ssl": trusting(), "subprotocols": ["parley.v1"]}
    async with websockets.connect(secure.url("/scope", "wss"), **options) as socket:
        assert '"scheme": "wss"' in await socket.recv()


async def test_a_reader_that_stops_is_cut_with_4408(secure):
    before = secure.memory
    _, writer = await asyncio.open_connection("127.0.0.1", secure.port, ssl=trusting(), limit=1024)
    writer.write(
        b"GET /outlet-pour HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    note = await secure.note("disconnect")
    assert note["disconnect"] == 4408
    assert note["most"] < 2 << 20
    assert secure.memory - before < 16 << 20
    writer.transport.abort()


async def test_a_long_replay_at_the_readers_pace_is_not_cut(secure):
    async with websockets.connect(secure.url("/outlet-replay", "wss"), ssl=trusting()) as socket:
        for _ in range(2400):
            await socket.recv()
        assert await socket.recv() == "end"
