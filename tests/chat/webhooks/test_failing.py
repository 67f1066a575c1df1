"""Endpoints that fail: tried again over three days, then disabled, with a word to the owners; and brought back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail

from chat.webhooks import deliveries, endpoints
from chat.webhooks.times import GIVE_UP, pause_after
from kit.errors import WEBHOOK_NOT_FOUND, ParleyError
from tenants.models import Role
from tenants.scope import tenant_scope
from tests.chat.webhooks.conftest import Telling
from tests.support.cast import Tenancy
from tests.support.receiver import Heard, Receiver, Reply
from tests.support.tables import change, make_room, rows


def test_the_pauses_grow_and_together_last_three_days() -> None:
    pauses = [pause_after(attempts) for attempts in range(1, 10)]
    assert pause_after(10) is None
    seconds = [pause.total_seconds() for pause in pauses if pause is not None]
    assert len(seconds) == 9
    assert seconds == sorted(seconds)
    assert 5 <= seconds[0] <= 5.5
    assert GIVE_UP.total_seconds() < sum(seconds) < 1.15 * GIVE_UP.total_seconds()


async def test_after_three_days_without_a_success_it_is_disabled_and_the_owners_are_told(
    telling: Telling, shop: Receiver
) -> None:
    owner = await telling.tenant.aaccount("olga", Role.OWNER)
    await telling.tenant.aaccount("adam", Role.ADMIN)
    endpoint_id, _ = await telling.endpoint(shop.url)
    shop.always(500, b"out of order")
    telling.happen(2)
    await telling.work()
    with tenant_scope(telling.tenant.record):
        assert (await endpoints.endpoint(endpoint_id)).failing_since == telling.clock.at
    mail.outbox.clear()
    await telling.work_for(step=timedelta(hours=1), until=telling.clock.at + timedelta(days=4))
    with tenant_scope(telling.tenant.record):
        disabled = await endpoints.endpoint(endpoint_id)
        log, _ = await deliveries.deliveries(endpoint_id, limit=10)
    assert (disabled.enabled, disabled.disabled_reason) == (False, "Nothing got through for three days.")
    assert [(each.state, each.status, each.answer) for each in log] == [
        ("pending", None, ""),
        ("pending", 500, "out of order"),
    ]
    assert len(shop.heard) == 10
    told = {to: message for message in mail.outbox for to in message.to}
    assert owner.email in told
    assert not any("adam" in to for to in told)
    assert shop.url in told[owner.email].body
    assert "whsec_" not in told[owner.email].body

    shop.always(200)
    await telling.work()
    assert len(shop.heard) == 10
    with tenant_scope(telling.tenant.record):
        enabled = await endpoints.update(endpoint_id, enabled=True)
    assert (enabled.enabled, enabled.disabled_reason, enabled.failing_since) == (True, "", None)
    telling.clock.pass_by(days=1)
    await telling.work()
    assert shop.texts()[10:] == ["1", "2"]


async def test_410_disables_at_once(telling: Telling, shop: Receiver) -> None:
    endpoint_id, _ = await telling.endpoint(shop.url)
    shop.always(410)
    telling.happen(2)
    await telling.work()
    with tenant_scope(telling.tenant.record):
        disabled = await endpoints.endpoint(endpoint_id)
    assert (disabled.enabled, disabled.disabled_reason) == (False, "It answered 410 Gone.")
    telling.clock.pass_by(days=1)
    await telling.work()
    assert len(shop.heard) == 1


async def test_what_fails_for_good_while_others_get_through_is_given_up_and_its_room_goes_on(
    telling: Telling, shop: Receiver
) -> None:
    make_room(telling.tenant, "plans")
    endpoint_id, _ = await telling.endpoint(shop.url)

    async def stumble(heard: Heard) -> Reply:
        return Reply(500 if heard.json["data"]["room"] == "general" and heard.text == "1" else 200)

    shop.behaviour = stumble
    telling.happen(2)
    for _ in range(12):
        telling.clock.pass_by(days=1)
        telling.happen(1, "plans")
        await telling.work()
    with tenant_scope(telling.tenant.record):
        assert (await endpoints.endpoint(endpoint_id)).enabled
        log, _ = await deliveries.deliveries(endpoint_id, limit=200)
    assert shop.texts() == ["1"] * 10 + ["2"]
    assert [each.attempts for each in log if each.state == "given_up"] == [10]


@pytest.mark.parametrize("status", [199 + 1, 201, 204, 299])
async def test_every_2xx_is_a_success(telling: Telling, shop: Receiver, status: int) -> None:
    await telling.endpoint(shop.url)
    shop.always(status)
    telling.happen(1)
    await telling.work()
    assert telling.waiting() == 0


@pytest.mark.parametrize("status", [301, 302, 307, 400, 404, 429, 503])
async def test_nothing_else_is(telling: Telling, shop: Receiver, status: int) -> None:
    await telling.endpoint(shop.url)
    shop.always(status, b"\x00\xff", Location=shop.url)
    telling.happen(1)
    await telling.work()
    assert (telling.waiting(), len(shop.heard)) == (1, 1)
    assert rows(telling.tenant, "SELECT status, answer FROM chat_webhookdelivery") == [(status, "\ufffd\ufffd")]


async def test_the_log_sends_a_delivery_once_more_with_the_same_id(
    telling: Telling, shop: Receiver, globex: Tenancy
) -> None:
    endpoint_id, _ = await telling.endpoint(shop.url)
    telling.happen(3)
    await telling.work()
    with tenant_scope(telling.tenant.record):
        [third, second], more = await deliveries.deliveries(endpoint_id, limit=2)
        [first], _ = await deliveries.deliveries(endpoint_id, limit=2, before=second.place)
        assert more
        assert [each.id for each in (first, second, third)] == [heard.id for heard in shop.heard]
        assert (second.state, second.attempts, second.status) == ("delivered", 1, 200)
        await deliveries.replay(endpoint_id, second.id, telling.clock())
    await telling.work()
    assert [heard.id for heard in shop.heard[3:]] == [second.id]
    assert shop.heard[3].body == shop.heard[1].body
    for tenant, endpoint, delivery in (
        (telling.tenant, endpoint_id, "evt_nothing"),
        (telling.tenant, "we_nothing", second.id),
        (globex, endpoint_id, second.id),
    ):
        with tenant_scope(tenant.record), pytest.raises(ParleyError) as refusal:
            await deliveries.replay(endpoint, delivery, telling.clock())
        assert refusal.value.code is WEBHOOK_NOT_FOUND


async def test_the_log_reaches_back_thirty_days(telling: Telling, shop: Receiver) -> None:
    await telling.endpoint(shop.url)
    telling.happen(2)
    await telling.work()
    change(
        telling.tenant,
        "UPDATE chat_webhookdelivery SET created_at = now() - interval '31 days'"
        " WHERE id = (SELECT min(id) FROM chat_webhookdelivery)",
    )
    with tenant_scope(telling.tenant.record):
        assert await deliveries.forget(telling.clock()) == 1
        assert await deliveries.forget(telling.clock()) == 0


async def test_a_deleted_endpoint_leaves_nothing(telling: Telling, shop: Receiver) -> None:
    endpoint_id, _ = await telling.endpoint(shop.url)
    shop.always(500)
    telling.happen(2)
    await telling.work()
    with tenant_scope(telling.tenant.record):
        await endpoints.delete(endpoint_id)
    for table in ("endpoint", "lane", "delivery"):
        assert rows(telling.tenant, f"SELECT count(*) FROM chat_webhook{table}") == [(0,)]
