"""What a JSON schema looks like to a reader: its kind in words, its fields as rows, a value as an example."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Schema = dict[str, Any]

_DEEPEST = 4
_LINE = 60  # characters that a body on a command line may have before it is spread over several
_TIME = "2026-01-02T03:04:05.678901Z"
_KNOWN: dict[str, Any] = {
    "action": "refuse",
    "after_seq": 41,
    "before_seq": 58,
    "client_id": "c1",
    "code": "room_not_found",
    "content_type": "image/png",
    "cursor": "WyJnZW5lcmFsIl0",
    "domain": "example.com",
    "domains": ["example.com"],
    "emoji": "👍",
    "epoch": "e_5yzkq2xa",
    "id": "general",
    "kind": "open",
    "last_seq": 58,
    "limit": 50,
    "links": "all",
    "message": "m_agkzj3xq4r2vdkq5b7yhwm3c2e",
    "name": "General",
    "next": None,
    "pattern": "[0-9]{16}",
    "q": "hello",
    "read_seq": 41,
    "role": "member",
    "room": "general",
    "seq": 58,
    "text": "Hello, Ann!",
    "title": "No such room",
    "topic": "Whatever comes to mind",
    "ttl": 3600,
    "url": "https://example.com/hook",
    "user": "ann",
    "word": "darn",
}
_IDS = {
    **dict.fromkeys(("Author", "Member", "User"), "ann"),
    **dict.fromkeys(("Message", "Quote", "Sent"), _KNOWN["message"]),
    **dict.fromkeys(("Attachment", "Upload", "LinkedUpload"), "up_5yzkq2xabm4tq7rw"),
}
_KINDS = {"integer": "integer", "number": "number", "string": "string", "boolean": "true or false", "null": "null"}
_FORMATS = {"date-time": "time (RFC 3339)", "binary": "file", "uri": "URL", "email": "e-mail address"}
_BOUNDS = {
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minimum": "at least {}",
    "maximum": "at most {}",
    "exclusiveMinimum": "more than {}",
    "exclusiveMaximum": "less than {}",
    "minItems": "at least {}",
    "maxItems": "at most {}",
}
_NOT_WORTH_SAYING = {"minimum": (0,), "exclusiveMaximum": (2**63,), "minLength": (0, 1)}


@dataclass(frozen=True, slots=True)
class Row:
    """A parameter or field: where it stands, what it may be, what it is for."""

    name: str
    kind: str
    required: bool
    bounds: str
    about: str = ""


class Reader:
    """Reads schemas whose references lead into ``components``."""

    def __init__(self, components: Schema) -> None:
        self._components = components

    def resolve(self, schema: Schema) -> Schema:
        """The schema that a reference leads to; of ``x | null``, x."""
        if "$ref" in schema:
            return self.resolve(self._components[schema["$ref"].rpartition("/")[2]])
        for choice in [*schema.get("anyOf", ()), *schema.get("allOf", ())]:
            if choice.get("type") != "null":
                return {**self.resolve(choice), **{key: schema[key] for key in ("description",) if key in schema}}
        return schema

    def kind(self, schema: Schema) -> str:
        if "anyOf" in schema:
            return " or ".join(dict.fromkeys(map(self.kind, schema["anyOf"])))
        found = self.resolve(schema)
        if "const" in found:
            return json.dumps(found["const"])
        if "enum" in found:
            return " | ".join(json.dumps(value) for value in found["enum"])
        if found.get("type") == "array":
            return f"list of {self.kind(found.get('items', {}))}"
        if "format" in found:
            return _FORMATS.get(found["format"], str(found["format"]))
        if found.get("type") == "object":
            return "object"
        return _KINDS.get(str(found.get("type")), "any JSON")

    def bounds(self, schema: Schema) -> str:
        found = {**schema, **self.resolve(schema)}
        said = [
            words.format(f"{found[bound]:,}")
            for bound, words in _BOUNDS.items()
            if bound in found and found[bound] not in _NOT_WORTH_SAYING.get(bound, ())
        ]
        if found.get("default") not in (None, "", [], {}):
            said.append(f"default {json.dumps(found['default'])}")
        return ", ".join(said)

    def rows(self, schema: Schema, prefix: str = "", depth: int = 0) -> Iterator[Row]:
        """The fields of an object, those of objects within it below it."""
        found = self.resolve(schema)
        for name, field in found.get("properties", {}).items():
            inner, path = self.resolve(field), f"{prefix}{name}"
            required, about = name in found.get("required", ()), field.get("description", "")
            yield Row(path, self.kind(field), required, self.bounds(field), about)
            if inner.get("type") == "array":
                inner, path = self.resolve(inner.get("items", {})), f"{path}[]"
            if depth < _DEEPEST:
                yield from self.rows(inner, f"{path}.", depth + 1)

    def example(self, schema: Schema, name: str = "", depth: int = 0) -> Any:
        found = self.resolve(schema)
        if "examples" in found:
            return found["examples"][0]
        if "const" in found:
            return found["const"]
        if "enum" in found:
            return found.get("default", found["enum"][0])
        if "properties" in found and depth < _DEEPEST:
            fields = {key: self.example(field, key, depth + 1) for key, field in found["properties"].items()}
            named = next((each for model, each in _IDS.items() if found.get("title", "").startswith(model)), None)
            return {**fields, "id": named} if "id" in fields and named else fields
        if found.get("type") == "array":
            items = found.get("items", {})
            single = self.example(items, name.removesuffix("s"), depth + 1)
            return _KNOWN[name] if isinstance(_KNOWN.get(name), list) else [single]
        return self._plain(found, name)

    def _plain(self, found: Schema, name: str) -> Any:
        if found.get("format") == "date-time":
            return _TIME
        kinds = {"integer": int, "number": (int, float), "string": str, "boolean": bool}
        wanted = kinds.get(found.get("type", ""))
        known = _KNOWN.get(name, found.get("default"))
        if name in _KNOWN and (known is None or wanted is None or isinstance(known, wanted)):  # type: ignore[arg-type]
            return known
        if isinstance(known, bool) and wanted is bool:
            return known
        return {"integer": 1, "number": 1, "string": "…", "boolean": False}.get(found.get("type", ""))


def pretty(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def curl(method: str, url: str, body: Any = None, *, form: bool = False) -> str:
    """The call on a command line."""
    lines = [f"curl {'' if method == 'get' else f'-X {method.upper()} '}{shlex.quote(url)}"]
    lines.append('-H "Authorization: Bearer $TOKEN"')
    if form:
        lines += [f"-F {field}={'@picture.png' if field == 'file' else each}" for field, each in body.items()]
    elif body is not None:
        lines.append("-H 'Content-Type: application/json'")
        short = json.dumps(body, ensure_ascii=False)
        lines.append(f"-d {shlex.quote(short if len(short) <= _LINE else pretty(body))}")
    return " \\\n  ".join(lines)
