"""The hook is asked before a message is stored: it may refuse it, or change its text; it may not hold anybody up."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from standardwebhooks import Webhook

from chat.policies import Actor
from chat.webhooks import hook
from chat.webhooks.settings import before_send, remove_before_send, set_before_send
from kit.errors import CONTENT_REFUSED, UNAVAILABLE, URL_REFUSED, WEBHOOK_NOT_FOUND, ParleyError
from tenants.records import HookRecord, TenantRecord
from tests.support.cast import Tenancy
from tests.support.receiver import Heard, Receiver, Reply

ANN = Actor("ann", "Ann")


@pytest.fixture(autouse=True)
def breaker(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that has seen nothing yet, and is soon content."""
    monkeypatch.setattr(hook, "_breaker", hook.Breaker(most=3, seconds=0.2))


async def _with_hook(tenant: Tenancy, shop: Receiver, **options: object) -> tuple[TenantRecord, str]:
    options = {"fail_open": True, "timeout": 0.3, **options}
    _, secret = await set_before_send(tenant.record, shop.url, **options)  # type: ignore[arg-type]
    return replace(tenant.record, before_send=await before_send(tenant.record.id)), secret


async def _ask(tenant: TenantRecord, text: str = "hello") -> str:
    return await hook.ask_before_send(tenant, ANN, hook.Question("general", text, {"colour": "red"}))


async def test_it_is_asked_with_a_signature_and_allows(acme: Tenancy, shop: Receiver) -> None:
    tenant, secret = await _with_hook(acme, shop)
    shop.always(200, b'{"action": "allow", "later": "fields"}')
    assert await _ask(tenant) == "hello"
    [heard] = shop.heard
    question = Webhook(secret).verify(heard.body, heard.headers)
    assert question["type"] == "message.before_send"
    assert question["data"] == {
        "room": "general",
        "user": {"id": "ann", "name": "Ann"},
        "text": "hello",
        "data": {"colour": "red"},
        "edits": None,
    }


async def test_it_changes_the_text_or_refuses(acme: Tenancy, shop: Receiver) -> None:
    tenant, _ = await _with_hook(acme, shop)
    shop.always(200, b'{"action": "allow", "text": "h***o"}')
    assert await _ask(tenant) == "h***o"
    shop.always(200, b'{"action": "refuse", "message": "Not here."}')
    with pytest.raises(ParleyError) as refusal:
        await _ask(tenant)
    assert (refusal.value.code, refusal.value.detail) == (CONTENT_REFUSED, "Not here.")


NO_VERDICTS = {
    "an error": (500, b'{"action": "allow"}'),
    "a redirect": (302, b""),
    "no content": (204, b""),
    "no JSON": (200, b"allow"),
    "another action": (200, b'{"action": "perhaps"}'),
    "a text that is none": (200, b'{"action": "allow", "text": 7}'),
    "a text with NUL": (200, b'{"action": "allow", "text": "a\\u0000"}'),
    "a text with a lone surrogate": (200, b'{"action": "allow", "text": "\\ud800"}'),
    "too much": (200, b'{"action": "allow", "text": "' + b"x" * 70_000 + b'"}'),
}


@pytest.mark.parametrize(("status", "body"), NO_VERDICTS.values(), ids=NO_VERDICTS)
async def test_without_a_verdict_the_tenants_wish_decides(
    acme: Tenancy, shop: Receiver, status: int, body: bytes
) -> None:
    shop.always(status, body)
    tenant, _ = await _with_hook(acme, shop)
    assert await _ask(tenant) == "hello"
    tenant, _ = await _with_hook(acme, shop, fail_open=False)
    with pytest.raises(ParleyError) as refusal:
        await _ask(tenant)
    assert refusal.value.code is UNAVAILABLE
    assert refusal.value.retry_after


async def test_it_is_waited_for_no_longer_than_it_may_take_and_then_left_alone(acme: Tenancy, shop: Receiver) -> None:
    async def dawdle(heard: Heard) -> Reply:
        await asyncio.sleep(0.5)
        return Reply()

    shop.behaviour = dawdle
    tenant, _ = await _with_hook(acme, shop, timeout=0.1)
    clock = asyncio.get_running_loop().time
    began = clock()
    for _ in range(3):
        assert await _ask(tenant) == "hello"
    assert 0.3 <= clock() - began < 1.5
    began = clock()
    for _ in range(50):
        assert await _ask(tenant) == "hello"
    assert clock() - began < 0.1
    assert len(shop.heard) == 3
    await asyncio.sleep(0.2)
    shop.always(200, b'{"action": "allow", "text": "back again"}')
    assert await _ask(tenant) == "back again"
    assert await _ask(tenant) == "back again"


async def test_one_tenants_silent_hook_is_no_others(acme: Tenancy, globex: Tenancy, shop: Receiver) -> None:
    silent, _ = await _with_hook(acme, shop)
    other, _ = await _with_hook(globex, shop)
    shop.down = True
    for _ in range(3):
        await _ask(silent)
    shop.down = False
    shop.always(200, b'{"action": "allow", "text": "asked"}')
    assert (await _ask(silent), await _ask(other)) == ("hello", "asked")


async def test_a_tenant_without_one_asks_nobody(acme: Tenancy) -> None:
    assert acme.record.before_send is None
    assert await _ask(acme.record) == "hello"


async def test_a_hook_inside_the_house_is_refused_when_it_is_set_and_when_it_is_asked(acme: Tenancy) -> None:
    for url in ("http://hooks.example.com/", "https://10.0.0.1/", "https://localhost/"):
        with pytest.raises(ParleyError) as refusal:
            await set_before_send(acme.record, url, fail_open=True, timeout=0.5)
        assert refusal.value.code is URL_REFUSED
    by_hand = HookRecord("https://10.0.0.1/", "unsealable", fail_open=False, timeout=0.5)
    with pytest.raises(ParleyError) as refusal:
        await _ask(replace(acme.record, before_send=by_hand))
    assert refusal.value.code is UNAVAILABLE


async def test_a_hook_that_is_removed_is_gone(acme: Tenancy, shop: Receiver) -> None:
    await _with_hook(acme, shop)
    await remove_before_send(acme.record)
    with pytest.raises(ParleyError) as refusal:
        await before_send(acme.record.id)
    assert refusal.value.code is WEBHOOK_NOT_FOUND
