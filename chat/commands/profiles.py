"""What the tenant's own server says of its users: who they are, and whether they may come in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from psycopg.types.json import Jsonb

from chat.commands.auditing import record_act
from chat.commands.users import enter
from chat.policies import SERVER, Actor
from chat.queries.people import USER, UserView
from kit.errors import USER_NOT_FOUND, ParleyError
from tenants.connections import tenant_connection


async def save_user(user_id: str, *, name: str | None, avatar: str | None) -> None:
    """As ``enter``, by the tenant's server: who is new or other now is in the audit log."""
    entered = await enter(user_id, name=name, avatar=avatar)
    if entered.saved is not None:
        after = {"name": entered.name, "avatar": entered.avatar}
        await record_act(SERVER, f"user.{entered.saved}", f"user:{user_id}", after=after)


async def update_user(
    actor: Actor,
    user_id: str,
    *,
    name: str | None = None,
    avatar: str | None = None,
    data: Mapping[str, Any] | None = None,
    active: bool | None = None,
) -> UserView:
    """Change what is not None; with empty ``data`` there is none any more. Who is deactivated is refused from now on,
    and every open socket of such a user ends. One statement; what the server changes is in the audit log. Raises
    ParleyError ``user_not_found``."""
    stored = None if data is None else Jsonb(dict(data))
    parameters = {"id": user_id, "name": name, "avatar": avatar, "data": stored, "active": active}
    async with tenant_connection() as connection:
        cursor = await connection.execute(_UPDATE, parameters)
        row = await cursor.fetchone()
    if row is None:
        raise ParleyError(USER_NOT_FOUND, f"There is no user {user_id!r}.")
    before, after, *user = row
    if actor.is_server:
        await _record_update(user_id, before, after)
    return UserView(*user)


async def _record_update(user_id: str, before: dict[str, Any], after: dict[str, Any]) -> None:
    was_active, is_active = before.pop("active"), after.pop("active")
    changed = [field for field in after if after[field] != before[field]]
    if changed:
        was, is_now = ({field: side[field] for field in changed} for side in (before, after))
        await record_act(SERVER, "user.changed", f"user:{user_id}", before=was, after=is_now)
    if was_active != is_active:
        action = "user.reactivated" if is_active else "user.deactivated"
        await record_act(SERVER, action, f"user:{user_id}")


def _told(user: str) -> str:
    """What the audit log is told of a row."""
    fields = ("name", "avatar", "data")
    told = ", ".join(f"'{field}', {user}.{field}" for field in fields)
    return f"jsonb_build_object({told}, 'active', {user}.deactivated_at IS NULL)"


_UPDATE = f"""
    WITH before AS (SELECT * FROM chat_user WHERE id = %(id)s::text FOR NO KEY UPDATE)
    UPDATE chat_user person SET
        name = COALESCE(%(name)s::text, person.name),
        avatar = COALESCE(%(avatar)s::text, person.avatar),
        data = NULLIF(COALESCE(%(data)s::jsonb, person.data), '{{}}'),
        deactivated_at = CASE %(active)s::boolean WHEN true THEN NULL
            WHEN false THEN COALESCE(person.deactivated_at, now()) ELSE person.deactivated_at END
    FROM before WHERE person.id = before.id
    RETURNING {_told("before")}, {_told("person")}, {USER}
"""  # noqa: S608 - constants


class Profile(NamedTuple):
    """What a server says of a user; None: as it was."""

    id: str
    name: str | None
    avatar: str | None
    data: Mapping[str, Any] | None = None


async def save_users(profiles: Sequence[Profile], *, recorded: bool = True) -> list[UserView]:
    """Make or update users, each named once, in one statement; in the order given. One entry in the audit log says how
    many are new or other now, unless the caller records it (``recorded``)."""
    ids, names, avatars, data = (list(column) for column in zip(*profiles, strict=True))
    stored = [None if each is None else Jsonb(dict(each)) for each in data]
    parameters = {"ids": ids, "names": names, "avatars": avatars, "data": stored}
    async with tenant_connection() as connection:
        cursor = await connection.execute(_SAVE, parameters)
        rows = await cursor.fetchall()
    if recorded:
        await _record_saved([outcome for outcome, *_ in rows], ids, names)
    saved = {user.id: user for user in (UserView(*user) for _, *user in rows)}
    return [saved[profile.id] for profile in profiles]


async def _record_saved(outcomes: list[str], ids: list[str], names: list[str | None]) -> None:
    counts = {outcome: outcomes.count(outcome) for outcome in ("created", "changed")}
    if len(ids) == 1 and any(counts.values()):
        await record_act(SERVER, f"user.{outcomes[0]}", f"user:{ids[0]}", after={"name": names[0]})
    elif any(counts.values()):
        await record_act(SERVER, "users.saved", after=counts)


# In the order of their ids, so that two that save the same users cannot wait for each other.
_SAVE = f"""
    WITH given AS (
        SELECT given.id, COALESCE(given.name, present.name, left(given.id, 120)) AS name,
            COALESCE(given.avatar, present.avatar, '') AS avatar,
            NULLIF(COALESCE(given.data, present.data), '{{}}') AS data,
            present.id IS NULL AS is_new, present.name AS old_name, present.avatar AS old_avatar,
            present.data AS old_data
        FROM unnest(%(ids)s::text[], %(names)s::text[], %(avatars)s::text[], %(data)s::jsonb[])
            given (id, name, avatar, data)
        LEFT JOIN LATERAL (SELECT id, name, avatar, data FROM chat_user WHERE id = given.id LIMIT 1) present ON true
    ), person AS (
        INSERT INTO chat_user (id, name, avatar, data) SELECT id, name, avatar, data FROM given ORDER BY id
        ON CONFLICT (id) DO UPDATE SET name = excluded.name, avatar = excluded.avatar, data = excluded.data
        RETURNING *
    )
    SELECT CASE WHEN given.is_new THEN 'created'
            WHEN (given.name, given.avatar, given.data) IS DISTINCT FROM (old_name, old_avatar, old_data) THEN 'changed'
            ELSE 'same' END,
        {USER}
    FROM person JOIN given ON given.id = person.id
"""  # noqa: S608 - USER is a constant
