"""The checker: it is shown everything that anybody was shown, and says what was not theirs.

Each tenant has a canary, a text that is in every value of its and in nothing else. Whatever a place of one tenant
(a frame, an answer, a page, a row, a message in Redis) contains of another tenant's canary has leaked. A place where
a tenant never saw its own canary, or a door that turned its own people away, is a finding too: a checker that was
shown nothing must not be content. What has no words (counts, paces, tags, ids) is compared with what its tenant knows.

**An observation** is one thing that was looked at for everybody's canaries: each string that is the value of a name in
an answer, a frame or a webhook's body that is JSON; otherwise a page, a mail, a file, a row, a line of a log or of an
export, a message or a key in Redis as a whole; and each comparison.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg
import redis
from psycopg import sql

_STRANGERS = re.compile(rb"parley:t_[a-z2-7]{16}:")
CANARY = re.compile(rb"canary-[0-9a-f]{16}")


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


@dataclass(frozen=True)
class Odd:
    """Something without words that is not as the tenant knows its own."""

    place: str
    tenant: str
    seen: str
    own: str


Finding = Leak | Silence | Refusal | Odd


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
        self._owners = {canary.encode(): tenant for tenant, canary in canaries.items()}
        self._seen: Counter[tuple[str, str]] = Counter()
        self._findings: list[Finding] = []
        self.observations = 0

    @property
    def found(self) -> bool:
        """Whether there is anything to find fault with so far."""
        return bool(self._findings)

    def saw(self, tenant: str, place: str, content: str | bytes) -> None:
        """Something was shown to ``tenant``, or stored for it."""
        for owner in self._owners_in(content, "a stranger"):
            if owner == tenant:
                self._seen[place, tenant] += 1
            else:
                self._findings.append(Leak(place, owner, tenant))

    def compared(self, tenant: str, place: str, seen: object, own: object) -> None:
        """``tenant`` was told ``seen`` where it knows ``own``."""
        self.observations += 1
        if seen != own:
            self._findings.append(Odd(place, tenant, str(seen), str(own)))

    def refused(self, tenant: str, place: str, answer: str) -> None:
        self._findings.append(Refusal(place, tenant, answer))

    def rang(self, channel: str, message: bytes) -> None:
        """Something went through Redis: its channel must begin with the schema of whose it is."""
        for owner in self._owners_in(message):
            if re.fullmatch(rf"parley__group__{owner}\.rooms", channel):
                self._seen["redis", owner] += 1
            else:
                self._findings.append(Leak("redis", owner, next((t for t in self._canaries if t in channel), None)))

    def read_redis(self, url: str, others: str) -> None:
        """Every key: a tenant's begins with our name and its schema, and holds nobody else's words; what is nobody's is
        one of ``others``, a pattern. Tenants whom we do not know are those of tests that run beside this one."""
        with redis.from_url(url) as client:
            for key in client.scan_iter(count=1_000):
                self.observations += 1
                owner = next((tenant for tenant in self._canaries if tenant.encode() in key), None)
                if owner is None and not _STRANGERS.match(key) and not re.fullmatch(others.encode(), key):
                    self._findings.append(Leak("redis", key.decode(errors="replace"), None))
                self._findings += [Leak("redis", each, owner) for each in self._owners_in(key) if each != owner]

    def read_files(self, folder: Path) -> None:
        """What people handed in: each tenant's below a folder of its name."""
        for file in folder.rglob("*"):
            place = file.relative_to(folder).parts[0]
            if file.is_file() and (place in self._canaries or self._owners_in(file.read_bytes())):
                self.saw(place, "file", file.read_bytes())

    def read_log(self, lines: Iterable[str], slugs: Mapping[str, str]) -> None:
        """A server's: of a line that names a tenant, by ``slugs``, all is that tenant's."""
        for line in lines:
            tenant = slugs.get(json.loads(line).get("tenant", "")) if line.startswith("{") else None
            if tenant is not None or self._owners_in(line):
                self.saw(tenant or "nobody", "log", line)

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
                if chain in self._canaries or self._owners_in(row):
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

    def _owners_in(self, content: str | bytes, stranger: str = "") -> list[str]:
        """``stranger``: what a canary of a tenant that is none of ours counts as; left out if empty."""
        found = content if isinstance(content, bytes) else content.encode()
        self.observations += found.count(b'":"') + found.count(b'": "') or 1
        owners = (self._owners.get(canary, stranger) for canary in CANARY.findall(found))
        return [owner for owner in owners if owner]


def _rows(connection: psycopg.Connection[tuple[str]], schema: str, without: Collection[str] = ()) -> list[str]:
    tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", (schema,)).fetchall()
    rows: list[str] = []
    for (table,) in tables:
        if table not in without:
            whole = sql.SQL("SELECT row_to_json(it)::text FROM {} it").format(sql.Identifier(schema, table))
            rows += [row for (row,) in connection.execute(whole).fetchall()]
    return rows
