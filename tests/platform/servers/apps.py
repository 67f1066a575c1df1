"""A small ASGI application whose paths do what the tests need. It prints notes, one JSON object a line."""

import asyncio
import contextvars
import json
import os

from servers.frames import text_frame

SEEN = contextvars.ContextVar("SEEN", default="nothing")


def note(**facts):
    """One write per line: workers share the pipe."""
    os.write(1, json.dumps(facts).encode() + b"\n")


async def application(scope, receive, send):
    if scope["type"] == "lifespan":
        if os.path.exists(os.environ.get("BROKEN_WHEN", "")):
            return await failed_lifespan(receive, send)
        return await LIFESPANS[os.environ.get("LIFESPAN", "whole")](receive, send)
    handler = (HTTP if scope["type"] == "http" else WEBSOCKET)[scope["path"]]
    return await handler(scope, receive, send)


# Lifespan


async def whole_lifespan(receive, send):
    await receive()
    note(lifespan="startup")
    await send({"type": "lifespan.startup.complete"})
    await receive()
    note(lifespan="shutdown")
    await send({"type": "lifespan.shutdown.complete"})


async def failed_lifespan(receive, send):
    await receive()
    await send({"type": "lifespan.startup.failed", "message": "the database is away"})


async def slow_lifespan(receive, send):
    await receive()
    note(lifespan="starting")
    await asyncio.sleep(60)


async def no_lifespan(receive, send):
    raise ValueError("lifespan is not for me")


LIFESPANS = {"whole": whole_lifespan, "failed": failed_lifespan, "slow": slow_lifespan, "none": no_lifespan}


# HTTP


async def respond(send, content, status=200):
    body = json.dumps(content).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def whole_body(receive):
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionError("the client left")
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


async def show_scope(scope, receive, send):
    before = SEEN.get()
    SEEN.set(scope["query_string"].decode())
    await respond(
        send,
        {
            "pid": os.getpid(),
            "root_path": scope.get("root_path", ""),
            "path": scope["path"],
            "scheme": scope["scheme"],
            "client": scope["client"][0],
            "headers": sorted({name.decode() for name, _ in scope["headers"]}),
            "seen_before": before,
        },
    )


async def count_body(scope, receive, send):
    await respond(send, len(await whole_body(receive)))


async def slow_response(scope, receive, send):
    note(http="began")
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"first ", "more_body": True})
    await asyncio.sleep(1)
    await send({"type": "http.response.body", "body": b"x" * 300_000 + b" last"})
    note(http="ended")


async def large_response(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"x" * 32_000_000})
    note(http="ended")


async def stubborn_response(scope, receive, send):
    note(http="began")
    try:
        await asyncio.sleep(60)
    except asyncio.CancelledError:
        note(http="cancelled")
        raise


async def endless_response(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for count in range(10_000):
        await send({"type": "http.response.body", "body": b"x" * 65536, "more_body": True})
        if count % 16 == 0:
            note(sent=count * 65536)


async def raise_error(scope, receive, send):
    raise LookupError("no such thing")


async def break_off(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1000")]})
    await send({"type": "http.response.body", "body": b"half", "more_body": True})
    raise LookupError("no more")


HTTP = {
    "/scope": show_scope,
    "/count": count_body,
    "/slow": slow_response,
    "/large": large_response,
    "/stubborn": stubborn_response,
    "/endless": endless_response,
    "/error": raise_error,
    "/half": break_off,
}


# WebSocket


async def accept(receive, send, **options):
    assert (await receive())["type"] == "websocket.connect"
    await send({"type": "websocket.accept", **options})


async def send_text(send, text):
    await send({"type": "websocket.send", "text": text})


async def echo(scope, receive, send):
    """Every message back as it came; a note of the end."""
    await accept(receive, send)
    while (message := await receive())["type"] == "websocket.receive":
        await send({**message, "type": "websocket.send"})
    note(disconnect=message["code"], reason=message.get("reason", ""))


async def clean_up_slowly(scope, receive, send):
    await accept(receive, send)
    await send_text(send, "open")
    while (message := await receive())["type"] == "websocket.receive":
        pass
    await asyncio.sleep(0.5)
    note(disconnect=message["code"], cleaned_up=True)


async def show_websocket_scope(scope, receive, send):
    await accept(receive, send, subprotocol="parley.v1", headers=[(b"x-one", b"1"), (b"x-one", b"2")])
    headers = sorted(name.decode() for name, _ in scope["headers"])
    shown = {key: scope.get(key) for key in ("path", "root_path", "scheme", "subprotocols")}
    shown |= {"query": scope["query_string"].decode(), "client": scope["client"][0], "headers": headers}
    await send_text(send, json.dumps(shown))
    await receive()


async def close_as_asked(scope, receive, send):
    """The client's message is JSON: code and reason."""
    await accept(receive, send)
    code, reason = json.loads((await receive())["text"])
    await send({"type": "websocket.close", "code": code, "reason": reason})
    await send_text(send, "after the end")
    note(disconnect=(await receive())["code"])


async def refuse_plainly(scope, receive, send):
    await receive()
    await send({"type": "websocket.close"})
    note(disconnect=(await receive())["code"])


async def refuse_with_body(scope, receive, send):
    await receive()
    headers = [(b"content-type", b"application/problem+json"), (b"content-length", b"7")]
    await send({"type": "websocket.http.response.start", "status": 404, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": b'{"code":', "more_body": True})
    await send({"type": "websocket.http.response.body", "body": b'"unknown"}'})
    note(disconnect=(await receive())["code"])


async def refuse_with_bad_header(scope, receive, send):
    await receive()
    headers = [(b"x-a", b"1\r\nset-cookie: stolen")]
    await send({"type": "websocket.http.response.start", "status": 404, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": b""})


async def never_answer(scope, receive, send):
    await receive()
    note(connecting=True)
    note(disconnect=(await receive())["code"])


async def raise_before_accept(scope, receive, send):
    raise LookupError("no such socket")


async def raise_after_accept(scope, receive, send):
    await accept(receive, send)
    raise LookupError("no such message")


async def return_after_accept(scope, receive, send):
    await accept(receive, send)


async def pour(scope, receive, send):
    """Send without end, by plain ``send``, until the socket is cut."""
    await accept(receive, send)
    end = asyncio.create_task(receive())
    try:
        while not end.done():
            await send_text(send, "x" * 16384)
            await asyncio.sleep(0.001)
    finally:  # uvicorn's send raises when the client is gone
        note(disconnect=(await end)["code"])


async def sleep_then_count(scope, receive, send):
    """Take nothing until another client says so on /wake, then tell how many came, and whether in order."""
    await accept(receive, send)
    note(asleep=True)
    await WAKE.wait()
    if "parley.outlet" in scope["extensions"]:
        note(waiting=scope["extensions"]["parley.outlet"].waiting)
    numbers = []
    while (message := await receive())["type"] == "websocket.receive":
        if message["text"] == "done":
            await send_text(send, json.dumps({"count": len(numbers), "ordered": numbers == sorted(numbers)}))
        else:
            numbers.append(int(message["text"][:8]))


WAKE = asyncio.Event()


async def count_pieces(scope, receive, send):
    """When woken, note how many pieces of an unfinished message are kept."""
    await accept(receive, send)
    await WAKE.wait()
    note(pieces=len(scope["extensions"]["parley.outlet"]._reader._message._parts))
    await send_text(send, (await receive())["text"])


async def wake(scope, receive, send):
    await accept(receive, send)
    WAKE.set()
    await send_text(send, "woken")
    await receive()


# The outlet


async def outlet_echo(scope, receive, send):
    """Each message back by the outlet; "three" as three messages in one write; "close" closes by it."""
    outlet = scope["extensions"]["parley.outlet"]
    early = ""
    try:
        outlet.write_text([b"too early"])
    except RuntimeError as error:
        early = str(error)
    await accept(receive, send)
    outlet.write_text([early.encode()])
    while (message := await receive())["type"] == "websocket.receive":
        if message["text"] == "three":
            outlet.write_text([b"one", b"two", b"three"])
        elif message["text"] == "frames":
            outlet.write_frames(text_frame(b"four") + text_frame(b"five"))
        elif message["text"].startswith("size "):
            outlet.write_text([b"x" * int(message["text"][5:])])
        elif message["text"] == "close":
            outlet.close(4401, "token expired")
            outlet.write_text([b"after the end"])
            outlet.write_frames(text_frame(b"after the end"))
            await outlet.drained()
    outlet.write_text([b"after the end"])
    note(disconnect=message["code"])


async def outlet_pour(scope, receive, send):
    """Write without end and without waiting; note the most that ever was unsent."""
    await accept(receive, send)
    outlet, most = scope["extensions"]["parley.outlet"], 0
    end = asyncio.create_task(receive())
    while not end.done():
        outlet.write_text([b"x" * 8192] * 4)
        most = max(most, outlet.unsent)
        await asyncio.sleep(0.001)
    note(disconnect=end.result()["code"], most=most)


async def outlet_replay(scope, receive, send):
    """24 MB at the pace of the client."""
    await accept(receive, send)
    outlet = scope["extensions"]["parley.outlet"]
    for number in range(240):
        outlet.write_text([b"%08d" % number + b"x" * 10_000] * 10)
        await outlet.drained()
    outlet.write_text([b"end"])
    await receive()


async def outlet_burst(scope, receive, send):
    """More than the bound in one turn of the event loop, most of which the kernel can take."""
    await accept(receive, send)
    outlet = scope["extensions"]["parley.outlet"]
    for _ in range(150):
        outlet.write_text([b"x" * 10_000])
    outlet.write_text([b"end"])
    await receive()


WEBSOCKET = {
    "/echo": echo,
    "/clean-up": clean_up_slowly,
    "/scope": show_websocket_scope,
    "/close": close_as_asked,
    "/refuse": refuse_plainly,
    "/refuse-with-body": refuse_with_body,
    "/refuse-badly": refuse_with_bad_header,
    "/never-answer": never_answer,
    "/raise-before": raise_before_accept,
    "/raise-after": raise_after_accept,
    "/return": return_after_accept,
    "/pour": pour,
    "/sleep": sleep_then_count,
    "/pieces": count_pieces,
    "/wake": wake,
    "/outlet": outlet_echo,
    "/outlet-pour": outlet_pour,
    "/outlet-replay": outlet_replay,
    "/outlet-burst": outlet_burst,
}
