"""Every request that a console knows, taken from the console itself: nothing is listed twice, nothing forgotten."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from tenants.consoles.site import ConsoleSite
from tests.support.http import Answer, Client

_EXAMPLES = {"str": "nobody", "slug": "nobody", "int": "0", "uuid": "00000000-0000-7000-8000-000000000000", "path": "x"}


@dataclass(frozen=True)
class Asked:
    """A request, and the permits that it takes. ``action`` is empty for one that only looks."""

    path: str
    permits: frozenset[str] = field(repr=False)
    action: str = ""


def everything_of(site: ConsoleSite, root: str) -> list[Asked]:
    return [*_looks(site, root), *_actions(site, root)]


def _looks(site: ConsoleSite, root: str) -> Iterator[Asked]:
    for page in site.pages:
        yield Asked(root + _filled(page.address), frozenset({page.permit}))
    for table in site._registry.values():
        yield Asked(f"{root}{table.opts.app_label}/{table.opts.model_name}/", frozenset({table.permit}))


def _actions(site: ConsoleSite, root: str) -> Iterator[Asked]:
    for page in site.pages:
        for action, permit in page.actions.items():
            yield Asked(root + _filled(page.address), frozenset({page.permit, permit}), action)


def _filled(address: str) -> str:
    return re.sub(r"<(?:(\w+):)?\w+>", lambda found: _EXAMPLES[found[1] or "str"], address)


def ask(client: Client, asked: Asked, token: str) -> Answer:
    """Without anything but the action's name: whoever may do it is told what is missing."""
    if not asked.action:
        return client.get(asked.path)
    body = f"csrfmiddlewaretoken={token}&action={asked.action}".encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": client.origin}
    return client.ask("POST", asked.path, body=body, **headers)
