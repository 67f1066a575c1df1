"""A tenant's settings: what may be said in its rooms."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from ninja import Router, Schema
from pydantic import AfterValidator, Field

from chat.api.caller import ApiRequest, check_server
from chat.api.openapi import refusals
from chat.api.schemas import Body
from kit.content import InvalidRule
from kit.errors import INVALID, ParleyError
from kit.text import storable
from tenants.settings import content_rules, set_content_rules

router = Router(tags=["settings"])

Action = Literal["refuse", "mask"]
Links = Literal["all", "domains", "none"]
_Text = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(storable)]


class WordRule(Body):
    """One word, compared without case; ``refuse`` the text, or ``mask`` the word."""

    word: _Text
    action: Action = "refuse"


class PatternRule(Body):
    """A regular expression of RE2 (https://github.com/google/re2/wiki/Syntax). A refusal carries its ``name``."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$", examples=["card"])]
    pattern: Annotated[str, Field(min_length=1, max_length=500), AfterValidator(storable)]
    action: Action = "refuse"


class ContentRulesIn(Body):
    """``links``: all of them, only those to ``domains`` and hosts below them, or none."""

    words: Annotated[list[WordRule], Field(max_length=2_000)] = []
    patterns: Annotated[list[PatternRule], Field(max_length=50)] = []
    links: Links = "all"
    domains: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=253), AfterValidator(storable)]], Field(max_length=500)
    ] = []


class WordRuleOut(Schema):
    word: str
    action: str


class PatternRuleOut(Schema):
    name: Annotated[str, Field(examples=["card"])]
    pattern: str
    action: str


class ContentRulesOut(Schema):
    words: list[WordRuleOut] = []
    patterns: list[PatternRuleOut] = []
    links: str = "all"
    domains: list[str] = []


@router.get("/settings/content", response=ContentRulesOut, openapi_extra=refusals())
async def show_content_rules(request: ApiRequest) -> dict[str, Any]:
    """The rules that every text has to pass before it is sent. Needs an API key."""
    check_server(request.auth)
    return await content_rules(request.tenant.id)


@router.put("/settings/content", response=ContentRulesOut, openapi_extra=refusals(body=True))
async def put_content_rules(request: ApiRequest, body: ContentRulesIn) -> dict[str, Any]:
    """Other rules, for every text from now on. Needs an API key."""
    check_server(request.auth)
    rules = body.model_dump()
    try:
        await set_content_rules(request.tenant.id, rules)
    except InvalidRule as wrong:
        raise ParleyError(INVALID, errors=[{"field": wrong.field, "code": wrong.code}]) from None
    return rules
