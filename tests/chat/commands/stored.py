"""What is in a tenant's tables, and changes to it behind the commands' back."""

from __future__ import annotations

from typing import Any

from chat.commands.sending import Draft, Extras, Sent, commit
from kit.errors import ParleyError
from kit.ids import uuid7
from tenants.connections import tenant_connection
from tenants.scope import tenant_scope
from tests.support.cast import Tenancy


def draft(text: str = "hi", *, user: str = "ann", room: str = "general", client_id: str | None = None) -> Draft:
    return Draft(uuid7(), room, user, client_id, text)


def with_extras(text: str = "hi", *, user: str | None = "ann", room: str = "general", **extras: Any) -> Draft:
    return Draft(uuid7(), room, user, None, text, Extras(**extras))  # type: ignore[typeddict-item]


async def sent(tenancy: Tenancy, *drafts: Draft) -> list[Sent]:
    answers = await commit(tenancy.record, drafts)
    assert all(isinstance(answer, Sent) for answer in answers), answers
    return [answer for answer in answers if isinstance(answer, Sent)]


async def want_webhooks(tenancy: Tenancy) -> None:
    await run(tenancy, "INSERT INTO chat_webhookendpoint (id, url, sealed_secret) VALUES ('we', 'https://a.test', '')")


async def send(tenancy: Tenancy, *drafts: Draft) -> list[int | str]:
    """Commit them together; the seq of each, or the code of its refusal."""
    answers = await commit(tenancy.record, drafts)
    return [said(answer) for answer in answers]


def said(answer: Sent | ParleyError) -> int | str:
    return answer.seq if isinstance(answer, Sent) else answer.code.name


async def run(tenancy: Tenancy, statement: str, *parameters: object) -> list[tuple[Any, ...]]:
    with tenant_scope(tenancy.record):
        async with tenant_connection() as connection:
            cursor = await connection.execute(statement, parameters)
            return await cursor.fetchall() if cursor.description else []


async def make_room(tenancy: Tenancy, room_id: str, kind: str = "open", *members: str) -> None:
    await run(tenancy, "INSERT INTO chat_room (id, kind, epoch) VALUES (%s, %s, 'e')", room_id, kind)
    for member in members:
        await run(tenancy, "INSERT INTO chat_member (room_id, user_id) VALUES (%s, %s)", room_id, member)


async def texts(tenancy: Tenancy, room: str = "general") -> list[str]:
    rows = await run(tenancy, "SELECT text FROM chat_message WHERE room_id = %s ORDER BY seq", room)
    return [text for (text,) in rows]


async def check_counted(tenancy: Tenancy, room: str = "general") -> int:
    """The room's seqs are 1, 2, 3 ... and ``last_seq`` is the last of them; how many there are."""
    rows = await run(tenancy, "SELECT seq, changed_seq FROM chat_message WHERE room_id = %s ORDER BY seq", room)
    assert rows == [(seq, seq) for seq in range(1, len(rows) + 1)]
    assert await run(tenancy, "SELECT last_seq FROM chat_room WHERE id = %s", room) == [(len(rows),)]
    return len(rows)
