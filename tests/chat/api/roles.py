"""A room with somebody in every role, and a client for each."""

from __future__ import annotations

from dataclasses import dataclass

from tests.support.cast import Tenancy
from tests.support.http import Client, as_server, as_user
from tests.support.server import LiveServer
from tests.support.tables import change, make_room, make_user

ROLES = ("outsider", "member", "moderator", "owner", "server")


@dataclass(frozen=True)
class Stage:
    """``room`` has the members ``member``, ``moderator`` and ``owner``; ``outsider`` is a user who is none."""

    live: LiveServer
    tenant: Tenancy
    room: str

    def client(self, role: str) -> Client:
        return as_server(self.live, self.tenant) if role == "server" else as_user(self.live, self.tenant, role)

    def path(self, *parts: str) -> str:
        return "/".join(["/api/v1/rooms", self.room, *parts])


def stage(live: LiveServer, tenant: Tenancy, kind: str = "private") -> Stage:
    make_room(tenant, "room", kind, members=("member", "moderator", "owner"))
    change(tenant, "UPDATE chat_member SET role = user_id WHERE room_id = 'room'")
    make_user(tenant, "outsider")
    return Stage(live, tenant, "room")
