"""What a WebSocket's client sees of the protocol: handshake, frames, close codes."""

import json
import struct

import pytest
import websockets
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.platform.servers.wire import HANDSHAKE, Wire, masked


async def closed(socket):
    """The code and reason that the socket was closed with."""
    with pytest.raises(ConnectionClosed) as caught:
        await socket.recv()
    return caught.value.rcvd.code, caught.value.rcvd.reason


# Handshake


async def test_the_scope_has_what_the_client_asked_for(both):
    url = both.url("/scope?token=a%20b")
    async with websockets.connect(url, subprotocols=["bearer.x", "parley.v1"]) as socket:
        scope = json.loads(await socket.recv())
        assert socket.subprotocol == "parley.v1"
        assert socket.response.headers.get_all("x-one") == ["1", "2"]
    assert scope["path"] == "/scope"
    assert scope["query"] == "token=a%20b"
    assert scope["scheme"] == "ws"
    assert scope["client"] == "127.0.0.1"
    assert scope["subprotocols"] == ["bearer.x", "parley.v1"]


async def test_compression_is_not_offered(both):
    async with websockets.connect(both.url("/echo"), compression="deflate") as socket:
        assert "sec-websocket-extensions" not in socket.response.headers
        assert "server" not in socket.response.headers


async def test_a_client_cannot_set_root_path_nor_pass_headers_with_underscores(both):
    headers = {"Daphne-Root-Path": "/evil", "X_Forwarded_For": "1.2.3.4"}
    options = {"subprotocols": ["parley.v1"], "additional_headers": headers}
    async with websockets.connect(both.url("/scope"), **options) as socket:
        scope = json.loads(await socket.recv())
    assert scope["root_path"] == ""
    assert "x_forwarded_for" not in scope["headers"]


async def test_a_closed_handshake_is_403(both):
    with pytest.raises(InvalidStatus) as refusal:
        await websockets.connect(both.url("/refuse"))
    assert refusal.value.response.status_code == 403
    assert (await both.note("disconnect"))["disconnect"] == 1006


async def test_a_denied_handshake_has_the_applications_status_headers_and_body(both):
    with pytest.raises(InvalidStatus) as refusal:
        await websockets.connect(both.url("/refuse-with-body"))
    response = refusal.value.response
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"
    assert (await both.note("disconnect"))["disconnect"] == 1006


async def test_a_denials_length_is_that_of_its_body_whatever_the_application_says(both):
    with pytest.raises(InvalidStatus) as refusal:
        await websockets.connect(both.url("/refuse-with-body"))
    assert json.loads(refusal.value.response.body) == {"code": "unknown"}
    assert refusal.value.response.headers.get_all("content-length") == ["18"]


async def test_a_denial_cannot_smuggle_a_header(both):
    with pytest.raises(InvalidStatus) as refusal:
        await websockets.connect(both.url("/refuse-badly"))
    assert refusal.value.response.status_code == 500
    assert "set-cookie" not in refusal.value.response.headers


async def test_an_application_that_fails_before_accepting_is_500(both):
    with pytest.raises(InvalidStatus) as refusal:
        await websockets.connect(both.url("/raise-before"))
    assert refusal.value.response.status_code == 500


async def test_an_application_that_does_not_answer_is_told_that_the_client_left(both):
    wire = await Wire.open(both)
    wire.write(HANDSHAKE.format(path="/never-answer", more="").encode())
    await both.note("connecting")
    wire.close()
    assert (await both.note("disconnect"))["disconnect"] == 1006


async def test_frames_sent_before_the_answer_to_the_handshake_cannot_start_another_one(both):

    wire = await Wire.open(both)
    request = HANDSHAKE.format(path="/never-answer", more="").encode()
    wire.write(request)
    await both.note("connecting")
    wire.write(request)
    async with websockets.connect(both.url("/echo")) as other:
        await other.send("still there")
        assert await other.recv() == "still there"
    wire.close()
    await both.note("disconnect")
    assert [each for each in both.notes if "connecting" in each] == []


@pytest.mark.parametrize("missing", ["Sec-WebSocket-Key", "Sec-WebSocket-Version", "Connection"])
async def test_a_handshake_that_lacks_a_header_is_refused_and_nobody_else_suffers(both, missing):
    lines = HANDSHAKE.format(path="/echo", more="").split("\r\n")
    wire = await Wire.open(both)
    wire.write("\r\n".join(line for line in lines if not line.startswith(missing)).encode())
    response = await wire.until(b"\r\n")
    assert int(response.split()[1]) in {400, 404, 426, 500}
    async with websockets.connect(both.url("/echo")) as socket:
        await socket.send("hello")
        assert await socket.recv() == "hello"
    if both.kind == "daphne":  # uvicorn takes a request without "Connection: upgrade" for a plain one
        assert both.errors == ""


# Messages


async def test_text_and_binary_come_back_as_they_were(both):
    async with websockets.connect(both.url("/echo")) as socket:
        for message in ["häßlich ☃", "", b"\x00\xff", b"", "x" * 65536, "y" * 126]:
            await socket.send(message)
            assert await socket.recv() == message


async def test_fragments_arrive_as_one_message_and_control_frames_between_them_are_answered(both):
    wire = await Wire.connect(both, "/echo")
    wire.write(masked(b"one ", first=0x01) + masked(b"are you there", first=0x89))
    wire.write(masked(b"two ", first=0x00) + masked(b"", first=0x00) + masked(b"three", first=0x80))
    assert await wire.frame() == (0x8A, b"are you there")
    assert await wire.frame() == (0x81, b"one two three")


# Close codes


@pytest.mark.parametrize(
    ("frames", "code"),
    [
        (masked(b"x" * 65537), 1009),
        (masked(b"", length=1 << 40), 1009),
        (masked(b"x" * 40_000, first=0x01) + masked(b"x" * 40_000, first=0x80), 1009),
        (masked(b"\xff\xfe"), 1007),
        (masked(b"\xed\xa0\x80"), 1007),  # a surrogate
        (masked(b"ok \xc3", first=0x81), 1007),  # ends within a character
        (masked(b"ok", first=0x01) + masked(b"\xc3", first=0x80), 1007),  # so does this one, in fragments
        (b"\x81\x02hi", 1002),  # not masked
        (masked(b"hi", first=0xC1), 1002),  # a reserved bit, as for compression
        (masked(b"hi", first=0x83), 1002),  # a reserved opcode
        (masked(b"hi", first=0x80), 1002),  # a continuation of nothing
        (masked(b"x" * 126, first=0x89), 1002),  # a long ping
        (masked(b"x", first=0x09), 1002),  # a fragmented ping
        (masked(struct.pack("!H", 1005), first=0x88), 1002),  # a code that may not be sent
    ],
    ids=str,
)
async def test_a_broken_rule_is_answered_with_its_code(both, frames, code):
    wire = await Wire.connect(both, "/echo")
    wire.write(frames)
    assert await wire.close_code() == code
    wire.write(masked(struct.pack("!H", code), first=0x88))
    assert await wire.rest() == b""
    assert (await both.note("disconnect"))["disconnect"] == code


@pytest.mark.parametrize("broken", [masked(b"\xff"), masked(b"hi", first=0x83), masked(b"x" * 70_000)], ids=str)
async def test_after_a_broken_rule_the_answered_close_ends_the_connection_at_once(start, kind, broken):
    server = await start(kind, close_seconds=60)
    wire = await Wire.connect(server, "/echo")
    wire.write(broken)
    code = await wire.close_code()
    wire.write(masked(struct.pack("!H", code), first=0x88))
    assert await wire.rest() == b""


async def test_a_client_that_ignores_its_close_frame_is_dropped(start, kind):
    server = await start(kind, close_seconds=0.5)
    wire = await Wire.connect(server, "/echo")
    wire.write(masked(b"\xff"))
    assert await wire.close_code() == 1007
    assert await wire.rest() == b""


@pytest.mark.parametrize(("code", "reason"), [(4400, "bad frame"), (4403, ""), (1000, "bye"), (1013, "é" * 61)])
async def test_the_application_closes_with_any_code_and_reason(both, code, reason):
    async with websockets.connect(both.url("/close")) as socket:
        await socket.send(json.dumps([code, reason]))
        assert await closed(socket) == (code, reason)


async def test_what_the_application_sends_after_its_close_is_dropped_and_its_end_is_told(both):
    async with websockets.connect(both.url("/close")) as socket:
        await socket.send(json.dumps([4429, "flood"]))
        assert await closed(socket) == (4429, "flood")
    assert (await both.note("disconnect"))["disconnect"] == 4429


async def test_the_clients_close_code_reaches_the_application_and_is_echoed(both):
    socket = await websockets.connect(both.url("/echo"))
    await socket.close(4000, "done here")
    assert socket.close_code == 4000
    note = await both.note("disconnect")
    assert (note["disconnect"], note["reason"]) == (4000, "done here")


async def test_a_close_without_a_code_is_1005(both):
    wire = await Wire.connect(both, "/echo")
    wire.write(masked(b"", first=0x88))
    assert (await wire.frame())[0] == 0x88
    assert (await both.note("disconnect"))["disconnect"] == 1005


async def test_a_lost_connection_is_1006(both):
    wire = await Wire.connect(both, "/echo")
    wire.close()
    assert (await both.note("disconnect"))["disconnect"] == 1006


async def test_an_application_that_fails_closes_with_1011(both):
    async with websockets.connect(both.url("/raise-after")) as socket:
        assert (await closed(socket))[0] == 1011


async def test_an_application_that_returns_closes_with_1000(both):
    async with websockets.connect(both.url("/return")) as socket:
        assert (await closed(socket))[0] == 1000


# Heartbeat


async def test_a_silent_client_is_pinged_and_one_that_answers_stays(start, kind):
    server = await start(kind, ping_interval=0.2, ping_timeout=1)
    wire = await Wire.connect(server, "/echo")
    for _ in range(5):
        first, payload = await wire.frame()
        assert first == 0x89
        wire.write(masked(payload, first=0x8A))
    wire.write(masked(b"still here"))
    while (frame := await wire.frame())[0] == 0x89:
        pass
    assert frame == (0x81, b"still here")


async def test_a_client_that_answers_no_ping_is_dropped(start, kind):
    server = await start(kind, ping_interval=0.2, ping_timeout=0.5)
    wire = await Wire.connect(server, "/echo")
    await wire.rest()
    assert (await server.note("disconnect"))["disconnect"] in {1005, 1006}


async def test_query_strings_are_never_logged(both):
    async with websockets.connect(both.url("/echo?token=sesame")):
        pass
    with pytest.raises(InvalidStatus):
        await websockets.connect(both.url("/raise-before?token=sesame"))
    await both.end()
    assert "no such socket" in both.errors
    assert "sesame" not in both.errors
