"""Where the REST API takes texts: around each a request that is valid but for the text, and how the text is read back.

``ROWS`` has a row for each text of the OpenAPI document's bodies and queries.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode
from uuid import uuid4

from chat.api.cursors import make_cursor
from kit.ids import wire_id
from tenants.origins import read_origin
from tests.input.stage import FRESH, NOBODY_LISTENS, TEXT, TREE, Stage, filled
from tests.support.http import Answer, as_user
from tests.tenants.test_public_keys import PRIVATE, pem

Read = Callable[[Stage, Answer, str], Any]


@dataclass(frozen=True)
class Row:
    """``body`` or ``query`` with ``TEXT`` in it; ``read`` gives back, from another request, what must be ``kept``.
    ``valid`` is a text that is taken, or None where one cannot be had from here. ``before`` prepares for a text."""

    read: Read | None
    body: Any = None
    query: dict[str, str] | None = None
    kept: Any = TEXT
    valid: str | Callable[[Stage], str] | None = "a"
    before: Callable[[Stage, str], object] = lambda stage, text: None
    form: bool = False
    canonical: Callable[[str], str] = lambda text: text

    def ask(self, stage: Stage, route: str, text: str) -> Answer:
        method, path = route.split(" ")
        self.before(stage, text)
        if self.form:
            form = {name: filled(value, text) for name, value in self.body.items()}
            return _hand_in(stage, form)
        if self.query is not None:
            path += "?" + urlencode(filled(self.query, text), errors="surrogatepass")
        return stage.ask(method, path, filled(self.body, text))


def _hand_in(stage: Stage, form: dict[str, str]) -> Answer:
    parts = "".join(
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in form.items()
    )
    file = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nhello\r\n--b--\r\n'
    kind = {"Content-Type": "multipart/form-data; boundary=b"}
    return stage.server.ask("POST", "/api/v1/uploads", body=parts.encode("utf-8", "surrogatepass") + file, **kind)


# Reading back


def of_made_room(field: str) -> Read:
    return lambda stage, answer, text: stage.get(f"/rooms/{answer.json['id']}")[field]


def of_room(field: str) -> Read:
    return lambda stage, answer, text: stage.get("/rooms/{room}")[field]


def of_said(field: str) -> Read:
    return lambda stage, answer, text: stage.said()[field]


def of_message(field: str) -> Read:
    return lambda stage, answer, text: stage.get("/rooms/{room}/messages/{message}")[field]


def of_user(field: str) -> Read:
    return lambda stage, answer, text: stage.get("/users/{user}")[field]


def author(stage: Stage, answer: Answer, text: str) -> Any:
    return stage.said()["user"]["id"]


def imported(field: str) -> Read:
    def read(stage: Stage, answer: Answer, text: str) -> Any:
        found = stage.get("/rooms/{room}/messages/" + answer.json["data"][0]["id"])[field]
        return found["id"] if field == "user" else found

    return read


def among(path: str, field: str = "id") -> Read:
    """The one of a list that is the text, by its field; or what is there instead."""

    def read(stage: Stage, answer: Answer, text: str) -> Any:
        found = [each[field] for each in stage.get(path)["data"]]
        return text if text in found else found

    return read


def first_of(path: str, field: str) -> Read:
    return lambda stage, answer, text: stage.get(path)["data"][0][field]


def made_members(stage: Stage, answer: Answer, text: str) -> Any:
    return stage.get(f"/rooms/{answer.json['id']}/members")["data"][0]["id"]


def found_room(stage: Stage, answer: Answer, text: str) -> Any:
    return text if stage.room in [room["id"] for room in answer.json["data"]] else answer.json


def muted_for(stage: Stage, answer: Answer, text: str) -> Any:
    by_user = as_user(stage.live, stage.tenant, text)
    return stage.ask("GET", "/rooms/{room}", client=by_user).json["muted"]


def reacting(stage: Stage, answer: Answer, text: str) -> Any:
    found = [user for each in of_message("reactions")(stage, answer, text) for user in each["users"]]
    stage.ask("DELETE", _reaction(stage, text))
    return found


def _reaction(stage: Stage, user: str) -> str:
    query = urlencode({"user": user}, errors="surrogatepass")
    return "/rooms/{room}/messages/{message}/reactions/{emoji}?" + query


def of_report(field: str) -> Read:
    def read(stage: Stage, answer: Answer, text: str) -> Any:
        [found] = [each for each in stage.get("/reports?limit=200")["data"] if each["id"] == answer.json["id"]]
        return found["reporter"]["id"] if field == "user" else found[field]

    return read


def of_hook(field: str) -> Read:
    """Of the webhook just made, which then makes room for others."""

    def read(stage: Stage, answer: Answer, text: str) -> Any:
        path = f"/webhooks/{answer.json['id']}"
        found = stage.get(path)[field]
        stage.ask("DELETE", path)
        return found

    return read


def of_the_hook(field: str) -> Read:
    return lambda stage, answer, text: stage.get("/webhooks/{webhook}")[field]


def of_key(stage: Stage, answer: Answer, text: str) -> Any:
    prefix = answer.json["prefix"]
    [name] = [key["name"] for key in stage.get("/keys")["data"] if key["prefix"] == prefix]
    stage.ask("DELETE", f"/keys/{prefix}")
    return name


def of_bot(field: str) -> Read:
    def read(stage: Stage, answer: Answer, text: str) -> Any:
        found = stage.get("/incoming-webhooks")["data"][-1]
        return found["bot"]["name"] if field == "name" else found[field]

    return read


_BACK: dict[str, tuple[Any, ...]] = {
    "content": ("PUT", "/settings/content", {}),
    "before-send": ("DELETE", "/settings/before-send"),
    "appearance": ("PUT", "/settings/appearance", {}),
    "origins": ("PUT", "/settings/origins", {"origins": []}),
}


def setting(*path: str | int, of: str = "content") -> Read:
    """A setting, which is then taken back."""

    def read(stage: Stage, answer: Answer, text: str) -> Any:
        found = stage.get(f"/settings/{of}")
        stage.ask(*_BACK[of])
        for part in path:
            found = found[part]
        return found

    return read


# What has to be there


def known_user(stage: Stage, text: str) -> None:
    """A user of that id, if it can be one."""
    stage.ask("PUT", "/users", {"users": [{"id": text}]})


def known_member(stage: Stage, text: str) -> None:
    known_user(stage, text)
    stage.ask("POST", "/rooms/{room}/members", {"members": [{"user": text}]})


def reacted(stage: Stage, text: str) -> None:
    known_user(stage, text)
    stage.ask("PUT", _reaction(stage, text))


def named_user(stage: Stage, text: str) -> None:
    stage.ask("PATCH", "/users/{user}", {"name": text})


def named_room(stage: Stage, text: str) -> None:
    stage.ask("PATCH", "/rooms/{room}", {"name": text})


def cursor(*place: str | int) -> Row:
    return Row(None, query={"cursor": TEXT}, valid=make_cursor(*place))


def _message(**fields: Any) -> dict[str, Any]:
    return {"text": "hi", "user": "ann", **fields}


def _report(**fields: Any) -> dict[str, Any]:
    return {"reason": "spam", "user": "ben", **fields}


def _old_message(**fields: Any) -> dict[str, Any]:
    return {"messages": [{"user": "ann", "text": "x", "created_at": _TIME, "client_id": FRESH, **fields}]}


_TIME = "2026-01-02T03:04:05Z"
_EARLY = "2026-01-01T00:00:00+00:00"
_RULE = {"name": "x", "pattern": "x"}
_ADDRESS = NOBODY_LISTENS + "\u00e4?b=%20#c"
_PICTURE = "https://a.test/\u00e4.png?b=%20#c"
_A_KEY = pem(PRIVATE["ES256"])

ROWS: dict[str, Row] = {
    # rooms
    "GET /rooms ?name": Row(found_room, query={"name": TEXT, "limit": "200"}, before=named_room),
    "GET /rooms ?cursor": cursor(_EARLY, "x"),
    "GET /directory ?name": Row(found_room, query={"name": TEXT, "limit": "200"}, before=named_room),
    "GET /directory ?cursor": cursor(_EARLY, "x"),
    "POST /rooms id": Row(of_made_room("id"), {"id": TEXT}, valid="a.b:C-1_"),
    "POST /rooms name": Row(of_made_room("name"), {"name": TEXT}),
    "POST /rooms topic": Row(of_made_room("topic"), {"topic": TEXT}),
    "POST /rooms picture": Row(of_made_room("picture"), {"picture": TEXT}, valid=_PICTURE),
    "POST /rooms data.*": Row(of_made_room("data"), {"data": TREE}, kept=TREE),
    "POST /rooms members[]": Row(made_members, {"members": [TEXT]}, before=known_user),
    "PATCH /rooms/{room} name": Row(of_room("name"), {"name": TEXT}),
    "PATCH /rooms/{room} topic": Row(of_room("topic"), {"topic": TEXT}),
    "PATCH /rooms/{room} picture": Row(of_room("picture"), {"picture": TEXT}, valid=_PICTURE),
    "PATCH /rooms/{room} data.*": Row(of_room("data"), {"data": TREE}, kept=TREE),
    "PUT /rooms/{room}/read user": Row(
        among("/rooms/{room}/members?limit=200"), {"seq": 1, "user": TEXT}, before=known_member
    ),
    "PUT /rooms/{room}/mute ?user": Row(muted_for, query={"user": TEXT}, kept=True, before=known_member),
    "DELETE /rooms/{room}/mute ?user": Row(muted_for, query={"user": TEXT}, kept=False, before=known_member),
    # their members
    "GET /rooms/{room}/members ?cursor": cursor("x"),
    "POST /rooms/{room}/members members[].user": Row(
        among("/rooms/{room}/members?limit=200"), {"members": [{"user": TEXT}]}, before=known_user
    ),
    "GET /rooms/{room}/bans ?cursor": cursor("x"),
    "PUT /rooms/{room}/bans/{user} reason": Row(first_of("/rooms/{room}/bans", "reason"), {"reason": TEXT}),
    "GET /rooms/{room}/guest-links ?cursor": cursor(_EARLY, "x"),
    "POST /rooms/{room}/guest-links name": Row(first_of("/rooms/{room}/guest-links", "name"), {"name": TEXT}),
    # messages
    "POST /rooms/{room}/import messages[].user": Row(imported("user"), _old_message(user=TEXT), before=known_user),
    "POST /rooms/{room}/import messages[].text": Row(imported("text"), _old_message(text=TEXT)),
    "POST /rooms/{room}/import messages[].client_id": Row(imported("client_id"), _old_message(client_id=TEXT)),
    "GET /rooms/{room}/messages ?cursor": cursor("before", 9),
    "POST /rooms/{room}/messages text": Row(of_said("text"), _message(text=TEXT)),
    "POST /rooms/{room}/messages client_id": Row(of_said("client_id"), _message(client_id=TEXT)),
    "POST /rooms/{room}/messages user": Row(author, _message(user=TEXT), before=known_user),
    "POST /rooms/{room}/messages parent": Row(
        of_said("parent"), _message(parent=TEXT), valid=lambda stage: stage.message
    ),
    "POST /rooms/{room}/messages quote": Row(
        lambda stage, answer, text: stage.said()["quote"]["id"],
        _message(quote=TEXT),
        valid=lambda stage: stage.message,
    ),
    "POST /rooms/{room}/messages data.*": Row(of_said("data"), _message(data=TREE), kept=TREE),
    "POST /rooms/{room}/messages attachments[]": Row(
        lambda stage, answer, text: stage.said()["attachments"][0]["id"],
        _message(attachments=[TEXT]),
        valid=lambda stage: stage.upload,
    ),
    "PATCH /rooms/{room}/messages/{message} text": Row(of_message("text"), {"text": TEXT}),
    "PATCH /rooms/{room}/messages/{message} data.*": Row(of_message("data"), {"data": TREE}, kept=TREE),
    "GET /rooms/{room}/messages/{message}/replies ?cursor": cursor(9),
    "PUT /rooms/{room}/messages/{message}/reactions/{emoji} ?user": Row(
        reacting, query={"user": TEXT}, kept=[TEXT], before=known_user
    ),
    "DELETE /rooms/{room}/messages/{message}/reactions/{emoji} ?user": Row(
        reacting, query={"user": TEXT}, kept=[], before=reacted
    ),
    # reports
    "POST /rooms/{room}/messages/{message}/reports note": Row(of_report("note"), _report(note=TEXT)),
    "POST /rooms/{room}/messages/{message}/reports user": Row(of_report("user"), _report(user=TEXT), before=known_user),
    "GET /reports ?cursor": cursor(wire_id("rp", uuid4())),
    # users
    "GET /users ?name": Row(among("/users?limit=200", "name"), query={"name": TEXT, "limit": "200"}, before=named_user),
    "GET /users ?cursor": cursor("x", "x"),
    "PUT /users users[].id": Row(
        lambda stage, answer, text: stage.get(f"/users/{quote(text, safe='')}")["id"], {"users": [{"id": TEXT}]}
    ),
    "PUT /users users[].name": Row(of_user("name"), {"users": [{"id": "ben", "name": TEXT}]}),
    "PUT /users users[].avatar": Row(of_user("avatar"), {"users": [{"id": "ben", "avatar": TEXT}]}),
    "PUT /users/{user} name": Row(of_user("name"), {"name": TEXT}),
    "PUT /users/{user} avatar": Row(of_user("avatar"), {"avatar": TEXT}),
    "PATCH /users/{user} name": Row(of_user("name"), {"name": TEXT}),
    "PATCH /users/{user} avatar": Row(of_user("avatar"), {"avatar": TEXT}),
    # searching
    "GET /search ?q": Row(None, query={"q": TEXT}),
    "GET /search ?room": Row(None, query={"q": "hello", "room": TEXT}, valid=lambda stage: stage.room),
    "GET /search ?user": Row(None, query={"q": "hello", "user": TEXT}),
    "GET /search ?cursor": Row(None, query={"q": "hello", "cursor": TEXT}, valid=make_cursor(_EARLY, uuid4().hex)),
    # uploads
    "POST /uploads user": Row(None, {"user": TEXT}, before=known_user, form=True),
    "GET /uploads/{upload} ?user": Row(None, query={"user": TEXT}, valid="ann"),
    # webhooks
    "POST /webhooks url": Row(of_hook("url"), {"url": TEXT}, valid=_ADDRESS),
    "POST /webhooks description": Row(of_hook("description"), {"url": NOBODY_LISTENS, "description": TEXT}),
    "PATCH /webhooks/{webhook} url": Row(of_the_hook("url"), {"url": TEXT}, valid=_ADDRESS),
    "PATCH /webhooks/{webhook} description": Row(of_the_hook("description"), {"description": TEXT}),
    "GET /webhooks/{webhook}/deliveries ?cursor": cursor(9),
    "PUT /settings/before-send url": Row(setting("url", of="before-send"), {"url": TEXT}, valid=_ADDRESS),
    "POST /incoming-webhooks room": Row(of_bot("room"), {"room": TEXT, "name": "Bot"}, valid=lambda stage: stage.room),
    "POST /incoming-webhooks name": Row(of_bot("name"), {"room": "general", "name": TEXT}),
    # settings and keys
    "PUT /settings/content words[].word": Row(setting("words", 0, "word"), {"words": [{"word": TEXT}]}),
    "PUT /settings/content patterns[].name": Row(
        setting("patterns", 0, "name"), {"patterns": [{**_RULE, "name": TEXT}]}
    ),
    "PUT /settings/content patterns[].pattern": Row(
        setting("patterns", 0, "pattern"), {"patterns": [{**_RULE, "pattern": TEXT}]}, valid=r"\d{3}\pL"
    ),
    "PUT /settings/content domains[]": Row(setting("domains", 0), {"domains": [TEXT]}, valid="\u00e4.test"),
    "PUT /settings/appearance accent": Row(setting("accent", of="appearance"), {"accent": TEXT}, valid="#3451b2"),
    "PUT /settings/appearance accent_dark": Row(
        setting("accent_dark", of="appearance"), {"accent_dark": TEXT}, valid="#93A8FF"
    ),
    "PUT /settings/appearance logo": Row(setting("logo", of="appearance"), {"logo": TEXT}, valid=_PICTURE),
    "PUT /settings/appearance launcher.label": Row(
        setting("launcher", "label", of="appearance"), {"launcher": {"label": TEXT}}
    ),
    "PUT /settings/appearance welcome": Row(setting("welcome", of="appearance"), {"welcome": TEXT}),
    "PUT /settings/origins origins[]": Row(
        setting("origins", 0, of="origins"), {"origins": [TEXT]}, valid="HTTPS://A.test:443", canonical=read_origin
    ),
    "POST /keys name": Row(of_key, {"name": TEXT, "scopes": ["rooms:read"]}),
    "POST /signing-keys public_key": Row(
        first_of("/signing-keys", "public_key"), {"algorithm": "ES256", "public_key": TEXT}, valid=_A_KEY
    ),
    # a key set is fetched by https, from a certificate that the server trusts
    "POST /signing-keys jwk.*": Row(None, {"algorithm": "ES256", "jwk": TREE}, valid=None),
    "POST /signing-keys key_set_url": Row(None, {"algorithm": "ES256", "key_set_url": TEXT}, valid=None),
    "POST /signing-keys issuer": Row(
        None, {"algorithm": "ES256", "key_set_url": "https://127.0.0.1:9/", "issuer": TEXT}, valid=None
    ),
    "POST /signing-keys audience": Row(
        None, {"algorithm": "ES256", "key_set_url": "https://127.0.0.1:9/", "audience": TEXT}, valid=None
    ),
}
