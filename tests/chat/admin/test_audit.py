"""Each action of the tenant's console is in the tenant's audit log, complete by construction: what a page can do is
done once, and an action that nobody has thought of here fails."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from functools import partial

from allauth.usersessions.models import UserSession

from config.urls_tenant import tenant_console
from kit.ids import stored_id
from tenants.audit import verify
from tenants.models import ApiKey, Figure, Membership, Role, SigningKey
from tests.support.acts import Act, Acts, Log, faults_of
from tests.support.cast import Tenancy
from tests.support.furnished import CSV, furnish
from tests.support.http import Client, as_server
from tests.support.key_pairs import PRIVATE, pem
from tests.support.server import LiveServer
from tests.support.sessions import session_of
from tests.support.tables import change, rows, unhurried

VERDICTS = ("dismiss", "delete", "warn", "mute", "ban", "block")
CONDUCT = {
    **{f"flood{field}": value for field, value in (("", "on"), ("_messages", "9"), ("_seconds", "9"))},
    **{f"repeats_{field}": "5" for field in ("times", "seconds", "mute_minutes")},
    "flood_mute_minutes": "5",
    "repeats_action": "refuse",
    "newcomers_hours": "24",
}
RULES = {"links": "all", "form-TOTAL_FORMS": "0", "form-INITIAL_FORMS": "0"}
LOOKS = {"theme": "dark", "font": "serif", "radius": "3", "position": "end"}
BUYING = (
    *(("billing", action) for action in ("portal", "cancel", "resume")),
    *(("billing_plan", action) for action in ("checkout", "change")),
)
HOOK = {"url": "https://example.com/ask", "timeout_ms": "300", "fail_open": "no"}


def test_each_action_is_in_the_tenants_audit_log_with_who_did_it(live: LiveServer) -> None:
    furnished = asyncio.run(furnish(live))
    tenancy, owner = furnished.tenancy, furnished.owner
    client = Client(live, tenancy.host, cookies={"sessionid": session_of(owner, tenancy, second_factor=True)})
    acts = _acts(tenancy, owner.pk, _prepared(live, tenancy))
    log, who = Log(tenancy.schema_name), ("account", owner.pk)
    assert faults_of(tenant_console, acts, client, "/admin/", furnished.where["tenant"], log, who) == {}
    assert verify(tenancy.schema_name) is None


def _acts(tenancy: Tenancy, owner: str, cases: dict[str, str]) -> Acts:
    person = {"room": "general", "reason": "Be kind"}
    invited, session = partial(_invited, tenancy), partial(_session, tenancy)
    own_key = {"prefix": partial(_api_key, tenancy), "overlap": "0"}
    return {
        ("appearance", "save"): Act("appearance.changed ", **LOOKS),
        **dict.fromkeys(BUYING, Act(why_none="Nothing is sold without Stripe; tests/e2e/test_billing.py buys.")),
        ("bots", "create"): Act("incoming_webhook.created incoming_webhook:*", name="Build", room="general"),
        ("bots", "revoke"): Act(
            "incoming_webhook.revoked incoming_webhook:*",
            bot=partial(_only, tenancy, "SELECT id FROM chat_incomingwebhook WHERE room_id = 'general'"),
        ),
        ("emails", "save"): Act("emails.changed ", sender="Acme"),
        ("settings", "save"): Act(
            *("organisation.renamed ", "search_language.changed ", "support_access.changed "),
            name="Acme & Sons",
            search_language="german",
            support_access="none",
        ),
        ("imports", "upload"): Act(
            why_none="A file to look at: nobody comes in before it is started, and that is written down.", file=CSV
        ),
        ("import", "start"): Act("users.imported import:*"),
        ("import", "cancel"): Act("users.import_cancelled import:*"),
        ("keys", "create"): Act("api_key.created api_key:sk_*", name="CI", **{"rooms:read": "on"}),
        ("keys", "rotate"): Act("api_key.rotated api_key:sk_*", **own_key),
        ("keys", "revoke"): Act("api_key.revoked api_key:sk_*", **own_key),
        ("message", "delete"): Act("message.deleted message:m_*"),
        ("moderation_conduct", "save"): Act("conduct.changed ", **CONDUCT),
        ("moderation_person", "note"): Act("user.noted user:eve", **person),
        ("moderation_person", "warn"): Act("user.warned user:eve", **person),
        ("moderation_person", "unblock"): Act("user.unblocked user:eve", **person),
        ("moderation_person", "block"): Act("user.blocked user:eve", **person),
        ("moderation_person", "shadow_block"): Act("user.shadow_blocked user:eve", **person),
        ("moderation_person", "unmute"): Act("user.unmuted user:eve", **person),
        ("moderation_person", "lift_ban"): Act("user.unbanned user:eve", **person),
        ("moderation_queue", "dismiss"): Act("report.resolved report:rp_*", query=cases["dismiss"]),
        ("moderation_queue", "delete"): Act(
            *("message.deleted message:m_*", "report.resolved report:rp_*"), query=cases["delete"]
        ),
        **{
            ("moderation_queue", verdict): Act(
                *(f"user.{done} user:of-{verdict}", "report.resolved report:rp_*"), query=cases[verdict], words="Stop"
            )
            for verdict, done in (("warn", "warned"), ("mute", "muted"), ("ban", "banned"), ("block", "blocked"))
        },
        ("moderation_words", "save"): Act("content_rules.changed ", refused="fie", **RULES),
        ("moderation_words", "try"): Act(why_none="A box to try the rules in.", sample="fie", **RULES),
        ("origins", "add"): Act("origins.changed ", origin="https://new.example"),
        ("origins", "remove"): Act("origins.changed ", origin="https://new.example"),
        ("index", "put_away"): Act("first_steps.put_away "),
        ("retention", "count"): Act(why_none="Counts what would go.", messages_open="9"),
        ("retention", "save"): Act("retention.changed ", messages_open="365", confirmed="yes"),
        ("retention", "hold"): Act("legal_hold.changed ", rooms="old"),
        ("new_room", "create"): Act("room.created room:new", id="new", name="New", kind="open"),
        ("room", "save"): Act("room.changed room:plans", name="Another", topic="Yes"),
        ("room", "slow"): Act("room.changed room:plans", seconds="7"),
        ("room", "freeze"): Act("room.frozen room:plans"),
        ("room", "unfreeze"): Act("room.unfrozen room:plans"),
        ("room", "archive"): Act("room.archived room:plans"),
        ("room", "restore"): Act("room.restored room:plans"),
        ("room", "unpin"): Act("message.unpinned message:m_*", at={"room_id": "general"}, message=cases["pinned"]),
        ("room", "revoke_link"): Act(
            "guest_link.revoked guest_link:*",
            link=partial(_only, tenancy, "SELECT id FROM chat_guestlink WHERE room_id = 'plans'"),
        ),
        ("room_members", "place"): Act("member.role_changed user:bob", user="bob", role="owner"),
        ("room_members", "remove"): Act("member.removed user:bob", user="bob"),
        ("room_export", "export"): Act("room.exported room:plans", format="csv"),
        ("room_live", "join"): Act(f"member.added user:{owner}"),
        ("room_live", "leave"): Act(f"member.removed user:{owner}"),
        ("signing_keys", "create"): Act("signing_key.created signing_key:*"),
        ("signing_keys", "revoke"): Act("signing_key.revoked signing_key:*", key=partial(_signing_key, tenancy)),
        ("signing_keys", "register"): Act(
            "signing_key.created signing_key:*", algorithm="ES256", public_key=pem(PRIVATE["ES256"])
        ),
        ("team", "invite"): Act("member.invited account:*", email=f"new@{tenancy.slug}.test", role="agent"),
        ("team", "resend"): Act("member.invited_again account:*", account=invited),
        ("team", "change_role"): Act("member.role_changed account:*", account=invited, role="moderator"),
        ("team", "remove"): Act("member.removed account:*", account=invited),
        ("team", "require_mfa"): Act("team.second_factor ", required="yes"),
        ("new_user", "create"): Act("user.created user:zed", id="zed", name="Zed"),
        ("user", "save"): Act("user.changed user:carol", name="Carol", avatar="", custom_data="{}"),
        ("user", "deactivate"): Act("user.deactivated user:carol"),
        ("user", "reactivate"): Act("user.reactivated user:carol"),
        ("user", "revoke"): Act("user.tokens_revoked user:carol"),
        ("user", "end_session"): Act("user.session_ended user:sam", at={"user_id": "sam"}, session=session),
        ("user", "mint"): Act("token.minted user:carol"),
        ("user", "block"): Act("user.blocked user:carol", hours="1"),
        ("user", "shadow_block"): Act("user.shadow_blocked user:carol", hours="1"),
        ("user", "unblock"): Act("user.unblocked user:carol"),
        ("user", "join"): Act("member.added user:carol", room="general"),
        ("user", "change_role"): Act("member.role_changed user:carol", room="general", role="moderator"),
        ("user", "remove"): Act("member.removed user:carol", room="general"),
        ("user_data", "export"): Act("user.exported user:carol"),
        ("user_data", "erase"): Act("user.erased user:carol", confirmation="carol"),
        ("webhooks", "create"): Act("webhook.created webhook:we_*", url="https://example.com/hook"),
        ("webhooks", "set_hook"): Act("before_send.set ", **HOOK),
        ("webhooks", "remove_hook"): Act("before_send.removed "),
        ("webhook", "save"): Act("webhook.changed webhook:we_*", url="http://127.0.0.1:9/hook"),
        ("webhook", "disable"): Act("webhook.changed webhook:we_*"),
        ("webhook", "enable"): Act("webhook.changed webhook:we_*"),
        ("webhook", "rotate"): Act("webhook.rotated webhook:we_*"),
        ("webhook", "test"): Act(why_none="Asks the tenant's own endpoint whether it answers."),
        ("webhook", "replay"): Act("delivery.replayed webhook:we_*", delivery="msg_1"),
        ("webhook", "delete"): Act("webhook.deleted webhook:we_*"),
    }


def _prepared(live: LiveServer, tenancy: Tenancy) -> dict[str, str]:
    """What else is needed. Returns where each verdict is given, and the id of a ``pinned`` message."""
    unhurried(tenancy)
    server = as_server(live, tenancy)
    _first_steps_done(tenancy)
    sam = tenancy.account("sam", Role.AGENT)
    change(tenancy, "INSERT INTO chat_user (id, name, account_id) VALUES ('sam', 'Sam', %s)", sam.pk)
    UserSession.objects.create(
        user=sam,
        ip="127.0.0.1",
        session_key=session_of(sam, tenancy),
        user_agent=f"Of {tenancy.slug}",
        data={"tenant": tenancy.record.id},
    )
    server.put("/api/v1/rooms/general/bans/eve", {})
    change(tenancy, "INSERT INTO chat_mute (room_id, user_id) VALUES ('general', 'eve')")
    general = "/api/v1/rooms/general/messages"
    pinned = server.post(general, {"user": "ann", "text": "Pinned"}).json["id"]
    server.put(f"{general}/{pinned}/pin")
    cases = {"pinned": pinned}
    for verdict in VERDICTS:
        server.put(f"/api/v1/users/of-{verdict}", {"name": "Rude"})
        said = server.post(general, {"user": f"of-{verdict}", "text": "Fie"}).json["id"]
        server.post(f"{general}/{said}/reports", {"reason": "abuse", "user": "ann"})
        cases[verdict] = f"?only={stored_id('m', said)}"
    return cases


def _first_steps_done(tenancy: Tenancy) -> None:
    at = datetime.now(UTC).replace(second=0, microsecond=0)
    Figure.objects.filter(tenant=tenancy.made.tenant, span="day").delete()
    Figure.objects.create(tenant=tenancy.made.tenant, span="day", at=at, embeds=1, messages=1)


def _only(tenancy: Tenancy, statement: str) -> str:
    [(found,)] = rows(tenancy, statement)
    return str(found)


def _invited(tenancy: Tenancy) -> str:
    return str(Membership.objects.get(account__email=f"new@{tenancy.slug}.test").account_id)


def _session(tenancy: Tenancy) -> str:
    return str(UserSession.objects.get(user_agent=f"Of {tenancy.slug}").pk)


def _api_key(tenancy: Tenancy) -> str:
    return str(ApiKey.objects.filter(tenant=tenancy.made.tenant, name="CI").latest("pk").prefix)


def _signing_key(tenancy: Tenancy) -> str:
    return str(SigningKey.objects.filter(tenant=tenancy.made.tenant).latest("created_at").pk)
