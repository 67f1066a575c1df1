"""Stripe's own OpenAPI document, which the Go module of stripe-mock carries: what of an object does not fit it."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

_MODULE = "github.com/stripe/stripe-mock@v0.203.0"
_PATIENCE = 60
_TYPES = {"string": str, "integer": int, "number": (int, float), "boolean": bool, "array": list, "object": dict}


@cache
def schemas() -> dict[str, Any]:
    """By name. Skips the test where Go or the module is out of reach; Go keeps what it fetched."""
    go = shutil.which("go")
    if go is None:
        pytest.skip("Go is not installed, which brings Stripe's OpenAPI document")
    try:
        told = subprocess.run(
            [go, "mod", "download", "-json", _MODULE], cwd="/", capture_output=True, text=True, timeout=_PATIENCE
        )
    except subprocess.TimeoutExpired:
        pytest.skip("the module with Stripe's OpenAPI document did not arrive in time")
    if told.returncode:
        pytest.skip("the module with Stripe's OpenAPI document is out of reach")
    document = Path(json.loads(told.stdout)["Dir"]) / "embedded/openapi/spec3.json"
    found: dict[str, Any] = json.loads(document.read_text())["components"]["schemas"]
    return found


def misfits(answer: dict[str, Any]) -> Iterator[str]:
    """The document is of an older version than the library, so fields that it does not know are let pass, as are
    objects; what it knows must be as it says."""
    yield from _misfits(answer, schemas()[answer["object"]], answer["object"])


def _misfits(value: Any, schema: dict[str, Any], at: str) -> Iterator[str]:
    if "$ref" in schema:
        schema = schemas()[schema["$ref"].rsplit("/", 1)[-1]]
    if value is None:
        if not schema.get("nullable"):
            yield f"{at} is null"
        return
    if "anyOf" in schema:
        options = [option for option in schema["anyOf"] if (option.get("type") == "string") == isinstance(value, str)]
        yield from min((list(_misfits(value, option, at)) for option in options), key=len)
        return
    kind = schema.get("type")
    if kind and (not isinstance(value, _TYPES[kind]) or (isinstance(value, bool) and kind != "boolean")):
        yield f"{at} is {value!r}, no {kind}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{at} is {value!r}, none of {schema['enum']}"
    if kind == "array":
        for number, part in enumerate(value):
            yield from _misfits(part, schema["items"], f"{at}[{number}]")
    if kind == "object":
        yield from _object_misfits(value, schema, at)


def _object_misfits(value: dict[str, Any], schema: dict[str, Any], at: str) -> Iterator[str]:
    for name in schema.get("required", ()):
        if name not in value:
            yield f"{at}.{name} is missing"
    properties = schema.get("properties", {})
    others = schema.get("additionalProperties")
    for name, part in value.items():
        if wanted := properties.get(name) or (others if isinstance(others, dict) else None):
            yield from _misfits(part, wanted, f"{at}.{name}")
