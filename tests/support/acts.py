"""Actions of the consoles done once, each with what the audit log is to say of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from urllib.parse import urlencode

from tenants.consoles.site import ConsoleSite
from tenants.models import AuditEntry
from tests.support.http import Answer, Client, csrf_token
from tests.support.uploads import multipart

Acts = Mapping[tuple[str, str], "Act"]
"""By page and action, in an order in which each finds what it needs."""
Field = str | Callable[[], str]
"""What only an earlier action makes is asked for when its turn comes."""


class Act:
    """``entries``: what is written, as ``action target``, where ``*`` stands for anything; none takes a reason,
    ``why_none``. ``at``: examples of the address other than the usual ones, ``query`` what follows it."""

    def __init__(
        self,
        *entries: str,
        why_none: str = "",
        at: Mapping[str, Field] | None = None,
        query: Field = "",
        file: bytes | None = None,
        **fields: Field,
    ) -> None:
        assert bool(entries) is not bool(why_none)
        self.entries, self.file = entries, file
        self._at, self._query, self._fields = at or {}, query, fields

    def do(self, client: Client, address: str, usual: Mapping[str, object], **fields: str) -> Answer:
        """Post it to an address of ``django.urls.path``."""
        examples = {**usual, **_said(self._at)}
        path = re.sub(r"<(?:\w+:)?(\w+)>", lambda name: str(examples[name[1]]), address) + _text(self._query)
        given = {**fields, **_said(self._fields)}
        if self.file is not None:
            form = multipart(("file", "people.csv", "text/csv", self.file), **given)
            return client.ask("POST", path, Origin=client.origin, **form)
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": client.origin}
        return client.ask("POST", path, body=urlencode(given).encode(), **headers)


class Log:
    """What comes to some chains from now on, but for what billing makes of it by itself."""

    def __init__(self, *chains: str) -> None:
        self._entries = AuditEntry.objects.filter(chain__in=chains).exclude(actor_name="billing").order_by("pk")
        self._seen = 0
        self.news()

    def news(self) -> list[AuditEntry]:
        """Since it was asked last."""
        news = list(self._entries.filter(pk__gt=self._seen))
        self._seen = news[-1].pk if news else self._seen
        return news


def faults_of(
    site: ConsoleSite,
    acts: Acts,
    client: Client,
    root: str,
    usual: Mapping[str, object],
    log: Log,
    who: tuple[str, str],
) -> dict[tuple[str, str], object]:
    """Do them all. Returns what is not in the log as it should be: done by ``who``, a kind of actor and an id. Whatever
    the console can do is among the ``acts``."""
    addresses = {(page.name, action): page.address for page in site.pages for action in page.actions}
    assert acts.keys() == addresses.keys()
    token, faults = csrf_token(client.get(root).text), {}
    for (page, action), act in acts.items():
        address = root + addresses[page, action]
        answer = act.do(client, address, usual, csrfmiddlewaretoken=token, action=action)
        news = log.news()
        if answer.status >= 400 or not said_by(who, news) or not says(news, act.entries):
            faults[page, action] = (answer.status, [vars(entry) for entry in news])
    return faults


def said_by(who: tuple[str, str], news: list[AuditEntry]) -> bool:
    return all((entry.actor_kind, entry.actor_id) == who and entry.actor_name and entry.address for entry in news)


def says(news: list[AuditEntry], entries: tuple[str, ...]) -> bool:
    said = [f"{entry.action} {entry.target}" for entry in news]
    return len(said) == len(entries) and all(map(fnmatchcase, said, entries))


def _said(fields: Mapping[str, Field]) -> dict[str, str]:
    return {name: _text(field) for name, field in fields.items()}


def _text(field: Field) -> str:
    return field if isinstance(field, str) else field()
