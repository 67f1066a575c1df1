"""The checker: it is shown everything that anybody was shown, and says what was not theirs.

Each tenant has a canary, a text that is in every value of its and in nothing else. Whatever a place of one tenant
(a frame, an answer, a page, a row, a message in Redis) contains of another tenant's canary has leaked. A place where
a tenant never saw its own canary, or a door that turned its own people away, is a finding too: a checker that was
shown nothing must not be content.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import psycopg
from psycopg import sql

CANARY = re.compile(r"canary-[0-9a-f]{16}")


@dataclass(frozen=True)
class Leak:
    """``owner``'s canary in a place of ``reader``'s (None: a place that is nobody's)."""

    place: str
    owner: str
    reader: str | None


@dataclass(frozen=True)
class Silence:
    """A place where a tenant's own canary was never seen."""

    place: str
    tenant: str


@dataclass(frozen=True)
class Refusal:
    """A door that turned away somebody who belongs there."""

    place: str
    tenant: str
    answer: str


Finding = Leak | Silence | Refusal


class Found(AssertionError):
    """Tenants are not apart."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        counted = Counter(findings).most_common(10)
        super().__init__("\n".join(f"{number} x {finding}" for finding, number in counted))
        self.findings = findings

    def of(self, kind: type[Finding]) -> list[Finding]:
        return [finding for finding in self.findings if isinstance(finding, kind)]


class Observer:
    """``canaries`` maps each tenant's schema name, which names the tenant here, to its canary."""

    def __init__(self, canaries: Mapping[str, str]) -> None:
        self._canaries = canaries
        self._owners = {canary: tenant for tenant, canary in canaries.items()}
        self._seen: Counter[tuple[str, str]] = Counter()
        self._findings: list[Finding] = []

    def saw(self, tenant: str, place: str, content: str | bytes) -> None:
        """Something was shown to ``tenant``, or stored for it."""
        for owner in self._owners_in(content):
            if owner == tenant:
                self._seen[place, tenant] += 1
            else:
                self._findings.append(Leak(place, owner, tenant))

    def refused(self, tenant: str, place: str, answer: str) -> None:
        self._findings.append(Refusal(place, tenant, answer))

    def rang(self, channel: str, message: bytes) -> None:
        """Something went through Redis: its channel must begin with the schema of whose it is."""
        for owner in self._owners_in(message):
            if re.fullmatch(rf"parley__group__{owner}\.rooms", channel):
                self._seen["redis", owner] += 1
            else:
                self._findings.append(Leak("redis", owner, next((t for t in self._canaries if t in channel), None)))

    def read_database(self, url: str) -> None:
        """Everything that is stored: each tenant's schema, and the public one, where no message belongs; but what
        was done to rooms and people is in each tenant's own audit log."""
        with psycopg.connect(url, autocommit=True) as connection:
            for tenant in self._canaries:
                connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(tenant)))
                for row in _rows(connection, tenant):
                    self.saw(tenant, "database", row)
            connection.execute("SET ROLE NONE")
            for row in _rows(connection, "public", without=["tenants_tenant", "tenants_auditentry"]):
                self._findings += [Leak("database", owner, None) for owner in self._owners_in(row)]
            for chain, row in connection.execute("SELECT chain, entry::text FROM tenants_auditentry entry").fetchall():
                self.saw(chain, "database", row)

    def count(self, place: str) -> int:
        """How often somebody's own canary was seen there."""
        return sum(number for (seen_at, _), number in self._seen.items() if seen_at == place)

    def check(self, places: Collection[str]) -> None:
        """Raises Found unless every tenant saw its own canary at all of ``places``, nobody saw another's anywhere, and
        nobody was turned away."""
        silent = [Silence(place, tenant) for place in places for tenant in self._canaries]
        findings = self._findings + [each for each in silent if not self._seen[each.place, each.tenant]]
        if findings:
            raise Found(findings)

    def _owners_in(self, content: str | bytes) -> list[str]:
        text = content if isinstance(content, str) else content.decode("latin-1")
        return [self._owners[canary] for canary in CANARY.findall(text) if canary in self._owners]


def _rows(connection: psycopg.Connection[tuple[str]], schema: str, without: Collection[str] = ()) -> list[str]:
    tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", (schema,)).fetchall()
    rows: list[str] = []
    for (table,) in tables:
        if table not in without:
            whole = sql.SQL("SELECT row_to_json(it)::text FROM {} it").format(sql.Identifier(schema, table))
            rows += [row for (row,) in connection.execute(whole).fetchall()]
    return rows
