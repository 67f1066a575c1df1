"""A tenant and a platform in which every page of the consoles has something to show, and the examples of their
addresses."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from allauth.usersessions.models import UserSession
from asgiref.sync import sync_to_async
from django.core.files.base import ContentFile

from billing.models import Customer, Grant, Invoice, StripeEvent, Subscription
from chat.commands import erasing, importing_people
from chat.commands.blocks import block_user, shadow_block_user
from chat.commands.incoming import create_incoming
from chat.commands.mutes import mute_user
from chat.models import User
from console.operator_keys import issue_operator_key
from console.operators import invite_operator
from kit.ids import stored_id, uuid7
from tenants.audit import record
from tenants.connections import close_pool
from tenants.domains import add_domain
from tenants.figures import sum_up
from tenants.models import Account, AuditEntry, Figure, OperatorRole, Role, Tenant, Usage
from tenants.scope import tenant_scope
from tenants.support import grant_support
from tests.support.cast import Tenancy, make_tenant
from tests.support.copies import held_export, import_of
from tests.support.http import Answer, Client, as_server
from tests.support.server import LiveServer
from tests.support.sessions import session_of
from tests.support.tables import change, fill

PEOPLE = {
    "ann": "Ann Ahlers",
    "bob": "Bob Byrne",
    "carol": "Carolina Maria Constanza de la Fuente y Montenegro",
    "eve": "Eve <script>",
}
CSV = b"id,name,rooms\nzoe,Zoe,general\nyan,,general\nxi,Xi,nowhere\n"


@dataclass(frozen=True)
class Furnished:
    """``where`` has an example for each thing that a console's addresses name."""

    tenancy: Tenancy
    owner: Account
    operator: Account
    where: dict[str, dict[str, object]]

    def fill(self, site: str, address: str, **others: str) -> str:
        """An address of ``django.urls.path`` with the examples in it, or the ``others`` in their place."""
        examples = {**self.where[site], **others}
        return re.sub(r"<(?:\w+:)?(\w+)>", lambda name: str(examples[name[1]]), address)


async def furnish(live: LiveServer) -> Furnished:
    tenancy, message, webhook = await sync_to_async(_over_rest)(live)
    import_id, digest = await _by_commands(tenancy)
    examples = {
        "user_id": "carol",
        "user": "eve",
        "room_id": "plans",
        "message_id": message,
        "import_id": import_id,
        "digest": digest,
        "webhook": webhook,
    }
    return await sync_to_async(_with_the_rest)(tenancy, examples)


def _over_rest(live: LiveServer) -> tuple[Tenancy, UUID, str]:
    tenancy = make_tenant("acme")
    server = as_server(live, tenancy)
    message = _conversations(server, tenancy)
    _moderation(tenancy, message)
    return tenancy, message, _developers(server, tenancy)


def _with_the_rest(tenancy: Tenancy, examples: dict[str, object]) -> Furnished:
    owner = tenancy.account("olive", Role.OWNER)
    operator = Account.objects.create_user(f"{secrets.token_hex(4)}@parley.test", name="Otto", operator_role="owner")
    tenant = Tenant.objects.get(pk=tenancy.record.id)
    member = _organisation(tenancy, tenant)
    colleague = _platform(tenant, operator)
    _bought(tenancy)
    of_tenant = {**examples, "member": member.pk, "entry_id": _latest_entry(tenancy.schema_name)}
    of_platform: dict[str, object] = {
        "tenant_id": tenant.pk,
        "colleague": colleague.email,
        "entry_id": _latest_entry(AuditEntry.PLATFORM),
        "copy_id": held_export(tenant).pk,
        "came": import_of(tenant).pk,
    }
    return Furnished(tenancy, owner, operator, {"tenant": of_tenant, "operators": of_platform})


def _bought(tenancy: Tenancy) -> None:
    """A plan that was paid once and then was not, something granted, and what Stripe told."""
    tenant, now = tenancy.made.tenant, datetime.now(UTC)
    Customer.objects.create(tenant=tenant, stripe_id=f"cus_{tenant.pk}", email="owner@acme.test", currency="usd")
    Subscription.objects.create(
        tenant=tenant,
        stripe_id=f"sub_{tenant.pk}",
        status="past_due",
        plan="pro",
        interval="month",
        seats=5,
        currency="usd",
        started_at=now - timedelta(days=60),
        period_start=now - timedelta(days=2),
        period_end=now + timedelta(days=28),
        unpaid_since=now - timedelta(days=2),
    )
    for number, (status, paid, failed_at) in enumerate((("paid", 95_00, None), ("open", 0, now)), 1):
        Invoice.objects.create(
            stripe_id=f"in_{tenant.pk}_{number}",
            tenant=tenant,
            number=f"ACME-{number:04}",
            status=status,
            currency="usd",
            subtotal=95_00,
            total=95_00,
            amount_paid=paid,
            amount_due=95_00 - paid,
            created_at=now - timedelta(days=32 if paid else 2),
            failed_at=failed_at,
            page_url="https://example.com/invoice",
            pdf_url="https://example.com/invoice.pdf",
        )
    Grant.objects.create(tenant=tenant, limits={"monthly_messages": 60_000_000}, reason="A launch")
    StripeEvent.objects.create(
        stripe_id=f"evt_{tenant.pk}", type="invoice.payment_failed", customer=f"cus_{tenant.pk}", created_at=now
    )


def _conversations(server: Client, tenancy: Tenancy) -> UUID:
    """Rooms of each kind and state. Returns the message that was reported, with all that can be beside one."""
    for user, name in {**PEOPLE, "gone": "Gone"}.items():
        _done(server.put(f"/api/v1/users/{user}", {"name": name}))
    everybody = list(PEOPLE)
    for room, kind, name in (
        ("plans", "private", "Plans for the spring, and for whatever else comes"),
        ("support", "open", "Support"),
        ("old", "open", "Old things"),
    ):
        _done(server.post("/api/v1/rooms", {"id": room, "kind": kind, "name": name, "members": everybody}))
    _done(server.post("/api/v1/rooms", {"kind": "direct", "members": everybody[:2]}))
    _done(server.delete("/api/v1/rooms/old"))
    fill(tenancy, 30, "plans", "ann")
    change(
        tenancy,
        "UPDATE chat_message SET text = 'Line ' || seq || ' of what was said of our plans, ' || repeat('on ', 20)",
    )
    said = server.post(
        "/api/v1/rooms/plans/messages", {"user": "eve", "text": f"**cheap** watches https://{'long' * 30}.example/"}
    )
    _done(said)
    place = f"/api/v1/rooms/plans/messages/{said.json['id']}"
    _done(server.put(f"{place}/pin"))
    _done(server.patch(place, {"text": "Cheap watches, reworded"}))
    _done(server.post(f"{place}/reports", {"reason": "spam", "note": "Again!", "user": "bob"}))
    for number in range(1, 6):
        offer = server.post("/api/v1/rooms/support/messages", {"user": "eve", "text": f"Offer {number}"})
        _done(offer)
        _done(
            server.post(f"/api/v1/rooms/support/messages/{offer.json['id']}/reports", {"reason": "spam", "user": "bob"})
        )
    _done(server.patch("/api/v1/rooms/support", {"frozen": True, "slow_seconds": 5}))
    _done(server.post("/api/v1/rooms/plans/guest-links", {"name": "For the architects", "most_guests": 5}))
    _done(server.put("/api/v1/rooms/plans/bans/carol", {"reason": "rude"}))
    return stored_id("m", said.json["id"])


def _moderation(tenancy: Tenancy, message: UUID) -> None:
    for act in ("warned", "noted"):
        change(
            tenancy,
            "INSERT INTO chat_decision (id, act, user_id, room_id, message_id, reason, decider)"
            " VALUES (%s, %s, 'eve', 'plans', %s, 'She was told before.', 'Olive')",
            uuid7(),
            act,
            message,
        )
    Tenant.objects.filter(pk=tenancy.record.id).update(
        content_rules={
            "words": [{"word": "plonk", "action": "refuse"}],
            "patterns": [{"name": "cards", "pattern": "[0-9]{16}", "action": "refuse"}],
        }
    )


def _developers(server: Client, tenancy: Tenancy) -> str:
    _done(server.put("/api/v1/settings/origins", {"origins": [f"https://{'a-long-name-' * 4}shop.example"]}))
    made = server.post("/api/v1/webhooks", {"url": f"http://127.0.0.1/{'hook/' * 20}", "description": "Our own"})
    _done(made)
    change(
        tenancy,
        """
        INSERT INTO chat_webhookdelivery
            (endpoint_id, message_id, type, room_id, body, attempts, due_at, status, answer)
        SELECT %s, 'msg_' || n, 'message.created', 'plans', '{}', n, CASE WHEN n %% 2 = 0 THEN now() END, 500, 'Oh no '
        FROM generate_series(1, 6) n
        """,
        made.json["id"],
    )
    return str(made.json["id"])


async def _by_commands(tenancy: Tenancy) -> tuple[str, str]:
    """What the REST API does not do. Returns the ids of an import and of an erasure."""
    with tenant_scope(tenancy.record):
        await block_user("bob", until=datetime.now(UTC) + timedelta(days=1))
        await shadow_block_user("eve")
        await mute_user("support", "carol")
        await create_incoming("plans", "Builds")
        import_id = await importing_people.keep_file(ContentFile(CSV), "people.csv")
        digest = await erasing.begin("gone", removes_messages=False)
    await close_pool()
    return import_id, digest


def _organisation(tenancy: Tenancy, tenant: Tenant) -> Account:
    """Returns somebody of the team who is signed in, and among the people of the rooms."""
    tenancy.account(Role.MODERATOR, Role.MODERATOR)
    admin = tenancy.account(Role.ADMIN, Role.ADMIN)
    session = session_of(admin, tenancy)
    desk = {"user_agent": "Firefox on a desk", "ip": "127.0.0.1", "data": {"tenant": tenant.pk}}
    UserSession.objects.create(user=admin, session_key=session, **desk)
    with tenant_scope(tenancy.record):
        User.objects.create(id=admin.pk, name=admin.name, account_id=admin.pk)
    record(
        tenancy.record,
        "room.changed",
        "room:plans",
        before={"name": "Plans", "topic": None},
        after={"name": "Plans for the spring"},
    )
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    Figure.objects.bulk_create(
        Figure(
            tenant=tenant,
            span="minute",
            at=now - timedelta(minutes=ago),
            messages=ago * 7 % 90,
            connections=ago % 50,
            embeds=1,
        )
        for ago in range(1, 180)
    )
    sum_up(now)
    Usage.objects.create(
        tenant=tenant,
        hour=now.replace(minute=0),
        messages=123_456,
        active_users=789,
        peak_connections=42,
        stored_bytes=1 << 29,
    )
    return admin


def _platform(tenant: Tenant, operator: Account) -> Account:
    """Returns another operator."""
    add_domain(tenant, f"{tenant.slug}.example.com")
    _, colleague = [
        Account.objects.create_user(f"{role}-{secrets.token_hex(3)}@parley.test", name=role.title(), operator_role=role)
        for role in (OperatorRole.VIEWER, OperatorRole.SUPPORT)
    ]
    invite_operator(f"new-{secrets.token_hex(3)}@parley.test", OperatorRole.OPERATOR)
    issue_operator_key(operator, "Billing sync", OperatorRole.VIEWER, days=30)
    grant_support(tenant, operator, reason="Ticket 4711: the rooms are empty", minutes=15, mode="view")
    return colleague


def _latest_entry(chain: str) -> int:
    return AuditEntry.objects.filter(chain=chain).latest("number").pk


def _done(answer: Answer) -> None:
    assert answer.status < 300, answer.text
