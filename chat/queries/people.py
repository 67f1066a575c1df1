"""Users and members."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.utils.crypto import salted_hmac

from chat.policies import SERVER, Actor
from chat.queries.access import BLOCKED
from chat.queries.presence import ONLINE
from kit.errors import USER_NOT_FOUND, ParleyError
from tenants.connections import fetch_all, fetch_one, tenant_connection
from tenants.scope import schema_in_scope


@dataclass(frozen=True, slots=True)
class UserView:
    """``last_seen`` is when the last socket of a visible user was closed. Who is not ``active`` may not come in."""

    id: str
    name: str
    avatar: str
    created_at: datetime
    active: bool
    online: bool
    last_seen: datetime | None


@dataclass(frozen=True, slots=True)
class MemberView:
    id: str
    name: str
    avatar: str
    role: str
    guest: bool
    read_seq: int
    joined_at: datetime
    online: bool
    last_seen: datetime | None


_SEEN = f"{ONLINE} AS online, person.last_seen_at AS last_seen"
USER = f"person.id, person.name, person.avatar, person.created_at, person.deactivated_at IS NULL AS active, {_SEEN}"
"""The columns of UserView, from ``chat_user person``."""


async def users(
    actor: Actor, *, limit: int, name: str | None = None, after: tuple[str, str] | None = None
) -> tuple[list[UserView], bool]:
    """Active users by name, and whether there are more: all but guests, whom only their room sees; for a guest the
    room's members. ``name`` is looked for anywhere in theirs, whatever the case; ``after`` is the last one's name and
    id."""
    after_name, after_id = after or (None, None)
    parameters = {
        "name": name,
        "rooms": _rooms_shared(actor),
        "after_name": after_name,
        "after_id": after_id,
        "most": limit + 1,
    }
    rows = await fetch_all(UserView, _USERS, parameters)
    return rows[:limit], len(rows) > limit


def _rooms_shared(actor: Actor) -> list[str] | None:
    """A guest sees the members of these and nobody else; None for who sees everybody."""
    return sorted(actor.rooms or ()) if actor.is_guest else None


_SHARED = "EXISTS (SELECT FROM chat_member WHERE room_id = ANY (%(rooms)s::text[]) AND user_id = person.id)"

_USERS = f"""
    SELECT {USER} FROM chat_user person
    WHERE deactivated_at IS NULL
        AND CASE WHEN %(rooms)s::text[] IS NULL THEN guest_link_id IS NULL ELSE {_SHARED} END
        AND (%(name)s::text IS NULL OR strpos(lower(name), lower(%(name)s::text)) > 0)
        AND (%(after_name)s::text IS NULL OR (name, id) > (%(after_name)s::text, %(after_id)s::text))
    ORDER BY name, id LIMIT %(most)s
"""  # noqa: S608 - constants


async def user(user_id: str, actor: Actor = SERVER) -> UserView:
    """As ``actor`` sees the user. Raises ParleyError ``user_not_found``, also for whom a guest does not see."""
    found = await fetch_one(UserView, _USER_OF_ID, {"id": user_id, "rooms": _rooms_shared(actor)})
    if found is None:
        raise ParleyError(USER_NOT_FOUND, f"There is no user {user_id!r}.")
    return found


_USER_OF_ID = f"""
    SELECT {USER} FROM chat_user person WHERE id = %(id)s AND (%(rooms)s::text[] IS NULL OR {_SHARED})
"""  # noqa: S608 - constants


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a user may be here: tokens issued before ``revoked_before`` (Unix time) are void."""

    active: bool
    revoked_before: float


async def standings(user_ids: Collection[str]) -> dict[str, Standing]:
    """Of those users who were ever revoked, or are deactivated or blocked."""
    async with tenant_connection() as connection:
        cursor = await connection.execute(_STANDINGS, (list(user_ids),))
        return {user_id: Standing(active, before) for user_id, active, before in await cursor.fetchall()}


_STANDINGS = f"""
    SELECT id, deactivated_at IS NULL AND NOT {BLOCKED}, COALESCE(extract(epoch FROM revoked_before), 0)::float8
    FROM chat_user person
    WHERE id = ANY(%s::text[]) AND (deactivated_at IS NOT NULL OR revoked_before IS NOT NULL OR {BLOCKED})
"""  # noqa: S608 - a constant


def digest_of(user_id: str) -> str:
    """What is kept of the id of somebody who was erased, in the tenant in scope: enough to know it again, too little to
    learn it."""
    return salted_hmac(f"chat.erasure:{schema_in_scope()}", user_id, algorithm="sha256").hexdigest()


FOUND = """
    chat_user.id = ANY (ARRAY(
        SELECT id FROM chat_user
        WHERE (array_to_tsvector(ARRAY[lower(id)]) || to_tsvector('pg_catalog.simple', name)) @@ %s::tsquery
        LIMIT 10000
    ))
"""
"""Whether a row of ``chat_user`` is what ``beginnings`` was asked for. First those whom the index ``users_by_word``
has, ten thousand at most, then their order: the planner would otherwise read everybody in order, looking for them."""


def beginnings(words: str) -> str:
    """A tsquery for those whose id begins like this, or each of the words like one of their name's."""
    asked = words.lower().split()
    whole = _begins("".join(asked)) if len(asked) == 1 else ""
    named = " & ".join(" & ".join(map(_begins, parts)) for word in asked if (parts := _PARTS.findall(word)))
    return " | ".join(filter(None, (whole, f"({named})" if named else "")))


_PARTS = re.compile(r"[^\W_]+")
_LONGEST = 128


def _begins(word: str) -> str:
    quoted = word[:_LONGEST].replace("\\", "\\\\").replace("'", "''")
    return f"'{quoted}':*"


async def members(room_id: str, *, limit: int, after: str | None = None) -> tuple[list[MemberView], bool]:
    """A room's members by id, and whether there are more. The caller has checked that the room may be read."""
    rows = await fetch_all(MemberView, _MEMBERS, {"room": room_id, "after": after or "", "most": limit + 1})
    return rows[:limit], len(rows) > limit


_MEMBERS = f"""
    SELECT person.id, person.name, person.avatar, member.role, person.guest_link_id IS NOT NULL AS guest,
        member.read_seq, member.joined_at, {_SEEN}
    FROM chat_member member JOIN chat_user person ON person.id = member.user_id
    WHERE member.room_id = %(room)s AND member.user_id > %(after)s
    ORDER BY member.user_id LIMIT %(most)s
"""  # noqa: S608 - a constant
