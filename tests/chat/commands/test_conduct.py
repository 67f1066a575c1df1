"""Rules that act by themselves, beneath both doors."""

from __future__ import annotations

import time
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any

import pytest

from chat.commands.conduct import settled
from chat.commands.editing import edit
from chat.commands.messages import Beside, send
from chat.commands.sending import Sent
from chat.policies import SERVER, Actor
from chat.queries.decisions import DecisionView, decisions
from kit.conduct import Conduct, Flood, Newcomers, Repeats
from kit.errors import ParleyError
from kit.ids import wire_id
from tenants import audit
from tenants.models import AuditEntry
from tenants.models.audit import ActorKind
from tenants.records import TenantRecord
from tenants.scope import tenant_scope
from tests.chat.commands.statements import counted
from tests.chat.commands.stored import make_room, run
from tests.support.cast import Tenancy

pytestmark = pytest.mark.usefixtures("delivery")
ANN = Actor("ann", "Ann")


async def outcome(work: Coroutine[Any, Any, object]) -> str:
    try:
        await work
    except ParleyError as refusal:
        return ":".join([refusal.code.name, *(error["code"] for error in refusal.errors)])
    return "sent"


async def says(
    tenant: TenantRecord, text: str, *, actor: Actor = ANN, room: str = "general", client_id: str | None = None
) -> str:
    async def sending() -> Sent:
        return await send(tenant, actor, room, text, client_id)

    with tenant_scope(tenant):
        answer = await outcome(sending())
        await settled()
    return answer


async def decided(tenant: TenantRecord) -> list[DecisionView]:
    with tenant_scope(tenant):
        return (await decisions(limit=50))[0]


async def test_a_flood_mutes_in_its_room_and_leaves_one_decision(people: Tenancy) -> None:
    tenant = replace(people.record, conduct=Conduct(flood=Flood(messages=3, seconds=3_600, mute_minutes=7)))
    await make_room(people, "elsewhere")
    assert [await says(tenant, str(number)) for number in range(5)] == ["sent"] * 3 + ["muted"] * 2
    assert await says(tenant, "there", room="elsewhere") == "sent"
    assert await says(tenant, "bob", actor=Actor("bob")) == "sent"
    assert await run(people, "SELECT room_id, user_id FROM chat_mute WHERE until > now()") == [("general", "ann")]
    assert await says(people.record, "under no rule any more") == "muted"
    [decision] = await decided(tenant)
    assert (decision.act, decision.user_id, decision.rule) == ("muted", "ann", "flood")


async def test_a_message_that_is_sent_again_is_no_flood(people: Tenancy) -> None:
    rules = Conduct(flood=Flood(1, 3_600, 1), repeats=Repeats(1, 3_600))
    tenant = replace(people.record, conduct=rules)
    assert [await says(tenant, "hi", client_id="c1") for _ in range(4)] == ["sent"] * 4


async def test_no_client_id_lets_a_repeat_through(people: Tenancy) -> None:
    tenant = replace(people.record, conduct=Conduct(repeats=Repeats(1, 3_600)))
    await make_room(people, "elsewhere")
    assert await says(tenant, "hi", client_id="c1") == "sent"
    refused = [
        await says(tenant, "hi", client_id="c1", room="elsewhere"),
        *[await says(tenant, "hi", client_id="c2") for _ in range(2)],
    ]
    assert refused == ["content_refused:repeats"] * 3


async def test_the_same_text_again_and_again_is_refused_or_mutes(people: Tenancy) -> None:
    refusing = replace(people.record, conduct=Conduct(repeats=Repeats(times=2, seconds=3_600)))
    texts = ["Buy now", "buy  NOW", "buy now ", "something else"]
    answers = [await says(refusing, text) for text in texts]
    assert answers == ["sent", "sent", "content_refused:repeats", "sent"]
    assert await says(refusing, "buy now") == "content_refused:repeats"
    assert [(each.act, each.rule) for each in await decided(refusing)] == [("refused", "repeats")]
    muting = replace(people.record, conduct=Conduct(repeats=Repeats(1, 3_600, "mute", 9)))
    assert [await says(muting, "again", actor=Actor("bob")) for _ in range(2)] == ["sent", "muted"]
    assert await says(people.record, "quite different", actor=Actor("bob")) == "muted"


async def test_refusals_in_rooms_that_are_none_leave_one_decision(people: Tenancy) -> None:
    tenant = replace(people.record, conduct=Conduct(repeats=Repeats(1, 3_600)))
    assert await says(tenant, "buy") == "sent"
    assert {await says(tenant, "buy", room=f"none-{number}") for number in range(5)} == {"content_refused:repeats"}
    assert len(await decided(tenant)) == 1


async def test_what_a_rule_does_is_nobodys_act_in_the_audit_log(people: Tenancy) -> None:
    tenant = replace(people.record, conduct=Conduct(flood=Flood(messages=1, seconds=3_600, mute_minutes=7)))
    with audit.acting(lambda: audit.Actor(ActorKind.KEY, "sk_x", "A server")):
        assert [await says(tenant, str(number)) for number in range(2)] == ["sent", "muted"]
    entries = AuditEntry.objects.filter(chain=people.schema_name, action="user.muted")
    assert [(each.actor_kind, each.target) async for each in entries] == [(ActorKind.SYSTEM, "user:ann")]


async def test_newcomers_post_no_links_and_edit_none_in(people: Tenancy) -> None:
    tenant = replace(people.record, conduct=Conduct(newcomers=Newcomers(hours=24)))
    new, old = Actor("ann", since=time.time() - 60), Actor("bob", since=time.time() - 90_000)
    assert await says(tenant, "see https://a.example", actor=old) == "sent"
    assert await says(tenant, "plain", actor=new) == "sent"
    for text in ("see https://a.example", "[a](//a.example)", "www.a.example"):
        assert await says(tenant, text, actor=new) == "content_refused:newcomers", text
    [(message,)] = await run(people, "SELECT id FROM chat_message WHERE text = 'plain'")
    with tenant_scope(tenant):
        editing = edit(tenant, new, "general", wire_id("m", message), {"text": "http://a.example"})
        assert await outcome(editing) == "content_refused:newcomers"
        await settled()
    assert len(await decided(tenant)) == 1


async def test_rules_do_not_hold_for_servers_and_bots(people: Tenancy) -> None:
    tenant = replace(people.record, conduct=Conduct(Flood(1, 3_600, 1), Repeats(1, 3_600), Newcomers(24)))
    bot = Actor("ann", "Ann", is_bot=True, since=time.time())
    assert [await says(tenant, "http://a.example", actor=bot) for _ in range(3)] == ["sent"] * 3
    with tenant_scope(tenant):
        for _ in range(3):
            await send(tenant, SERVER, "general", "http://a.example", None, Beside(system=True))


async def test_a_rule_that_does_not_act_costs_no_statement(people: Tenancy) -> None:
    tenant = replace(people.record, conduct=Conduct(Flood(9, 3_600, 1), Repeats(9, 3_600), Newcomers(24)))
    await says(tenant, "warm")
    with counted() as seen:
        assert await says(tenant, "hi") == "sent"
    assert seen["statements"] == 1
