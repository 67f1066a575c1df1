"""What is answered: kept, remembered, counted."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpResponse

from chat.admin import room_export
from chat.api import etags, idempotency, manners, search
from chat.hosted import views
from chat.queries import people
from tenants import limits
from tests.isolation.leaks import instead_of

_claimed: dict[Any, str] = {}
_kept: dict[str, Any] = {}
_answers: dict[str, bytes] = {}
_people: dict[str, Any] = {}
_found: dict[str, Any] = {}
_rendered: dict[str, Any] = {}
_exporting: list[Any] = []


@instead_of(idempotency, "claim")
async def answer_kept_by_key_alone(claim: Any, caller: str, key: str, fingerprint: str) -> Any:
    """One store of answers for all."""
    if key in _kept:
        return _kept[key]
    claimed = await claim(caller, key, fingerprint)
    _claimed[claimed.id, claimed.made_at] = key
    return claimed


@instead_of(idempotency, "keep", "answer_kept_by_key_alone")
async def _keep(keep: Any, claimed: Any, answer: Any) -> None:
    _kept[_claimed[claimed.id, claimed.made_at]] = answer


@instead_of(manners, "tagged")
def answer_remembered_by_path(tag: Any, request: Any, response: Any) -> Any:
    """A cache in front of everything that forgets the host."""
    content = _answers.setdefault(request.get_full_path(), response.content)
    return tag(request, HttpResponse(content, content_type="application/json"))


@instead_of(etags, "_etag_of")
def tag_of_the_id(tag: Any, response: Any) -> str:
    """A tag of what the thing is called, not of what it says."""
    return f'"{json.loads(response.content).get("id")}"'


@instead_of(people, "users")
async def page_by_cursor_alone(read: Any, actor: Any, *, after: Any, **which: Any) -> Any:
    """Pages are remembered by the id where they begin."""
    if after is None:
        return await read(actor, after=after, **which)
    if after[1] not in _people:
        _people[after[1]] = await read(actor, after=after, **which)
    return _people[after[1]]


@instead_of(search, "search")
async def search_by_words_alone(look: Any, actor: Any, words: str, *more: Any, **which: Any) -> Any:
    """What was found before for the same words."""
    if words not in _found:
        _found[words] = await look(actor, words, *more, **which)
    return _found[words]


@instead_of(limits, "_prefix")
def bucket_without_tenant(prefix: Any, schema_name: str) -> str:
    """Users of the same id share a pace."""
    return "parley"


@instead_of(views, "render")
def page_remembered_by_template(render: Any, request: Any, template: str, *more: Any, **which: Any) -> Any:
    """A cache of rendered templates."""
    if template not in _rendered:
        _rendered[template] = render(request, template, *more, **which).content
    return HttpResponse(_rendered[template])


@instead_of(room_export, "tenant_scope")
def export_in_anothers_scope(enter: Any, tenant: Any) -> Any:
    """What is written while it is sent enters the scope of who came first."""
    _exporting.append(tenant)
    return enter(_exporting[0])
