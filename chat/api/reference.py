"""``/api/docs``: the schema as a page to read, and ``/api/docs/errors``: the table of error codes.

Made once from what ``openapi.json`` says; no script, nothing from elsewhere.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString

from chat.api.api import api
from chat.api.examples import Reader, Row, curl, pretty
from kit.errors import TABLE, Code
from tenants.origins import own_origin

Schema = dict[str, Any]

_ORIGIN = "https://parley.invalid"  # stands for the tenant's own host until a page is asked for
_CODE = re.compile(r"``?([^`]+)``?")
_METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True, slots=True)
class Refusal:
    status: int
    codes: list[str]


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    phrase: str
    example: str


@dataclass(frozen=True, slots=True)
class Operation:
    """A route, ready to be read."""

    id: str
    method: str
    path: str
    summary: str
    about: SafeString
    parameters: list[tuple[str, list[Row]]]
    body: SafeString
    fields: list[Row]
    curl: str
    answers: list[Answer]
    refusals: list[Refusal]


@dataclass(frozen=True, slots=True)
class Chapter:
    name: str
    operations: list[Operation]


def prose(text: str) -> SafeString:
    """A docstring as HTML: paragraphs, and code between backticks."""
    paragraphs = [_inline(" ".join(each.split())) for each in text.split("\n\n") if each.strip()]
    return format_html_join("", "<p>{}</p>", ((each,) for each in paragraphs))


def _inline(text: str) -> SafeString:
    parts = _CODE.split(text)
    return format_html_join(
        "", "{}", ((format_html("<code>{}</code>", part) if odd % 2 else part,) for odd, part in enumerate(parts))
    )


def chapters() -> list[Chapter]:
    """Every route, by its tag, in the order in which the routers are put together."""
    schema = api.get_openapi_schema()
    reader = Reader(schema["components"]["schemas"])
    found: dict[str, list[Operation]] = {}
    for path, methods in schema["paths"].items():
        for method, route in sorted(methods.items(), key=lambda each: _METHODS.index(each[0])):
            found.setdefault(route["tags"][0], []).append(_operation(reader, schema, path, method, route))
    return [Chapter(name, routes) for name, routes in found.items()]


def _operation(reader: Reader, schema: Schema, path: str, method: str, route: Schema) -> Operation:
    parameters = [_parameter(schema, each) for each in route["parameters"]]
    content = route.get("requestBody", {}).get("content", {})
    form = "multipart/form-data" in content
    body = next((each["schema"] for each in content.values()), None)
    example = reader.example(body) if body else None
    return Operation(
        id=route["operationId"],
        method=method,
        path=path,
        summary=route["summary"],
        about=prose(route.get("description", "")),
        parameters=_grouped(reader, parameters),
        body=prose(reader.resolve(body).get("description", "")) if body else SafeString(""),
        fields=list(reader.rows(body)) if body else [],
        curl=curl(method, _ORIGIN + _filled(reader, path, parameters), example, form=form),
        answers=[_answer(reader, *each) for each in route["responses"].items() if each[0] < 400],
        refusals=[Refusal(status, each["x-codes"]) for status, each in route["responses"].items() if "x-codes" in each],
    )


def _parameter(schema: Schema, parameter: Schema) -> Schema:
    if "$ref" not in parameter:
        return parameter
    found: Schema = schema["components"]["parameters"][parameter["$ref"].rpartition("/")[2]]
    return found


def _grouped(reader: Reader, parameters: list[Schema]) -> list[tuple[str, list[Row]]]:
    rows = {
        place: [
            Row(
                each["name"],
                reader.kind(each["schema"]),
                each["required"],
                reader.bounds(each["schema"]),
                each.get("description", ""),
            )
            for each in same
        ]
        for place, same in groupby(parameters, key=lambda each: str(each["in"]))
    }
    return list(rows.items())


def _filled(reader: Reader, path: str, parameters: list[Schema]) -> str:
    """The path with an example in each place, and the query that has to be there."""
    for each in parameters:
        if each["in"] == "path":
            path = path.replace(f"{{{each['name']}}}", str(reader.example({"type": "string"}, each["name"])))
    query = [f"{each['name']}={reader.example(each['schema'], each['name'])}" for each in parameters if _needed(each)]
    return path + ("?" + "&".join(query) if query else "")


def _needed(parameter: Schema) -> bool:
    return parameter["in"] == "query" and bool(parameter["required"])


def _answer(reader: Reader, status: int, response: Schema) -> Answer:
    body = response.get("content", {}).get("application/json", {}).get("schema")
    return Answer(status, response["description"], pretty(reader.example(body)) if body else "")


# Pages


async def reference(request: HttpRequest) -> HttpResponse:
    page = await asyncio.to_thread(_reference)
    return HttpResponse(page.replace(_ORIGIN, escape(own_origin(request.get_host()))))


async def errors(request: HttpRequest) -> HttpResponse:
    return HttpResponse(await asyncio.to_thread(_errors))


@cache
def _reference() -> str:
    info = api.get_openapi_schema()["info"]
    context = {"page": "reference", "chapters": chapters(), "info": info, "opening": prose(info["description"])}
    return render_to_string("reference/reference.html", context)


@cache
def _errors() -> str:
    rows = sorted(TABLE.values(), key=_by_status)
    statuses = [(status, list(same)) for status, same in groupby(rows, key=_by_status)]
    return render_to_string("reference/errors.html", {"page": "errors", "statuses": statuses})


def _by_status(row: Code) -> int:
    return row.status
