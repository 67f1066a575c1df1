"""A page with a Parley room, and the smallest server that it needs: one that signs tokens. No library is needed.

Its settings are in ../README.md.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json
import os
import secrets
import sys
import time
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from string import Template

FOLDER = Path(__file__).parent
FILES = {"/style.css": "text/css", "/icon.svg": "image/svg+xml"}
TOKEN_SECONDS = 600


def setting(name: str, default: str = "") -> str:
    value = os.environ.get(name, default)
    return value or sys.exit(f"{name} is not set; deploy/examples/README.md tells where to get it.")


PARLEY_URL = setting("PARLEY_URL", "http://acme.localhost:8000").rstrip("/")
KEY_ID = setting("PARLEY_KEY_ID")
SECRET = setting("PARLEY_SECRET").encode()
PORT = int(setting("PORT", "9001"))

# What the room needs of a page: its script, its connections, its pictures, sounds and films.
POLICY = "; ".join(
    [
        "default-src 'none'",
        f"script-src {PARLEY_URL}",
        f"connect-src 'self' {PARLEY_URL} {PARLEY_URL.replace('http', 'ws', 1)}",
        f"img-src 'self' {PARLEY_URL}",
        f"media-src {PARLEY_URL}",
        "style-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
)


def main() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", PORT), Site)
    sys.stderr.write(f"http://localhost:{PORT}/ shows a room of {PARLEY_URL}\n")
    with contextlib.suppress(KeyboardInterrupt):
        server.serve_forever()


class Site(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        match self.path:
            case "/":
                self._page()
            case "/parley-token":
                self._token()
            case path if path in FILES:
                self._answer(FILES[path], (FOLDER / path[1:]).read_text())
            case _:
                self.send_error(404)

    def _page(self) -> None:
        page = Template((FOLDER / "index.html").read_text()).substitute(parley=PARLEY_URL)
        if self._visitor():
            self._answer("text/html", page)
        else:
            cookie = f"visitor={secrets.token_urlsafe()}; HttpOnly; SameSite=Lax; Path=/"
            self._answer("text/html", page, **{"Set-Cookie": cookie})

    def _token(self) -> None:
        visitor = self._visitor()
        if visitor:
            self._answer("application/json", json.dumps({"token": token_for(*person(visitor))}))
        else:
            self.send_error(401, "Open the page first")

    def _visitor(self) -> str:
        cookie = SimpleCookie(self.headers.get("Cookie")).get("visitor")
        return cookie.value if cookie else ""

    def _answer(self, content_type: str, text: str, **headers: str) -> None:
        headers |= {"Content-Type": f"{content_type}; charset=utf-8", "Content-Security-Policy": POLICY}
        headers |= {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        self.send_response(200)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text.encode())


def person(visitor: str) -> tuple[str, str]:
    """User id and name of whoever holds this cookie. Where your people sign in, your session says who they are.

    Others in the room see the id: it must not tell them the cookie.
    """
    digest = hashlib.sha256(visitor.encode()).hexdigest()
    return f"visitor-{digest[:16]}", f"Visitor {int(digest[:8], 16) % 9_000 + 1_000}"


def token_for(user: str, name: str) -> str:
    """A JWT (RFC 7519) by HS256; the page asks for the next one before it expires."""
    now = time.time()
    header = {"alg": "HS256", "typ": "JWT", "kid": KEY_ID}
    claims = {"sub": user, "name": name, "iat": now, "exp": int(now) + TOKEN_SECONDS}
    signed = b".".join(base64url(json.dumps(part).encode()) for part in (header, claims))
    return b".".join([signed, base64url(hmac.digest(SECRET, signed, "sha256"))]).decode()


def base64url(content: bytes) -> bytes:
    return base64.urlsafe_b64encode(content).rstrip(b"=")


if __name__ == "__main__":
    main()
