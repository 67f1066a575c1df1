"""Answers that are kept for requests with an ``Idempotency-Key``: claimed before the work, kept after it.

One statement each. A claim whose request died with its process is given to a repeat after ``ABANDONED``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from kit.errors import IDEMPOTENCY_BUSY, IDEMPOTENCY_MISMATCH, ParleyError
from tenants.connections import tenant_connection

KEPT = timedelta(hours=24)
ABANDONED = timedelta(minutes=1)
_PAUSE = 1.0  # seconds after which a repeat may find the first request answered


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to answer a request for the first time."""

    id: int
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request was answered."""

    status: int
    content_type: str
    body: bytes


async def claim(caller: str, key: str, fingerprint: str) -> Claim | Answer:
    """A claim for the first request of this key, or the answer that it was given.

    Raises ParleyError ``idempotency_mismatch`` when the key came with another request, ``idempotency_busy`` while the
    first one runs.
    """
    parameters = {
        "caller": caller,
        "key": key,
        "fingerprint": fingerprint,
        "kept": KEPT,
        "abandoned": ABANDONED,
    }
    async with tenant_connection() as connection:
        cursor = await connection.execute(_CLAIM, parameters)
        row = await cursor.fetchone()
    if row is None:  # claimed by another connection while we looked
        raise _busy()
    claimed, answer_id, made_at, before, status, content_type, body = row
    if claimed:
        return Claim(answer_id, made_at)
    if before != fingerprint:
        raise ParleyError(IDEMPOTENCY_MISMATCH)
    if status is None:
        raise _busy()
    return Answer(status, content_type, bytes(body or b""))


def _busy() -> ParleyError:
    return ParleyError(IDEMPOTENCY_BUSY, retry_after=_PAUSE)


_CLAIM = """
    WITH claimed AS (
        INSERT INTO chat_storedanswer AS before (caller, key, fingerprint, created_at)
        VALUES (%(caller)s, %(key)s, %(fingerprint)s, clock_timestamp())
        ON CONFLICT (caller, key) DO UPDATE SET
            fingerprint = excluded.fingerprint, status = NULL, content_type = '', body = NULL,
            created_at = excluded.created_at
        WHERE before.created_at < clock_timestamp() - %(kept)s::interval
            OR before.status IS NULL AND before.fingerprint = excluded.fingerprint
                AND before.created_at < clock_timestamp() - %(abandoned)s::interval
        RETURNING id, created_at
    )
    SELECT true, id, created_at, NULL, NULL::smallint, NULL, NULL::bytea FROM claimed
    UNION ALL
    SELECT false, id, created_at, fingerprint, status, content_type, body FROM chat_storedanswer
    WHERE caller = %(caller)s AND key = %(key)s AND NOT EXISTS (SELECT FROM claimed)
"""


async def keep(claim: Claim, answer: Answer) -> None:
    """Answer the claim's key so from now on, unless somebody else has claimed it since."""
    async with tenant_connection() as connection:
        await connection.execute(
            "UPDATE chat_storedanswer SET status = %s, content_type = %s, body = %s WHERE id = %s AND created_at = %s",
            (answer.status, answer.content_type, answer.body, claim.id, claim.made_at),
        )


async def release(claim: Claim) -> None:
    """Nothing is to be kept: the same request is a new one."""
    async with tenant_connection() as connection:
        await connection.execute(
            "DELETE FROM chat_storedanswer WHERE id = %s AND created_at = %s", (claim.id, claim.made_at)
        )


async def remove_old_answers() -> int:
    """Remove what is no longer kept. Returns how many went."""
    async with tenant_connection() as connection:
        cursor = await connection.execute(
            "DELETE FROM chat_storedanswer WHERE created_at < clock_timestamp() - %s::interval", (KEPT,)
        )
        return cursor.rowcount
