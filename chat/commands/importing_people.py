"""Bringing in people from a file: kept, looked at, then saved by the worker some at a time, from where it had come."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from typing import IO, Any, NamedTuple

from django.core.files.base import File

from chat.commands import members, profiles
from chat.files.names import clean_name
from chat.files.people_csv import MOST_BYTES, MOST_ROWS, Columns, Fault, People, Person, read_columns
from chat.files.storage import discard, keep, open_kept
from chat.models import UserImport
from chat.policies import SERVER
from kit.errors import NOT_FOUND, PLAN_LIMIT_REACHED, TOO_BIG, ParleyError
from tenants.audit import record_here
from tenants.connections import tenant_connection
from tenants.scope import schema_in_scope

MOST_FAULTS_KEPT = 10_000
_AT_ONCE = 1_000
_LOOKED_AT = 5_000  # rows
_SHOWN_FAULTS = 20
_LEASE = "60 seconds"
_FORGOTTEN_AFTER = "24 hours"
_MOST_WAITING = 10  # files that are kept at once
_MOST_ATTEMPTS = 5  # on which nothing got further


@dataclass(frozen=True, slots=True)
class Preview:
    """What the beginning of a file holds: ``rows`` of it were read."""

    columns: Columns
    rows: int
    people: list[Person]
    faults: list[Fault]
    faulty: int


def path_of(import_id: str) -> str:
    return f"imports/{import_id}.csv"


async def keep_file(file: File[bytes], name: str) -> str:
    """Take in a file of people; nothing is done with it before ``start``. Returns the import's id. Raises ParleyError
    ``too_big``, ``plan_limit_reached`` where others wait, and ``invalid`` for what is no such file."""
    if file.size > MOST_BYTES:
        raise ParleyError(TOO_BIG, f"A file of people has {MOST_BYTES // 1_000_000} MB at most.")
    await asyncio.to_thread(read_columns, file)
    [(waiting,)] = await _run("SELECT count(*) FROM chat_userimport WHERE state IN ('looked_at', 'running')")
    if waiting >= _MOST_WAITING:
        raise ParleyError(PLAN_LIMIT_REACHED, f"There are {waiting} files already: import or cancel them first.")
    made = UserImport(file_name=clean_name(name), size=file.size)
    await asyncio.to_thread(keep, schema_in_scope(), path_of(made.id), file)
    await _run(
        "INSERT INTO chat_userimport (id, file_name, size) VALUES (%(id)s, %(name)s, %(size)s)",
        id=made.id,
        name=made.file_name,
        size=made.size,
    )
    return made.id


async def preview(import_id: str) -> Preview:
    """Raises FileNotFoundError."""
    columns, rows = await asyncio.to_thread(_first_rows, schema_in_scope(), import_id)
    people, faults = await _sorted_out(rows, set())
    return Preview(columns, len(rows), people[:5], faults[:_SHOWN_FAULTS], len(faults))


def _first_rows(schema: str, import_id: str) -> tuple[Columns, list[Person | Fault]]:
    with closing(open_kept(schema, path_of(import_id))) as file:
        columns = read_columns(file)
        return columns, list(islice(People(file, columns), _LOOKED_AT))


async def start(import_id: str) -> None:
    """Let the worker begin. Raises ParleyError ``not_found`` for what was started or given up before."""
    await _move(import_id, "state = 'running', started_at = now()", "state = 'looked_at'")


async def cancel(import_id: str) -> None:
    """What is in stays in; the file goes. Raises ParleyError ``not_found`` for what has ended."""
    await _move(import_id, "state = 'cancelled', ended_at = now()", "state IN ('looked_at', 'running')")
    await _remove_file(import_id)


class _Counts(NamedTuple):
    """Lines that are saved, and lines that cannot be."""

    saved: int
    faulty: int


async def _move(import_id: str, change: str, condition: str) -> _Counts:
    found = await _run(
        f"UPDATE chat_userimport SET {change} WHERE id = %(id)s AND {condition} RETURNING saved, faulty",  # noqa: S608 - constants
        id=import_id,
    )
    if not found:
        raise ParleyError(NOT_FOUND, "This import has been started or has ended already.")
    return _Counts(*found[0])


async def unfinished() -> list[str]:
    """Imports of the tenant in scope that run, and that nobody is at work on."""
    found = await _run(
        "SELECT id FROM chat_userimport WHERE state = 'running' AND (leased_until IS NULL OR leased_until < now())"
    )
    return [import_id for (import_id,) in found]


async def forget_old() -> None:
    """Cancel what was handed in and never started."""
    old = await _run(
        "SELECT id FROM chat_userimport WHERE state = 'looked_at' AND created_at < now() - %(age)s::interval",
        age=_FORGOTTEN_AFTER,
    )
    for (import_id,) in old:
        await cancel(import_id)


async def carry_on(import_id: str) -> None:
    """Save what the file holds from where it was left. Does nothing while somebody else does, and gives up what has
    failed often enough."""
    claimed = await _run(_CLAIM, id=import_id, lease=_LEASE)
    if not claimed:
        return
    position, line, attempts = claimed[0]
    if attempts > _MOST_ATTEMPTS:
        await _give_up(import_id, f"Behind line {max(line, 1)} it failed {_MOST_ATTEMPTS} times. What is in stays in.")
        return
    try:
        file = await asyncio.to_thread(open_kept, schema_in_scope(), path_of(import_id))
    except FileNotFoundError:
        await _give_up(import_id, "The file is gone.")
        return
    with closing(file):
        ended = await _save_all(import_id, file, position, line)
    if ended:
        await _remove_file(import_id)


_CLAIM = """
    UPDATE chat_userimport SET leased_until = now() + %(lease)s::interval, attempts = attempts + 1
    WHERE id = %(id)s AND state = 'running' AND (leased_until IS NULL OR leased_until < now())
    RETURNING position, line, attempts
"""


async def _give_up(import_id: str, why: str) -> None:
    """Unless it was cancelled meanwhile."""
    await _run(_FAIL, id=import_id, why=why)
    await _remove_file(import_id)


_FAIL = """
    UPDATE chat_userimport SET state = 'failed', failure = %(why)s, ended_at = now(), leased_until = NULL
    WHERE id = %(id)s AND state = 'running'
"""


async def _save_all(import_id: str, file: IO[bytes], position: int, line: int) -> bool:
    """Whether it came to an end, its own or another."""
    columns = await asyncio.to_thread(read_columns, file)
    seen = await asyncio.to_thread(_ids_before, file, columns, position)
    people = People(file, columns, position, line)
    rows = iter(people)
    before, taken = people.position, 0
    while batch := await asyncio.to_thread(_next, rows):
        taken += len(batch)
        good, faults = await _sorted_out(batch, seen)
        await _save(good)
        faults += await _place(good)
        if not await _note(import_id, before, people, len(good), faults):
            return False
        before = people.position
    counts = await _move(import_id, "state = 'done', ended_at = now(), leased_until = NULL", "state = 'running'")
    await record_here("users.import_done", f"import:{import_id}", after=counts._asdict())
    return True


def _ids_before(file: IO[bytes], columns: Columns, position: int) -> set[str]:
    if position <= columns.end:
        return set()
    people = People(file, columns)
    return {row.id for row in _until(people, position) if isinstance(row, Person)}


def _until(people: People, position: int) -> Iterator[Person | Fault]:
    for row in people:
        yield row
        if people.position >= position:
            return


def _next(rows: Iterator[Person | Fault]) -> list[Person | Fault]:
    return list(islice(rows, _AT_ONCE))


async def _sorted_out(rows: Sequence[Person | Fault], seen: set[str]) -> tuple[list[Person], list[Fault]]:
    """Those that can be saved, and the others; ``seen`` are the ids that were in lines before."""
    rooms = await _rooms_among({room for row in rows if isinstance(row, Person) for room in row.rooms})
    good, faults = [], []
    for row in rows:
        fault = row if isinstance(row, Fault) else _fault_of(row, seen, rooms)
        if fault is not None:
            faults.append(fault)
        elif isinstance(row, Person):
            seen.add(row.id)
            good.append(row)
    return good, faults


def _fault_of(person: Person, seen: set[str], rooms: dict[str, str]) -> Fault | None:
    if person.id in seen:
        return Fault(person.line, person.id, "the id stands in a line before")
    if len(seen) >= MOST_ROWS:
        return Fault(person.line, person.id, f"a file has {MOST_ROWS:,} rows at most")
    for room in person.rooms:
        if rooms.get(room) != "":
            return Fault(person.line, person.id, rooms.get(room) or f"there is no room {room!r}")
    return None


async def _rooms_among(room_ids: set[str]) -> dict[str, str]:
    """Of those that exist, why nobody can be put into them; empty where people can."""
    return dict(await _run(_ROOMS, rooms=sorted(room_ids))) if room_ids else {}


_ROOMS = """
    SELECT id, CASE WHEN archived_at IS NOT NULL THEN 'the room ' || quote_literal(id) || ' is archived'
        WHEN kind = 'direct' THEN quote_literal(id) || ' is a direct conversation' ELSE '' END
    FROM chat_room WHERE id = ANY (%(rooms)s::text[])
"""


async def _save(people: Sequence[Person]) -> None:
    if people:
        saved = [profiles.Profile(who.id, who.name, who.avatar, who.data) for who in people]
        await profiles.save_users(saved, recorded=False)


async def _place(people: Sequence[Person]) -> list[Fault]:
    """Make them members of their rooms, where they are none. Together, or, where one is refused, one by one."""
    by_room: dict[str, list[Person]] = {}
    for person in people:
        for room in person.rooms:
            by_room.setdefault(room, []).append(person)
    return [fault for room, some in by_room.items() for fault in await _place_in(room, some)]


async def _place_in(room: str, people: Sequence[Person]) -> list[Fault]:
    try:
        await members.place(SERVER, room, {person.id: None for person in people}, recorded=False)
    except ParleyError as refused:
        if len(people) > 1:
            return [fault for person in people for fault in await _place_in(room, [person])]
        [person] = people
        return [Fault(person.line, person.id, f"saved, but not put into the room {room!r}: {refused.detail}"[:300])]
    return []


async def _note(import_id: str, before: int, people: People, saved: int, faults: Sequence[Fault]) -> bool:
    """Write down how far it is; False when it was cancelled, or is somebody else's by now."""
    lines, whom, reasons = _columns(faults)
    noted = await _run(
        _NOTE,
        id=import_id,
        before=before,
        position=people.position,
        line=people.line,
        saved=saved,
        lines=lines,
        users=whom,
        reasons=reasons,
        most=MOST_FAULTS_KEPT,
        lease=_LEASE,
    )
    return bool(noted)


def _columns(faults: Iterable[Fault]) -> tuple[list[int], list[str], list[str]]:
    """One fault a line: of several rooms that refuse, the first."""
    kept = {fault.line: fault for fault in reversed(list(faults))}
    ordered = [kept[line] for line in sorted(kept)]
    return [f.line for f in ordered], [f.user for f in ordered], [f.reason[:300] for f in ordered]


_NOTE = """
    WITH moved AS (
        UPDATE chat_userimport SET position = %(position)s, line = %(line)s, saved = saved + %(saved)s,
            faulty = faulty + cardinality(%(lines)s::int[]), leased_until = now() + %(lease)s::interval, attempts = 0
        WHERE id = %(id)s AND state = 'running' AND (position = %(before)s OR position = 0)
        RETURNING id, faulty
    ), kept AS (
        INSERT INTO chat_importfault (user_import_id, line, "user", reason)
        SELECT moved.id, fault.line, fault.person, fault.reason
        FROM moved, unnest(%(lines)s::int[], %(users)s::text[], %(reasons)s::text[]) fault (line, person, reason)
        WHERE moved.faulty <= %(most)s + cardinality(%(lines)s::int[])
        ON CONFLICT DO NOTHING
    )
    SELECT id FROM moved
"""


async def _remove_file(import_id: str) -> None:
    await asyncio.to_thread(discard, schema_in_scope(), [path_of(import_id)])


async def _run(statement: str, **parameters: Any) -> list[tuple[Any, ...]]:
    async with tenant_connection() as connection:
        cursor = await connection.execute(statement, parameters)
        return await cursor.fetchall() if cursor.description else []
