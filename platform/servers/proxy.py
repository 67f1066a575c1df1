"""The client's address and scheme as the reverse proxy in front of us saw them."""

from servers.asgi import Application, Receive, Scope, Send


def behind_proxy(application: Application) -> Application:
    """Take client and scheme from the nearest proxy's ``X-Forwarded-For`` and ``X-Forwarded-Proto``.

    Only the last address counts: the ones before it are the client's own words. Use it only where every
    connection comes from such a proxy.
    """

    async def forwarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in {"http", "websocket"}:
            headers = dict(scope["headers"])
            address = _last(headers.get(b"x-forwarded-for", b""))
            scheme = _last(headers.get(b"x-forwarded-proto", b""))
            if address:
                scope["client"] = [address, 0]
            if scheme in {"http", "https"}:
                scope["scheme"] = scheme if scope["type"] == "http" else scheme.replace("http", "ws")
        await application(scope, receive, send)

    return forwarded


def _last(value: bytes) -> str:
    return value.decode("latin-1").rpartition(",")[2].strip()
