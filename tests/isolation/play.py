"""What all tenants do at once, one kind of thing after the other, in whatever order: each step is done by every tenant
at the same moment, with the same ids, names and keys as all the others, and what comes back is looked at.

What a tenant knows of itself is kept in its ``Own``, so that counts and tags are judged as well as words.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import redis.asyncio as redis
from asgiref.sync import sync_to_async
from django.core import mail
from django.db.models import Sum

from chat.commands.indexing import index_tenant
from chat.commands.usage import count_usage
from chat.webhooks.delivering import deliver_all
from chat.webhooks.times import now
from tenants.directory import record_of
from tenants.models import Membership, Role, Tenant, Usage
from tenants.outbound import outbound_policy
from tenants.rounds import for_each
from tenants.team import invite
from tests.isolation.cast import CALLS, Twin
from tests.isolation.observer import Observer
from tests.isolation.own import Own
from tests.support.http import csrf_token
from tests.support.receiver import Receiver, receiver
from tests.support.server import LiveServer
from tests.support.sockets import Person, open_socket

_PATIENCE = 60.0
_FINE = {200, 201, 204}
_SHUT = {302, 400, 401, 403, 404, 410}
OTHER_KEYS = r"asgi.*|parley(__group__parley\.processes|:cache.*)?|.*bell.*"
PAGES = ("", "messages/", "chat/user/", "chat/room/", "tenants/auditentry/", "room/general", "user/u1", "team")

Step = Callable[[Own], Awaitable[None]]


class Play:
    """Enter it, take ``step``s by their names, and ``look`` at what nobody was shown, in the end."""

    def __init__(self, server: LiveServer, twins: Sequence[Twin], observer: Observer, eagerness: int = 1) -> None:
        """``eagerness``: as many messages the quietest says each time."""
        self._server = server
        self._observer = observer
        self._owns = [Own(twin, number, _client(server, twin)) for number, twin in enumerate(twins)]
        self._eagerness = eagerness
        self._turn = 0
        self._log_before = len(server.log())
        self._open = AsyncExitStack()
        self._receiver = Receiver()

    async def __aenter__(self) -> Play:
        self._receiver = await self._open.enter_async_context(receiver())
        self._redis = await self._open.enter_async_context(redis.from_url(os.environ["REDIS_URL"]))
        pubsub = await self._open.enter_async_context(self._redis.pubsub())
        await pubsub.psubscribe("*")
        listening = asyncio.create_task(self._listen(pubsub))
        self._open.callback(listening.cancel)
        for own in self._owns:
            await self._open.enter_async_context(own.http)
        return self

    async def __aexit__(self, *raised: object) -> None:
        await asyncio.gather(*map(self._hang_up, self._owns))
        await self._open.aclose()

    async def step(self, name: str) -> None:
        """All tenants do it at once."""
        self._turn += 1
        step: Step = getattr(self, name)
        async with asyncio.timeout(_PATIENCE):
            await asyncio.gather(*map(step, self._owns))

    async def look(self) -> None:
        """At all that is left behind: rows, files, keys and lines."""
        url, media = os.environ["DATABASE_URL"], urlsplit(os.environ["MEDIA_URL"]).path
        await asyncio.gather(*map(self._hear_out, self._owns))
        slugs = {own.twin.tenancy.slug: own.name for own in self._owns}
        await asyncio.to_thread(self._observer.read_database, url)
        await asyncio.to_thread(self._observer.read_redis, os.environ["REDIS_URL"], OTHER_KEYS)
        await asyncio.to_thread(self._observer.read_files, Path(media))
        self._observer.read_log(self._server.log()[self._log_before :].splitlines(), slugs)

    # Sockets

    async def connect(self, own: Own) -> None:
        """Two people come, and hear all that there was."""
        for user in ("u1", "u2"):
            protocols = ["parley.v1", f"bearer.{own.twin.tenancy.token(user, name=own.twin.name(user))}"]
            # No pings of the client's own: between steps nobody is there to hear the answers.
            quiet = {"subprotocols": protocols, "close_timeout": 1, "ping_interval": None}
            talker = Person(await open_socket(self._server, own.twin.host, **quiet))
            hello = await self._heard(own, talker)
            self._observer.compared(own.name, "frame", hello.get("user", {}).get("name"), own.twin.name(user))
            own.talkers.append(talker)
            await self._ask(own, talker, "room.subscribe", room="general", since=0)

    async def come_back(self, own: Own) -> None:
        """They hang up, and come again for what they missed."""
        await self._hang_up(own)
        await self.connect(own)

    async def say(self, own: Own) -> None:
        """Each tenant another number of messages, under the same ids of the clients' own."""
        for talker in own.talkers[:1]:
            texts = [own.twin.text() for _ in range(own.number + self._eagerness)]
            refs = [
                await talker.say("message.send", room="general", text=text, client_id=f"c{self._turn}-{number}")
                for number, text in enumerate(texts)
            ]
            for ref in refs:
                await self._answer(own, talker, ref)
            own.said += texts
        await self._hear_out(own)  # who does not read is cut off

    async def type(self, own: Own) -> None:
        for talker in own.talkers[:1]:
            await self._ask(own, talker, "typing.start", room="general")
            await self._ask(own, talker, "read.mark", room="general", seq=len(own.said))
        await self._hear_out(own)

    async def come_and_go(self, own: Own) -> None:
        """Until the first of them was seen to be there."""
        if own.talkers:
            async with asyncio.timeout(_PATIENCE):
                while (await self._heard(own, own.talkers[0]))["type"] != "presence.changed":
                    pass

    async def _hang_up(self, own: Own) -> None:
        await asyncio.gather(*(talker.connection.close() for talker in own.talkers))
        own.talkers.clear()

    async def _ask(self, own: Own, talker: Person, kind: str, **fields: Any) -> dict[str, Any]:
        return await self._answer(own, talker, await talker.say(kind, **fields))

    async def _answer(self, own: Own, talker: Person, ref: int) -> dict[str, Any]:
        while (frame := await self._heard(own, talker)).get("ref") != ref:
            pass
        if frame["type"] == "error":
            self._observer.refused(own.name, "frame", frame["code"])
        return frame

    async def _hear_out(self, own: Own) -> None:
        for talker in own.talkers:
            try:
                while True:
                    await self._heard(own, talker, 0.05)
            except TimeoutError:
                pass

    async def _heard(self, own: Own, talker: Person, patience: float = _PATIENCE) -> dict[str, Any]:
        text = await asyncio.wait_for(talker.connection.recv(), patience)
        self._observer.saw(own.name, "frame", text)
        frame: dict[str, Any] = json.loads(text)
        return frame

    # Requests

    async def post(self, own: Own) -> None:
        """Under an idempotency key that all use, twice."""
        text = own.twin.text()
        body = {"text": text, "user": "u1"}
        answers = [await self._post(own, "rooms/general/messages", body, once=True) for _ in range(2)]
        self._observer.compared(own.name, "rest", answers[1].content, answers[0].content)
        own.said.append(text)
        shown = await self._get(own, f"rooms/general/messages/{answers[0].json().get('id')}")
        self._observer.compared(own.name, "rest", shown.json().get("text"), text)

    async def make_room(self, own: Own) -> None:
        """As a person, whose id all share, under one key."""
        room = {"id": f"room-{self._turn}", "kind": "open", "name": own.twin.canary, "topic": own.twin.canary}
        answer = await self._post(own, "rooms", room, once=True, user="u1")
        self._observer.compared(own.name, "rest", answer.json().get("name"), own.twin.canary)
        await self._get(own, f"rooms/{room['id']}")

    async def name_people(self, own: Own) -> None:
        for user in ("u1", "u2", "u3"):
            answer = await self._send(own, "PUT", f"/api/v1/users/{user}", json={"name": own.twin.name(user)})
            own.tags[user] = answer.headers.get("ETag", "")
            own.names.add(user)

    async def read_history(self, own: Own) -> None:
        shown = (await self._get(own, "rooms/general/messages?limit=200")).json()["data"]
        told = [each["text"] for each in shown if each["kind"] == "message"]
        if len(shown) < 200:
            self._observer.compared(own.name, "rest", told, own.said)

    async def read_pages(self, own: Own) -> None:
        """By cursors, which differ in nothing between tenants but in names."""
        path, names = "users?limit=1", set()
        while path:
            page = (await self._get(own, path)).json()
            names |= {each["id"] for each in page["data"]}
            path = f"users?limit=1&cursor={page['next']}" if page["next"] else ""
        self._observer.compared(own.name, "rest", own.names - names, set())
        await self._get(own, "rooms?limit=50", user="u1")

    async def read_tags(self, own: Own) -> None:
        """What a neighbour has in its browser's cache is not what one has in one's own."""
        own.tags["u1"] = (await self._get(own, "users/u1")).headers["ETag"]
        tag = self._neighbour(own).tags.get("u1", '""')
        answer = await self._get(own, "users/u1", **{"If-None-Match": tag})
        self._observer.compared(own.name, "rest", answer.status_code, 200)

    async def search(self, own: Own) -> None:
        found = (await self._get(own, "search?q=canary&limit=100", user="u1")).json()["data"]
        self._observer.compared(own.name, "rest", len(found), min(len(own.said), 100))

    async def keep_pace(self, own: Own) -> None:
        """Somebody who never called has all calls left but this one."""
        answer = await self._get(own, "rooms?limit=1", user=f"calm-{self._turn}")
        left = answer.headers.get("RateLimit-Remaining")
        self._observer.compared(own.name, "rest", left, str(CALLS - 1))

    async def hand_in(self, own: Own) -> None:
        """A file of the same name; its link is followed."""
        file = {"file": ("notes.txt", own.twin.canary.encode(), "text/plain")}
        made = await self._send(own, "POST", "/api/v1/uploads", "u1", files=file)
        text = own.twin.text()
        body = {"text": text, "user": "u1", "attachments": [made.json().get("id")]}
        await self._post(own, "rooms/general/messages", body)
        own.said.append(text)
        shown = await self._get(own, f"uploads/{made.json().get('id')}", user="u1")
        own.link = urlsplit(shown.json().get("url") or "").path
        await self._page(own, "download", own.link, {})

    async def open_pages(self, own: Own) -> None:
        cookie = {"Cookie": f"sessionid={own.twin.session}"}
        for page in ("/", "/rooms/general", "/sign-in"):
            await self._page(own, "page", page, cookie if page != "/sign-in" else {})
        for page in PAGES:
            await self._page(own, "console", f"/admin/{page}", cookie)

    async def export(self, own: Own) -> None:
        """A room's history to take away: a line for each message."""
        path, cookie = "/admin/room/general/export", f"sessionid={own.twin.session}"
        form = await self._page(own, "console", path, {"Cookie": cookie})
        origin = f"http://{own.twin.host}:{self._server.port}"
        answer = await self._bare(
            own,
            path,
            "POST",
            data={"csrfmiddlewaretoken": csrf_token(form.text), "action": "export", "format": "jsonl"},
            headers={"Cookie": f"{cookie}; csrftoken={form.cookies.get('csrftoken')}", "Origin": origin},
        )
        lines = answer.content.splitlines()
        for line in lines:
            self._observer.saw(own.name, "export", line)
        told = [line for line in lines if b'"text":' in line and own.twin.canary.encode() in line]
        self._observer.compared(own.name, "export", len(told), len(own.said))

    async def knock(self, own: Own) -> None:
        """At a neighbour's doors, with everything that opens one's own."""
        neighbour, twin = self._neighbour(own), own.twin
        token = twin.tenancy.token("u1", name=twin.name("u1"))
        keys = [{"Authorization": f"Bearer {key}"} for key in (twin.tenancy.api_key, token)]
        doors = [("/api/v1/users", key) for key in keys]
        doors += [
            (path, {"Cookie": f"sessionid={twin.session}"}) for path in ("/admin/messages/", "/", "/api/v1/rooms")
        ]
        doors += [(own.link, {})] if own.link else []
        for path, credential in doors:
            answer = await self._bare(neighbour, path, headers=credential)
            self._observer.saw(neighbour.name, "door", answer.content)
            shut = answer.status_code in _SHUT
            self._observer.compared(neighbour.name, "door", f"{path} {answer.status_code}" if not shut else "", "")

    async def stumble(self, own: Own) -> None:
        """Something that is logged, with a word of the tenant's own in its line."""
        own_id = {"X-Request-Id": own.twin.canary}
        form = await self._page(own, "sign-in", "/sign-in", own_id)
        origin = f"http://{own.twin.host}:{self._server.port}"
        await self._bare(
            own,
            "/sign-in",
            "POST",
            data={"csrfmiddlewaretoken": csrf_token(form.text), "email": "nobody@twin.test", "password": "wrong"},
            headers={**own_id, "Cookie": f"csrftoken={form.cookies.get('csrftoken')}", "Origin": origin},
        )

    # Jobs, which this process does as a worker would

    async def listen_by_webhook(self, own: Own) -> None:
        url = f"http://127.0.0.1:{self._receiver.port}/{own.name}"
        await self._post(own, "webhooks", {"url": url, "description": own.twin.canary}, once=True)

    async def deliver(self, own: Own) -> None:
        """What waits for the tenant's endpoints; what its own server then hears."""
        tenant = await Tenant.objects.prefetch_related("signing_keys").aget(pk=own.twin.tenancy.record.id)
        await deliver_all(record_of(tenant), now, outbound_policy())
        heard = [each for each in self._receiver.heard if each.path == f"/{own.name}"]
        for each in heard:
            self._receiver.heard.remove(each)
            self._observer.saw(own.name, "webhook", each.body)

    async def index(self, own: Own) -> None:
        await for_each(_only(own), lambda tenant: index_tenant(tenant.search_language), failure="failed")

    async def count(self, own: Own) -> None:
        await for_each(_only(own), lambda tenant: count_usage(tenant, now()), failure="failed")
        used = await Usage.objects.filter(tenant_id=own.twin.tenancy.record.id).aaggregate(messages=Sum("messages"))
        self._observer.compared(own.name, "usage", used["messages"], len(own.said))

    async def invite(self, own: Own) -> None:
        """The mail is in the tenant's name."""
        email = f"{uuid4().hex}@twin.test"
        await sync_to_async(self._invite)(own, email)
        for each in getattr(mail, "outbox", []):
            if each.to == [email]:
                self._observer.saw(own.name, "mail", str(each.message()))

    def _invite(self, own: Own, email: str) -> None:
        by = Membership.objects.select_related("account").get(
            tenant_id=own.twin.tenancy.record.id, account__name="Twin", role=Role.ADMIN
        )
        invite(own.twin.tenancy.record.id, email, Role.AGENT, by=by)

    # Asking

    async def _get(self, own: Own, path: str, user: str | None = None, **headers: str) -> httpx.Response:
        return await self._send(own, "GET", f"/api/v1/{path}", user, headers)

    async def _post(
        self, own: Own, path: str, body: object, *, once: bool = False, user: str | None = None
    ) -> httpx.Response:
        key = {"Idempotency-Key": f"k{self._turn}"} if once else {}
        return await self._send(own, "POST", f"/api/v1/{path}", user, key, json=body)

    async def _send(
        self,
        own: Own,
        method: str,
        path: str,
        user: str | None = None,
        headers: dict[str, str] | None = None,
        **content: Any,
    ) -> httpx.Response:
        """With the tenant's API key, or as one of its people."""
        credential = own.twin.tenancy.token(user, name=own.twin.name(user)) if user else own.twin.tenancy.api_key
        sent = {"Authorization": f"Bearer {credential}", **(headers or {})}
        if user:
            own.names.add(user)
        answer = await self._bare(own, path, method, headers=sent, **content)
        return self._looked_at(own, "rest", answer)

    async def _page(self, own: Own, place: str, path: str, headers: dict[str, str]) -> httpx.Response:
        return self._looked_at(own, place, await self._bare(own, path, headers=headers))

    def _looked_at(self, own: Own, place: str, answer: httpx.Response) -> httpx.Response:
        self._observer.saw(own.name, place, answer.content)
        if answer.status_code not in _FINE | {304}:
            self._observer.refused(own.name, place, f"{answer.request.url.path} {answer.status_code}")
        return answer

    async def _bare(self, own: Own, path: str, method: str = "GET", **content: Any) -> httpx.Response:
        own.http.cookies.clear()
        return await own.http.request(method, path, **content)

    def _neighbour(self, own: Own) -> Own:
        return self._owns[(own.number + 1) % len(self._owns)]

    async def _listen(self, all_of_it: redis.client.PubSub) -> None:
        async for message in all_of_it.listen():
            if message["type"] == "pmessage":
                self._observer.rang(message["channel"].decode(), message["data"])


def _client(server: LiveServer, twin: Twin) -> httpx.AsyncClient:
    host = f"{twin.host}:{server.port}"
    return httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}", headers={"Host": host}, timeout=_PATIENCE)


def _only(own: Own) -> Any:
    return Tenant.objects.filter(pk=own.twin.tenancy.record.id)
