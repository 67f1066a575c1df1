"""Who may do what in a room. Membership is the authorisation; open rooms belong to every user of the tenant.

Sending is judged once more in SQL, at the moment of its commit: see ``chat.commands.sending``.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from chat.models import MemberRole, RoomKind
from kit.errors import BANNED, LAST_OWNER, MUTED, NOT_ALLOWED, ROOM_ARCHIVED, ROOM_FROZEN, ParleyError


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a user, with the rooms that the user's token or guest link lets in (None: it says nothing), or the
    tenant's own server, which may do everything. ``since`` is when the user first came (Unix time; 0 where nothing
    depends on it)."""

    user_id: str | None
    name: str = ""
    avatar: str = ""
    rooms: frozenset[str] | None = None
    is_guest: bool = False
    is_bot: bool = False
    since: float = 0.0

    @property
    def is_server(self) -> bool:
        return self.user_id is None


SERVER = Actor(user_id=None, name="server")


@dataclass(frozen=True, slots=True)
class Access:
    """A room as one actor finds it. ``role`` is None for somebody who is no member; ``banned`` and ``muted`` hold by
    now. ``withheld``: the actor is shadow-blocked, and what the actor says or changes reaches nobody."""

    kind: str
    role: str | None
    archived: bool = False
    banned: bool = False
    frozen: bool = False
    muted: bool = False
    withheld: bool = False


def check_token_names(actor: Actor, room_id: str) -> None:
    """A token with a list of rooms opens those and no others. Raises ParleyError ``not_allowed``."""
    if actor.rooms is not None and room_id not in actor.rooms:
        raise ParleyError(NOT_ALLOWED, "The token does not name this room.")


def check_not_banned(access: Access) -> None:
    """Raises ParleyError ``banned``."""
    if access.banned:
        raise ParleyError(BANNED)


def check_may_read(actor: Actor, room_id: str, access: Access) -> None:
    """Raises ParleyError ``banned`` or ``not_allowed``."""
    check_token_names(actor, room_id)
    check_not_banned(access)
    if not (actor.is_server or access.role is not None or access.kind == RoomKind.OPEN):
        raise ParleyError(NOT_ALLOWED, "This room is for its members.")


def lets_in(actor: Actor, room_id: str, access: Access) -> bool:
    """Whether the actor's token makes a member of a private room out of somebody who is none yet. A guest who left or
    was sent away stays outside."""
    named = actor.rooms is not None and room_id in actor.rooms and not actor.is_guest
    return access.role is None and access.kind == RoomKind.PRIVATE and named


def check_may_join(actor: Actor, room_id: str, access: Access) -> None:
    """Open rooms let everybody in, private ones those whose token names them. Raises ``banned``, ``not_allowed``,
    ``room_archived``."""
    check_not_banned(access)
    if not lets_in(actor, room_id, access):
        check_may_read(actor, room_id, access)
    if access.role is None and access.archived:
        raise ParleyError(ROOM_ARCHIVED)


def check_may_invite(actor: Actor, access: Access) -> None:
    """Members bring people in; nobody joins a direct conversation later. Raises ``not_allowed``, ``room_archived``."""
    _check_not_direct(access)
    if access.archived:
        raise ParleyError(ROOM_ARCHIVED)
    if actor.is_guest or not (actor.is_server or access.role is not None):
        raise ParleyError(NOT_ALLOWED, "Only members bring people into a room, and guests nobody.")


def check_may_make_guest_links(actor: Actor, access: Access) -> None:
    """Make, see and revoke them. Raises ``not_allowed``."""
    _check_not_direct(access)
    check_may_moderate(actor, access)
    if actor.is_guest:
        raise ParleyError(NOT_ALLOWED, "Guests bring nobody in.")


def check_may_give_role(actor: Actor, access: Access, role: str) -> None:
    """More than plain membership comes from an owner or the server. Raises ``not_allowed``."""
    if role != MemberRole.MEMBER:
        check_may_change_role(actor, access)


def check_may_change_role(actor: Actor, access: Access) -> None:
    """Raises ``not_allowed`` for anybody but an owner and the server."""
    if not _rules(actor, access):
        raise ParleyError(NOT_ALLOWED, "Only an owner gives and takes roles.")


# Changing a room

_OF_MODERATORS = frozenset({"topic", "frozen", "slow_seconds"})


def check_may_update_room(actor: Actor, access: Access, fields: Collection[str]) -> None:
    """Owners and the server change everything, moderators topic, frozen and slow_seconds. Of an archived room nothing
    changes unless it is opened again. Raises ``not_allowed``, ``room_archived``, ``muted``."""
    theirs = access.role == MemberRole.MODERATOR and _OF_MODERATORS.issuperset(fields)
    if not (_rules(actor, access) or theirs):
        raise ParleyError(NOT_ALLOWED, "Only an owner changes this of a room.")
    if access.archived and "archived" not in fields:
        raise ParleyError(ROOM_ARCHIVED)
    if access.muted:
        raise ParleyError(MUTED)


def _rules(actor: Actor, access: Access) -> bool:
    return actor.is_server or access.role == MemberRole.OWNER


# Sending people away


def check_may_leave(access: Access) -> None:
    """Raises ``not_allowed``."""
    _check_not_direct(access)


def check_owner_remains(*, members: bool, owners: bool) -> None:
    """When an owner leaves or becomes less: whether the room will have members, and owners. Raises ``last_owner``."""
    if members and not owners:
        raise ParleyError(LAST_OWNER, "Make somebody else an owner first.")


def check_may_remove(actor: Actor, access: Access, role: str | None) -> None:
    """Take somebody of ``role`` out of a room: owners and the server anybody, moderators those below them. Raises
    ``not_allowed``."""
    _check_not_direct(access)
    below = access.role == MemberRole.MODERATOR and role in (None, MemberRole.MEMBER)
    if not (_rules(actor, access) or below):
        raise ParleyError(NOT_ALLOWED, "Moderators send members away, owners everybody.")


def check_may_ban(actor: Actor, access: Access, user_id: str, role: str | None) -> None:
    """As ``check_may_remove``; nobody bans themselves. Raises ``not_allowed``."""
    check_may_remove(actor, access, role)
    if actor.user_id == user_id:
        raise ParleyError(NOT_ALLOWED, "Nobody bans themselves.")


def check_may_moderate(actor: Actor, access: Access) -> None:
    """See and lift bans. Raises ``not_allowed``."""
    if not moderates(actor, access):
        raise ParleyError(NOT_ALLOWED, "Only moderators and owners do this.")


def _check_not_direct(access: Access) -> None:
    if access.kind == RoomKind.DIRECT:
        raise ParleyError(NOT_ALLOWED, "A direct conversation keeps its people.")


# Changing what was said


def check_may_write(actor: Actor, room_id: str, access: Access) -> None:
    """Whoever may read may write, unless nobody does any more or only moderators do.

    Raises ``banned``, ``not_allowed``, ``room_archived``, ``room_frozen``, ``muted``.
    """
    check_may_read(actor, room_id, access)
    if access.archived:
        raise ParleyError(ROOM_ARCHIVED)
    if access.frozen and not moderates(actor, access):
        raise ParleyError(ROOM_FROZEN)
    if access.muted:
        raise ParleyError(MUTED)


def check_may_edit(actor: Actor, author_id: str | None) -> None:
    """Nobody puts words into another's mouth but the server. Raises ``not_allowed``."""
    if not actor.is_server and actor.user_id != author_id:
        raise ParleyError(NOT_ALLOWED, "Only its author edits a message.")


def check_may_delete(actor: Actor, access: Access, author_id: str | None) -> None:
    """Authors, moderators, owners and the server. Raises ``not_allowed``."""
    if actor.user_id != author_id:
        check_may_moderate(actor, access)


def check_may_pin(actor: Actor, access: Access) -> None:
    """Those who moderate; in a direct conversation everybody. Raises ``not_allowed``."""
    if access.kind != RoomKind.DIRECT:
        check_may_moderate(actor, access)


def check_may_report(actor: Actor, author_id: str | None) -> None:
    """Of what others said, whoever may read it. Raises ``not_allowed``."""
    if actor.user_id == author_id:
        raise ParleyError(NOT_ALLOWED, "Nobody reports what they said themselves.")


def moderates(actor: Actor, access: Access) -> bool:
    """Moderators, owners and the server."""
    return _rules(actor, access) or access.role == MemberRole.MODERATOR
