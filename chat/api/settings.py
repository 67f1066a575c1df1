"""A tenant's settings: what may be said in its rooms."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from ninja import Router
from pydantic import AfterValidator, Field
from typing_extensions import TypeAliasType

from chat.api.caller import ApiRequest
from chat.api.door import admitted_server
from chat.api.openapi import refusals
from chat.api.schemas import Answer, Body
from kit.content import InvalidRule
from kit.errors import INVALID, ParleyError
from kit.text import storable
from tenants.settings import content_rules, set_content_rules

router = Router(tags=["settings"], auth=admitted_server)

RuleAction = TypeAliasType("RuleAction", Literal["refuse", "mask"])
LinkPolicy = TypeAliasType("LinkPolicy", Literal["all", "domains", "none"])
_Text = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(storable)]


class WordRule(Body):
    """One word, compared without case; ``refuse`` the text, or ``mask`` the word."""

    word: _Text
    action: RuleAction = "refuse"


class PatternRule(Body):
    """A regular expression of RE2 (https://github.com/google/re2/wiki/Syntax). A refusal carries its ``name``."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$", examples=["card"])]
    pattern: Annotated[str, Field(min_length=1, max_length=500), AfterValidator(storable)]
    action: RuleAction = "refuse"


class ContentRulesIn(Body):
    """``links``: all of them, only those to ``domains`` and hosts below them, or none."""

    words: Annotated[list[WordRule], Field(max_length=2_000)] = []
    patterns: Annotated[list[PatternRule], Field(max_length=50)] = []
    links: LinkPolicy = "all"
    domains: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=253), AfterValidator(storable)]], Field(max_length=500)
    ] = []


class WordRuleOut(Answer):
    word: str
    action: RuleAction


class PatternRuleOut(Answer):
    name: Annotated[str, Field(examples=["card"])]
    pattern: str
    action: RuleAction


class ContentRulesOut(Answer):
    words: list[WordRuleOut] = []
    patterns: list[PatternRuleOut] = []
    links: LinkPolicy = "all"
    domains: list[str] = []


@router.get("/settings/content", response=ContentRulesOut, openapi_extra=refusals())
async def get_content_rules(request: ApiRequest) -> dict[str, Any]:
    """The rules that every text has to pass before it is sent. Needs an API key."""
    return await content_rules(request.tenant.id)


@router.put("/settings/content", response=ContentRulesOut, openapi_extra=refusals(body=True))
async def put_content_rules(request: ApiRequest, body: ContentRulesIn) -> dict[str, Any]:
    """Other rules, for every text from now on. Needs an API key."""
    rules = body.model_dump()
    try:
        await set_content_rules(request.tenant, rules)
    except InvalidRule as wrong:
        raise ParleyError(INVALID, errors=[{"field": wrong.field, "code": wrong.code}]) from None
    return rules
