"""Consoles: the first page of a long list beside that of a short one."""

from __future__ import annotations

from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from django.db import connections

from tenants.models import Account, Role
from tenants.scope import tenant_scope
from tests.bench.asker import BadAnswer
from tests.bench.pace import Pace
from tests.bench.report import Table, ratio
from tests.bench.shapes import Shape
from tests.bench.systems import Parley, System
from tests.support.sessions import session_of

_SHORT, _TRIES = 100, 50
_LISTS = {"users": ("/admin/chat/user/", 100_000), "rooms": ("/admin/chat/room/", 10_000)}
_TENANTS = ("/operators/tenants/tenant/", 1_000)
_FILL = {
    "users": "INSERT INTO chat_user (id, name) SELECT 'x' || n, 'Person ' || n FROM generate_series(%s::int, %s) n",
    "rooms": "INSERT INTO chat_room (id, name, epoch) SELECT 'x' || n, 'Room', 'e' FROM generate_series(%s::int, %s) n",
}
# Rows without schemas: the list asks no tenant for anything.
_FILL_TENANTS = """
    INSERT INTO tenants_tenant
    SELECT (jsonb_populate_record(model, jsonb_build_object(
        'id', 1000000 + n, 'slug', 'many-' || n, 'name', 'Many ' || n, 'schema_name', 't_many_' || n))).*
    FROM tenants_tenant model, generate_series(%s::int, %s) n WHERE model.id = %s
"""


def consoles(systems: list[System], pace: Pace, folder: Path) -> dict[str, Any]:
    """Milliseconds of each try, for each list: short, long."""
    return {system.name: _measure(system, folder) for system in systems if isinstance(system, Parley)}


def _measure(system: Parley, folder: Path) -> dict[str, list[list[float]]]:
    system.prepare(Shape(1, 1))
    system.start(folder)
    try:
        short, long = (_first_pages(system, full=full) for full in (False, True))
        return {name: [short[name], long[name]] for name in short}
    finally:
        with connections["default"].cursor() as cursor:
            cursor.execute("DELETE FROM tenants_tenant WHERE id > 1000000")
        system.stop()


def _first_pages(system: Parley, *, full: bool) -> dict[str, list[float]]:
    tenancy = system.tenancy
    owner = tenancy.account("olive", Role.OWNER)
    operator = Account.objects.create_user(f"{owner.pk}@parley.test", name="Otto", operator_role="owner")
    inside = _Visitor(system, tenancy.host, session_of(owner, tenancy))
    outside = _Visitor(system, "localhost", session_of(operator, second_factor=True))
    found = {}
    for name, (path, most) in _LISTS.items():
        with tenant_scope(tenancy.record):
            _run("tenant", _FILL[name], *_span(most, full), table=f"chat_{name.removesuffix('s')}")
        found[f"{most:,} {name}"] = inside.timed(path)
    path, most = _TENANTS
    _run("default", _FILL_TENANTS, *_span(most, full), tenancy.record.id, table="tenants_tenant")
    found[f"{most:,} tenants"] = outside.timed(path)
    return found


def _span(most: int, full: bool) -> tuple[int, int]:
    return (_SHORT + 1, most) if full else (1, _SHORT)


def _run(alias: str, statement: str, *parameters: object, table: str) -> None:
    with connections[alias].cursor() as cursor:
        cursor.execute(statement, parameters)
        cursor.execute(f"ANALYZE {table}")


class _Visitor:
    """Somebody signed in, with a connection that is kept."""

    def __init__(self, system: Parley, host: str, session: str) -> None:
        assert system.process is not None
        self._connection = HTTPConnection("127.0.0.1", system.process.port, timeout=30)
        self._headers = {"Host": f"{host}:{system.process.port}", "Cookie": f"sessionid={session}"}

    def timed(self, path: str) -> list[float]:
        return [self._ask(path) for _ in range(_TRIES)]

    def _ask(self, path: str) -> float:
        begun = perf_counter()
        self._connection.request("GET", path, headers=self._headers)
        answer = self._connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise BadAnswer(f"{answer.status} {body[:500]!r}")
        return (perf_counter() - begun) * 1_000


def table(rows: dict[str, Any]) -> Table:
    lines: list[list[Any]] = []
    for name, lists in rows.items():
        for what, (short, long) in lists.items():
            lines.append([name, what, median(short), median(long), ratio(median(long), median(short))])
    return Table(f"Consoles: first page in ms, beside a list of {_SHORT}", ["system", "", "short", "long", "x"], lines)
