"""A client over plain HTTP: every byte of the request is the test's own."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import Message
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode

from asgiref.sync import sync_to_async

from tenants.models import Account
from tests.support.cast import PASSWORD, Tenancy
from tests.support.server import LiveServer
from tests.support.sessions import session_of

_PATIENCE = 20.0


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Message
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The stable code of a problem."""
        assert self.headers["Content-Type"] == "application/problem+json", (self.status, self.body[:200])
        return str(self.json["code"])


@dataclass
class Client:
    """Somebody who speaks HTTP to one host. Cookies are kept; ``headers`` go with every request."""

    server: LiveServer
    host: str
    headers: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)
    patience: float = _PATIENCE

    @property
    def origin(self) -> str:
        return f"http://{self.host}:{self.server.port}"

    @property
    def cookie_header(self) -> dict[str, str]:
        return {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, **headers)

    def post(self, path: str, json: Any = None, **headers: str) -> Answer:
        return self.ask("POST", path, json=json, **headers)

    def put(self, path: str, json: Any = None, **headers: str) -> Answer:
        return self.ask("PUT", path, json=json, **headers)

    def patch(self, path: str, json: Any = None, **headers: str) -> Answer:
        return self.ask("PATCH", path, json=json, **headers)

    def delete(self, path: str, **headers: str) -> Answer:
        return self.ask("DELETE", path, **headers)

    def submit(self, path: str, page: str | None = None, **fields: str) -> Answer:
        """Post a form, with the CSRF token of the ``page`` that shows it: the one at ``path`` unless said."""
        token = csrf_token(self.get(page or path).text)
        body = urlencode({"csrfmiddlewaretoken": token, **fields}).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": self.origin}
        return self.ask("POST", path, body=body, **headers)

    def ask(self, method: str, path: str, *, json: Any = None, body: bytes | None = None, **headers: str) -> Answer:
        """One request on a connection of its own. ``json`` is sent as JSON, ``body`` as it is."""
        sent = {"Host": f"{self.host}:{self.server.port}", **self.headers, **headers}
        if json is not None:
            body, sent["Content-Type"] = encode(json), "application/json"
        if self.cookies:
            sent = {**self.cookie_header, **sent}
        connection = HTTPConnection("127.0.0.1", self.server.port, timeout=self.patience)
        try:
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            received = Answer(answer.status, answer.msg, answer.read())
        finally:
            connection.close()
        self._keep_cookies(received)
        return received

    def _keep_cookies(self, answer: Answer) -> None:
        for line in answer.headers.get_all("Set-Cookie", []):
            for name, morsel in SimpleCookie(line).items():
                if morsel.value:
                    self.cookies[name] = morsel.value
                else:
                    self.cookies.pop(name, None)


def encode(value: Any) -> bytes:
    return json.dumps(value).encode()


def csrf_token(html: str) -> str:
    """The token of a page's form, or of what it hands to its script; empty where it has neither."""
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"|"csrf": "([^"]+)"', html)
    return (found[1] or found[2]) if found else ""


def as_server(server: LiveServer, tenant: Tenancy) -> Client:
    """With the tenant's API key."""
    return Client(server, tenant.host, {"Authorization": f"Bearer {tenant.api_key}"})


def as_user(server: LiveServer, tenant: Tenancy, user_id: str, **claims: Any) -> Client:
    """With a user token."""
    return Client(server, tenant.host, {"Authorization": f"Bearer {tenant.token(user_id, **claims)}"})


def with_session(server: LiveServer, tenant: Tenancy, account: Account) -> Client:
    """With a session cookie that was put into the tables, which costs no password hash."""
    return Client(server, tenant.host, cookies={"sessionid": session_of(account, tenant)})


async def awith_session(server: LiveServer, tenant: Tenancy, account: Account) -> Client:
    client: Client = await sync_to_async(with_session)(server, tenant, account)
    return client


def signed_in(server: LiveServer, tenant: Tenancy, email: str) -> Client:
    """With a session cookie, made by signing in on the tenant's host."""
    client = Client(server, tenant.host)
    answer = client.submit("/sign-in", email=email, password=PASSWORD)
    assert answer.status == 302, answer.text
    return client


def once_refused(ask: Callable[[], Answer]) -> Answer:
    """The first answer that is a refusal: a server hears of its tenants' changes a moment later."""
    return _once(ask, lambda answer: answer.status >= 400)


def once_allowed(ask: Callable[[], Answer]) -> Answer:
    """The first answer that is none."""
    return _once(ask, lambda answer: answer.status < 400)


def _once(ask: Callable[[], Answer], wanted: Callable[[Answer], bool]) -> Answer:
    deadline = time.monotonic() + _PATIENCE
    while not wanted(answer := ask()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return answer
