"""Users in the tenant's console: found, made, changed, kept out."""

from __future__ import annotations

import re
from html import unescape

import pytest
from allauth.usersessions.models import UserSession

from chat.admin.users import Users
from chat.queries.people import FOUND, beginnings
from tenants.models import Role
from tests.chat.admin.working import audited
from tests.support.cast import Tenancy
from tests.support.http import Answer, Client, as_user, once_refused, with_session
from tests.support.server import LiveServer
from tests.support.tables import change, fill, make_room, make_user, rows

LIST = "/admin/chat/user/"


@pytest.fixture
def admin(live: LiveServer, acme: Tenancy) -> Client:
    return with_session(live, acme, acme.account("adam", Role.ADMIN))


def listed(client: Client, query: str = "") -> list[str]:
    """The ids in the list, in its order."""
    answer = client.get(f"{LIST}?{query}")
    assert answer.status == 200
    found = re.findall(r'href="/admin/user/([^"/?]+)(?:\?[^"]*)?"[^>]*>\s*\1\s*<', unescape(answer.text))
    return list(dict.fromkeys(found))


def acts(client: Client, user: str, action: str, **fields: str) -> Answer:
    answer = client.submit(f"/admin/user/{user}", page="/admin/new-user", action=action, **fields)
    assert answer.status in (200, 302), answer.text[:500]
    return answer


def test_people_are_found_by_beginnings_of_ids_and_of_any_word_of_their_names(acme: Tenancy, admin: Client) -> None:
    names = {
        "u-1": "Anne-Marie O'Brien",
        "u-2": "Marion Müller",
        "x@y.test": "x@y.test",
        "U-30": "Bob Anderson",
        "o'x": "%",
    }
    for user, name in names.items():
        make_user(acme, user, name)
    assert listed(admin) == sorted(names)
    found = {
        "u-": ["U-30", "u-1", "u-2"],
        "U-3": ["U-30"],
        "mari": ["u-1", "u-2"],
        "ANNE-M": ["u-1"],
        "o'brien anne": ["u-1"],
        "müll": ["u-2"],
        "an bo": ["U-30"],
        "x@y": ["x@y.test"],
        "o'": ["o'x", "u-1"],
        "nobody": [],
        "%": [],
        "'; --": [],
        "\\": [],
        "a:* | b": ["U-30", "u-1"],
        "a:* & ! b": ["U-30", "u-1"],
        "": sorted(names),
    }
    for words, expected in found.items():
        assert listed(admin, f"q={_quoted(words)}") == expected, words


def _quoted(words: str) -> str:
    return "".join(f"%{byte:02x}" for byte in words.encode())


def test_filters_choose_who_is_what(acme: Tenancy, admin: Client) -> None:
    for user in ("ann", "bot", "gone", "guest", "shade", "barred"):
        make_user(acme, user)
    change(acme, "UPDATE chat_user SET is_bot = true WHERE id = 'bot'")
    change(acme, "UPDATE chat_user SET deactivated_at = now() WHERE id = 'gone'")
    change(acme, "INSERT INTO chat_block (user_id, shadow) VALUES ('shade', true), ('barred', false)")
    change(acme, "INSERT INTO chat_guestlink (id, room_id, expires_at) VALUES ('gl', 'general', now())")
    change(acme, "UPDATE chat_user SET guest_link_id = 'gl' WHERE id = 'guest'")
    expected = {"bots": "bot", "deactivated": "gone", "guests": "guest", "shadow": "shade", "blocked": "barred"}
    for which, user in expected.items():
        assert listed(admin, f"which={which}") == [user]


def test_a_list_of_a_hundred_thousand_is_not_read_to_show_its_first_page(acme: Tenancy) -> None:
    change(acme, "INSERT INTO chat_user (id, name) SELECT 'p-' || n, 'Person ' || n FROM generate_series(1, 100000) n")
    change(acme, "ANALYZE chat_user")
    assert Users.show_full_result_count is False
    page = "EXPLAIN SELECT * FROM chat_user LEFT JOIN chat_block block ON block.user_id = id ORDER BY id DESC LIMIT 51"
    asked = beginnings("4711").replace("'", "''")
    search = f"EXPLAIN SELECT * FROM chat_user WHERE {FOUND} ORDER BY id DESC LIMIT 51".replace("%s", f"'{asked}'")
    for statement, index in ((page, "chat_user_pkey"), (search, "users_by_word")):
        plan = "\n".join(line for (line,) in rows(acme, statement))
        assert index in plan
        assert "Seq Scan on chat_user" not in plan


def test_a_user_is_made_once_and_a_token_for_it_shown_once(live: LiveServer, acme: Tenancy, admin: Client) -> None:
    fields = {"id": "zoe", "name": "Zoë", "avatar": "", "custom_data": '{"plan": "gold"}', "token": "on"}
    answer = admin.submit("/admin/new-user", action="create", **fields)
    assert answer.status == 200
    token = re.search(r"data-token>([^<]+)<", answer.text)
    assert token is not None
    zoe = Client(live, acme.host, {"Authorization": f"Bearer {token[1]}"})
    assert zoe.get("/api/v1/users/zoe").json["name"] == "Zoë"
    assert rows(acme, "SELECT data FROM chat_user WHERE id = 'zoe'") == [({"plan": "gold"},)]
    assert audited(acme) == [("user.created", "user:zoe"), ("token.minted", "user:zoe")]
    again = admin.submit("/admin/new-user", action="create", **fields)
    assert again.status == 422
    assert "a user with this id already" in again.text


@pytest.mark.parametrize(
    ("field", "value"),
    [("id", "a b"), ("id", ""), ("name", ""), ("avatar", "javascript:x"), ("custom_data", "[1]"), ("custom_data", "{")],
)
def test_what_cannot_be_kept_of_a_user_is_said_beside_its_field(
    acme: Tenancy, admin: Client, field: str, value: str
) -> None:
    fields = {"id": "zoe", "name": "Zoe", "avatar": "", "custom_data": "{}", field: value}
    answer = admin.submit("/admin/new-user", action="create", **fields)
    assert answer.status == 422
    assert rows(acme, "SELECT FROM chat_user WHERE id = 'zoe'") == []


def test_a_page_shows_who_it_is_where_and_what_was_said_to_those_who_may_see_it(
    live: LiveServer, acme: Tenancy, admin: Client
) -> None:
    make_room(acme, "plans", "private", members=("ann", "bob"))
    fill(acme, 3, "plans", "bob")
    fill(acme, 2, "plans", "ann")
    change(acme, "UPDATE chat_message SET text = 'a <b>secret' WHERE user_id = 'ann' AND seq = 5")
    text = admin.get("/admin/user/ann").text
    for shown in ("plans", "a &lt;b&gt;secret", ">3<", "tokens that your server signs"):
        assert shown in text
    agent = with_session(live, acme, acme.account("agnes", Role.AGENT)).get("/admin/user/ann")
    assert agent.status == 200
    assert "secret" not in agent.text
    assert '<form method="post" class="console-form"' not in agent.text
    for missing in ("nobody", "%00"):
        assert admin.get(f"/admin/user/{missing}").status == 404


def test_a_profile_is_changed_and_the_log_says_from_what(acme: Tenancy, admin: Client) -> None:
    make_user(acme, "ann", "Ann")
    fields = {"name": "Anna", "avatar": "https://a.test/a.png", "custom_data": '{"plan": "gold"}'}
    acts(admin, "ann", "save", **fields)
    acts(admin, "ann", "save", **fields)
    found = rows(acme, "SELECT name, avatar, data FROM chat_user WHERE id = 'ann'")
    assert found == [("Anna", "https://a.test/a.png", {"plan": "gold"})]
    assert audited(acme) == [("user.changed", "user:ann")]
    acts(admin, "ann", "save", **{**fields, "custom_data": "{}"})
    assert rows(acme, "SELECT data FROM chat_user WHERE id = 'ann'") == [(None,)]


def test_keeping_out_and_letting_in(live: LiveServer, acme: Tenancy, admin: Client) -> None:
    make_user(acme, "ann")
    ann = as_user(live, acme, "ann")
    assert ann.get("/api/v1/rooms").status == 200
    for out, back in (("deactivate", "reactivate"), ("block", "unblock")):
        acts(admin, "ann", out, hours="24", reason="rude")
        assert once_refused(lambda: ann.get("/api/v1/rooms")).status in (401, 403)
        acts(admin, "ann", back)
        assert as_user(live, acme, "ann").get("/api/v1/rooms").status == 200
    acts(admin, "ann", "shadow_block")
    assert rows(acme, "SELECT shadow FROM chat_block") == [(True,)]
    acts(admin, "ann", "revoke")
    assert once_refused(lambda: ann.get("/api/v1/rooms")).status == 401
    assert [action for action, _ in audited(acme)] == [
        "user.deactivated",
        "user.reactivated",
        "user.blocked",
        "user.unblocked",
        "user.shadow_blocked",
        "user.tokens_revoked",
    ]


def test_a_moderator_blocks_and_changes_nothing_else(live: LiveServer, acme: Tenancy) -> None:
    make_user(acme, "ann")
    moderator = with_session(live, acme, acme.account("mia", Role.MODERATOR))
    for action, status in (("block", 302), ("save", 403), ("revoke", 403), ("mint", 403), ("deactivate", 403)):
        assert moderator.submit("/admin/user/ann", action=action).status == status
    assert moderator.get("/admin/user/ann/data").status == 403


def test_rooms_of_a_user_are_changed_from_its_page(acme: Tenancy, admin: Client) -> None:
    make_user(acme, "ann")
    make_room(acme, "plans", "private")
    acts(admin, "ann", "join", room="plans")
    again = admin.submit("/admin/user/ann", action="join", room="plans")
    assert (again.status, "ann is a member of plans already." in again.text) == (422, True)
    for role in ("owner", "x"):
        acts(admin, "ann", "change_role", room="plans", role=role)
    assert rows(acme, "SELECT user_id, role FROM chat_member") == [("ann", "owner")]
    acts(admin, "ann", "remove", room="plans")
    assert rows(acme, "SELECT user_id FROM chat_member") == []
    assert [action for action, _ in audited(acme)] == ["member.added", "member.role_changed", "member.removed"]


def test_sessions_of_an_account_on_this_host_are_listed_and_ended(
    live: LiveServer, acme: Tenancy, globex: Tenancy, admin: Client
) -> None:
    account = acme.account("sam")
    change(acme, "INSERT INTO chat_user (id, name, account_id) VALUES ('sam', 'Sam', %s)", account.pk)
    clients = [
        (acme, with_session(live, acme, account)),
        (acme, with_session(live, acme, account)),
        (globex, with_session(live, globex, account)),
    ]
    made = [
        UserSession.objects.create(
            user=account,
            ip="127.0.0.1",
            session_key=client.cookies["sessionid"],
            user_agent=f"Browser {number}",
            data={"tenant": tenancy.record.id},
        )
        for number, (tenancy, client) in enumerate(clients)
    ]
    text = admin.get("/admin/user/sam").text
    assert [name in text for name in ("Browser 0", "Browser 1", "Browser 2")] == [True, True, False]
    acts(admin, "sam", "end_session", session=str(made[0].pk))
    acts(admin, "sam", "end_session", session=str(made[2].pk))
    assert list(UserSession.objects.filter(user=account).order_by("pk")) == made[1:]
    assert audited(acme) == [("user.session_ended", "user:sam")]
