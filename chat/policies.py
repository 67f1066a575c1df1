"""Who may do what in a room. Membership is the authorisation; open rooms belong to every user of the tenant.

Sending is judged once more in SQL, at the moment of its commit: see ``chat.commands.sending``.
"""

from __future__ import annotations

from dataclasses import dataclass

from chat.models import MemberRole, RoomKind
from kit.errors import NOT_ALLOWED, ROOM_ARCHIVED, ParleyError


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a user, with the rooms that the user's token lets in (None: it says nothing), or the tenant's own
    server, which may do everything."""

    user_id: str | None
    name: str = ""
    avatar: str = ""
    rooms: frozenset[str] | None = None

    @property
    def is_server(self) -> bool:
        return self.user_id is None


SERVER = Actor(user_id=None, name="server")


@dataclass(frozen=True, slots=True)
class Access:
    """A room as one actor finds it. ``role`` is None for somebody who is no member."""

    kind: str
    role: str | None
    archived: bool = False


def check_token_names(actor: Actor, room_id: str) -> None:
    """A token with a list of rooms opens those and no others. Raises ParleyError ``not_allowed``."""
    if actor.rooms is not None and room_id not in actor.rooms:
        raise ParleyError(NOT_ALLOWED, "The token does not name this room.")


def check_may_read(actor: Actor, room_id: str, access: Access) -> None:
    """Raises ParleyError ``not_allowed``."""
    check_token_names(actor, room_id)
    if not (actor.is_server or access.role is not None or access.kind == RoomKind.OPEN):
        raise ParleyError(NOT_ALLOWED, "This room is for its members.")


def lets_in(actor: Actor, room_id: str, access: Access) -> bool:
    """Whether the actor's token makes a member of a private room out of somebody who is none yet."""
    named = actor.rooms is not None and room_id in actor.rooms
    return access.role is None and access.kind == RoomKind.PRIVATE and named


def check_may_join(actor: Actor, room_id: str, access: Access) -> None:
    """Open rooms let everybody in, private ones those whose token names them. Raises ``not_allowed``."""
    if not lets_in(actor, room_id, access):
        check_may_read(actor, room_id, access)


def check_may_invite(actor: Actor, access: Access) -> None:
    """Members bring people in; nobody joins a direct conversation later. Raises ``not_allowed``, ``room_archived``."""
    if access.kind == RoomKind.DIRECT:
        raise ParleyError(NOT_ALLOWED, "A direct conversation keeps its people.")
    if access.archived:
        raise ParleyError(ROOM_ARCHIVED)
    if not actor.is_server and access.role is None:
        raise ParleyError(NOT_ALLOWED, "Only members bring people into a room.")


def check_may_give_role(actor: Actor, access: Access, role: str) -> None:
    """More than plain membership comes from an owner or the server. Raises ``not_allowed``."""
    if role != MemberRole.MEMBER:
        check_may_change_role(actor, access)


def check_may_change_role(actor: Actor, access: Access) -> None:
    """Raises ``not_allowed`` for anybody but an owner and the server."""
    if not actor.is_server and access.role != MemberRole.OWNER:
        raise ParleyError(NOT_ALLOWED, "Only an owner gives and takes roles.")
