"""Parley as customers get it: user tokens, private rooms with members, limits, seq, every message committed."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import ClassVar

from pydantic_core import from_json, to_json

from chat.models import Member, Room, RoomKind, User
from tenants.lifecycle import remove
from tenants.models import Tenant
from tenants.scope import tenant_scope
from tests.bench.opening import Opening
from tests.bench.process import ROOT, Started, child_environment, free_port
from tests.bench.shapes import Shape
from tests.bench.speaker import Refused
from tests.bench.stream import Delivery
from tests.bench.systems.system import System, in_text, text
from tests.bench.wire import handshake
from tests.support.cast import Tenancy, make_tenant

_PLENTY = 1_000_000
_PACES = (
    *("calls_per_second", "call_burst", "searches_per_second", "search_burst"),
    *("connects_per_minute", "address_connects_per_minute"),
)
_HELLO, _OK, _ERROR = b'{"type":"hello"', b'{"type":"ok"', b'{"type":"error"'
_OK_REF = _OK + b',"ref":'


class Parley(System):
    """On one of its two servers. The tenant's row lets its users send, connect and ask as much as the
    load needs, no more is changed."""

    acknowledges: ClassVar[bool] = True
    delivery_begins: ClassVar[bytes] = b'{"type":"message.created"'
    answer_begins: ClassVar[tuple[bytes, ...]] = (_OK, _ERROR)

    def __init__(self, server: str, *, port: int = 0, sends_per_second: int = _PLENTY) -> None:
        self.name = f"parley-{server}"
        self.tenancy: Tenancy = None  # type: ignore[assignment]  # made by ``prepare``
        self._server = server
        self._port = port or free_port()
        self._sends_per_second = sends_per_second

    def prepare(self, shape: Shape) -> None:
        self.tenancy = make_tenant("bench")
        Tenant.objects.filter(slug=self.tenancy.slug).update(
            sends_per_second=self._sends_per_second,
            send_burst=3 * self._sends_per_second,
            **dict.fromkeys(_PACES, _PLENTY),
        )
        with tenant_scope(self.tenancy):
            _people_rooms(shape)

    def clear(self) -> None:
        remove(self.tenancy.made.tenant)

    def launch(self, log: Path) -> Started:
        port = str(self._port)
        command = [
            sys.executable,
            "manage.py",
            "serve",
            "--server",
            self._server,
            "--host",
            "127.0.0.1",
            "--port",
            port,
        ]
        environment = child_environment(PORT=port)
        environment.pop("DATABASE_POOL_SIZE", None)
        return Started(command, self._port, env=environment, cwd=ROOT, log=log)

    def neighbour(self, *, sends_per_second: int) -> Parley:
        """Another tenant on the same server, with another limit."""
        return Parley(self._server, port=self._port, sends_per_second=sends_per_second)

    def listener(self, room: int, place: int) -> Opening:
        subscribe = json.dumps({"type": "room.subscribe", "ref": "s", "room": _room_id(room)}).encode()
        return Opening(self._handshake(_listener_id(room, place)), [(None, _HELLO), (subscribe, _OK)])

    def message(self, room: int, number: int, ref: int) -> bytes:
        send = {"type": "message.send", "ref": ref, "room": _room_id(room), "client_id": str(ref)}
        return to_json({**send, "text": text(room, number)})

    def read(self, payload: bytes) -> Delivery:
        event = from_json(payload)
        _, number = in_text(event["message"]["text"])
        return Delivery(int(event["room"][1:]), event["seq"], number)

    def read_answer(self, payload: bytes) -> int:
        if payload.startswith(_ERROR):
            raise Refused(from_json(payload)["code"])
        return int(payload[len(_OK_REF) : payload.index(b",", len(_OK_REF))])

    def token(self, user_id: str) -> str:
        return self.tenancy.token(user_id)

    @property
    def host(self) -> str:
        return f"{self.tenancy.host}:{self._port}"

    def _handshake(self, user_id: str) -> bytes:
        return handshake(self.host, "/ws/v1", f"parley.v1, bearer.{self.token(user_id)}")


def _room_id(room: int) -> str:
    return f"r{room}"


def _listener_id(room: int, place: int) -> str:
    return f"u{room}-{place}"


def _people_rooms(shape: Shape) -> None:
    """Private rooms, whose members are their listeners."""
    rooms = {room: Room(id=_room_id(room), kind=RoomKind.PRIVATE) for room in range(shape.rooms)}
    people = {_listener_id(room, place): room for room in rooms for place in range(shape.listeners)}
    Room.objects.bulk_create(rooms.values())
    User.objects.bulk_create(User(id=person, name=person) for person in people)
    members = [Member(room=rooms[room], user_id=person) for person, room in people.items()]
    Member.objects.bulk_create(members, batch_size=5_000)
