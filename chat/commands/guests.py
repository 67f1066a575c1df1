"""Guest links: made and ended; and the guests who come by one and go with it."""

from __future__ import annotations

from datetime import timedelta

from chat.commands.auditing import record_act
from chat.commands.locking import lock_room
from chat.commands.recording import record_event, record_events
from chat.delivery.rooms import RoomKey
from chat.events import RoomEvent
from chat.models import MemberRole
from chat.policies import SERVER, Actor, check_may_make_guest_links
from chat.publishing import announce
from chat.queries.guests import GUEST_LINK, GUESTS, IN_FORCE, GuestLinkView
from kit.errors import LINK_EXPIRED, NOT_FOUND, ROOM_ARCHIVED, ParleyError
from kit.ids import opaque
from tenants.connections import ScopedConnection, tenant_connection
from tenants.scope import schema_in_scope


async def create_guest_link(
    actor: Actor, room_id: str, *, name: str, life: timedelta, most_guests: int | None
) -> GuestLinkView:
    """A link into the room for people without an account.

    Raises ParleyError ``room_not_found``, ``not_allowed``, ``room_archived``.
    """
    async with tenant_connection() as connection, connection.transaction():
        room = await lock_room(connection, actor, room_id)
        check_may_make_guest_links(actor, room.access)
        if room.access.archived:
            raise ParleyError(ROOM_ARCHIVED)
        parameters = {
            "id": opaque("gl"),
            "room": room_id,
            "name": name,
            "user": actor.user_id,
            "life": life,
            "most": most_guests,
        }
        cursor = await connection.execute(_CREATE, parameters)
        [row] = await cursor.fetchall()
    after = {"room": room_id, "name": name, "life": life, "most_guests": most_guests}
    await record_act(actor, "guest_link.created", f"guest_link:{parameters['id']}", after=after)
    return GuestLinkView(*row)


_CREATE = f"""
    WITH link AS (
        INSERT INTO chat_guestlink (id, room_id, name, created_by, created_at, expires_at, most_guests)
        VALUES (%(id)s, %(room)s, %(name)s, %(user)s, now(), now() + %(life)s, %(most)s)
        RETURNING *
    )
    SELECT {GUEST_LINK} FROM link
"""  # noqa: S608 - a constant


async def enter_as_guest(link_id: str, room_id: str, name: str) -> str:
    """Make a guest, who is a member of the link's room from now on; the guest's id. Announced to the room.

    Raises ParleyError ``link_expired`` for a link that is no longer in force, or full, or whose room is archived.
    """
    guest_id = opaque("guest")
    async with tenant_connection() as connection, connection.transaction():
        room = await lock_room(connection, SERVER, room_id)  # whoever ends the link, or comes by it too, waits
        cursor = await connection.execute(_COME, {"link": link_id, "room": room_id, "id": guest_id, "name": name})
        if room.access.archived or cursor.rowcount == 0:
            raise ParleyError(LINK_EXPIRED)
        await connection.execute("INSERT INTO chat_member (room_id, user_id) VALUES (%s, %s)", (room_id, guest_id))
        event = await record_event(connection, room_id, "member.joined", guest_id, {"role": str(MemberRole.MEMBER)})
    await announce(RoomKey(schema_in_scope(), room_id), [event])
    return guest_id


_COME = f"""
    INSERT INTO chat_user (id, name, guest_link_id)
    SELECT %(id)s, %(name)s, link.id FROM chat_guestlink link
    WHERE link.id = %(link)s AND link.room_id = %(room)s AND {IN_FORCE}
        AND (link.most_guests IS NULL OR {GUESTS} < link.most_guests)
"""  # noqa: S608 - constants


async def revoke_guest_link(actor: Actor, room_id: str, link_id: str) -> None:
    """The link opens nothing from now on, and its guests have to go: see ``_end``.

    Raises ParleyError ``room_not_found``, ``not_allowed``, ``not_found``.
    """
    async with tenant_connection() as connection, connection.transaction():
        room = await lock_room(connection, actor, room_id)
        check_may_make_guest_links(actor, room.access)
        events = await _end(connection, room_id, link_id)
        if events is None:
            raise ParleyError(NOT_FOUND, "There is no such guest link.")
    await _announce_gone(room_id, events)
    await record_act(actor, "guest_link.revoked", f"guest_link:{link_id}", before={"room": room_id})


async def end_expired_guest_links() -> int:
    """Let the guests of the tenant in scope go whose links have expired; how many links that were."""
    async with tenant_connection() as connection:
        cursor = await connection.execute(_EXPIRED)
        expired = await cursor.fetchall()
    for room_id, link_id in expired:
        async with tenant_connection() as connection, connection.transaction():
            await lock_room(connection, SERVER, room_id)
            events = await _end(connection, room_id, link_id)
        await _announce_gone(room_id, events or [])
    return len(expired)


_EXPIRED = "SELECT room_id, id FROM chat_guestlink WHERE ended_at IS NULL AND expires_at <= now()"


async def _end(connection: ScopedConnection, room_id: str, link_id: str) -> list[RoomEvent] | None:
    """Deactivate the link's guests, which ends their sockets, and take them out of the room; what they said stays. None
    for a link that has ended before. The caller's transaction holds the room."""
    parameters = {"room": room_id, "link": link_id}
    cursor = await connection.execute(_END, parameters)
    if cursor.rowcount == 0:
        return None
    cursor = await connection.execute(_LET_GO, parameters)
    gone = await cursor.fetchall()
    happened = [(guest_id, {"reason": "removed"}) for (guest_id,) in gone]
    return await record_events(connection, room_id, "member.left", happened) if happened else []


_END = """
    UPDATE chat_guestlink SET ended_at = now() WHERE id = %(link)s AND room_id = %(room)s AND ended_at IS NULL
"""
_LET_GO = """
    WITH gone AS (
        UPDATE chat_user SET deactivated_at = COALESCE(deactivated_at, now()) WHERE guest_link_id = %(link)s
        RETURNING id
    )
    DELETE FROM chat_member member USING gone
    WHERE member.room_id = %(room)s AND member.user_id = gone.id RETURNING member.user_id
"""


async def _announce_gone(room_id: str, events: list[RoomEvent]) -> None:
    if events:
        await announce(RoomKey(schema_in_scope(), room_id), events)
