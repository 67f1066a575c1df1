"""Pages of a console, made in this process: what they ask of the database, and by which plans."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar
from unittest import mock

import psycopg
from asgiref.sync import sync_to_async
from django.db import connections, transaction
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.test import RequestFactory

from tenants.connections import close_pool
from tenants.consoles.site import ConsoleSite

_OF_TABLES = re.compile(r"\b(chat|tenants)_[a-z]+")
_SCAN = re.compile(r"Seq Scan on (\w+)")
Prepare = Callable[[HttpRequest], None]
Found = TypeVar("Found")


@dataclass(frozen=True)
class Statement:
    """``planned_by_index`` as our own pool has it: see ``tenants/connections.py``."""

    text: str
    parameters: Any
    planned_by_index: bool


@dataclass(frozen=True)
class Made:
    """What was said of the platform's and the tenant's tables while a page was made."""

    statements: list[Statement]

    def scans(self) -> set[str]:
        """Tables of the tenant in scope that were read from one end to the other."""
        return {table for statement in self.statements for table in _scans(statement)}


def in_a_loop(work: Callable[[], Found]) -> Found:
    """As under ASGI: in a thread of an event loop, in which what is asynchronous runs."""

    async def run() -> Found:
        try:
            return await sync_to_async(work)()
        finally:
            await close_pool()

    return asyncio.run(run())


def made_pages(site: ConsoleSite, fill: Callable[[str], str], prepare: Prepare) -> dict[str, Made]:
    """Every page and table of the site, by its address; ``fill`` puts examples into it, and ``prepare`` does to a
    request what the middleware does."""
    made = {}
    for page in site.pages:
        if getattr(page, "template", ""):
            names = re.findall(r"<(?:(\w+):)?(\w+)>", page.address)
            where = {name: _typed(kind, fill(f"<{kind}:{name}>")) for kind, name in names}
            made[page.address] = _made(prepare, page.as_view(), **where)
    for table in site._registry.values():
        made[f"{table.opts.app_label}/{table.opts.model_name}/"] = _made(prepare, table.changelist_view)
    return made


def _typed(kind: str, example: str) -> str | int:
    return int(example) if kind == "int" else example


def _made(prepare: Prepare, view: Callable[..., Any], **where: object) -> Made:
    request = RequestFactory().get("/")
    prepare(request)
    with _heard() as statements:
        answer = view(request, **where)
        if isinstance(answer, TemplateResponse):  # what has nothing to show leads elsewhere
            answer.render()
    return Made([each for each in statements if _OF_TABLES.search(each.text)])


@contextmanager
def _heard() -> Iterator[list[Statement]]:
    """What is said through Django's connections and through ours."""
    heard: list[Statement] = []
    unheard = psycopg.AsyncCursor.execute

    def note(execute: Any, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        heard.append(Statement(str(sql), params, False))
        return execute(sql, params, many, context)

    async def execute(self: Any, query: Any, params: Any = None, **options: Any) -> Any:
        heard.append(Statement(str(query), params, True))
        return await unheard(self, query, params, **options)

    with (
        connections["default"].execute_wrapper(note),
        connections["tenant"].execute_wrapper(note),
        mock.patch.object(psycopg.AsyncCursor, "execute", execute),
    ):
        yield heard


def _scans(statement: Statement) -> list[str]:
    if not re.match(r"\s*(SELECT|WITH)\b", statement.text) or "chat_" not in statement.text:
        return []
    with transaction.atomic("tenant"), connections["tenant"].cursor() as cursor:
        cursor.execute(f"SET LOCAL enable_seqscan = {'off' if statement.planned_by_index else 'on'}")
        cursor.execute(f"EXPLAIN {statement.text}", statement.parameters)
        return [table for (line,) in cursor.fetchall() for table in _SCAN.findall(line)]
