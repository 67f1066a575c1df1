"""The team in the tenant's console: what its page shows and does. Its rules are in ``tests/tenants/test_team.py``."""

from __future__ import annotations

import time

from allauth.mfa.models import Authenticator

from tenants.models import Membership, Role, Tenant
from tests.chat.admin.working import audited
from tests.support.cast import Tenancy
from tests.support.http import Client, with_session
from tests.support.server import LiveServer
from tests.support.sessions import session_of

PAGE = "/admin/team"


def test_the_page_says_who_is_what_and_who_has_a_second_factor(live: LiveServer, acme: Tenancy) -> None:
    olga, mia = acme.account("olga", Role.OWNER), acme.account("mia", Role.MODERATOR)
    Authenticator.objects.create(user=mia, type=Authenticator.Type.TOTP, data={})
    text = " ".join(with_session(live, acme, olga).get(PAGE).text.split())
    for who, secured in ((mia, "Yes"), (olga, "No")):
        state = f'<td data-label="State">Active</td> <td data-label="Second factor">{secured}</td>'
        assert f"{who.email}</span></th> {state}" in text
    assert 'data-label="State">Invited</td>' in text  # whoever acme was made with has not come in yet
    moderator = with_session(live, acme, mia).get(PAGE).text
    assert mia.email in moderator
    assert 'value="change_role"' not in moderator


def test_inviting_changing_and_removing(live: LiveServer, acme: Tenancy) -> None:
    owner = with_session(live, acme, acme.account("olga", Role.OWNER))
    email = f"new@{acme.slug}.test"
    owner.submit(PAGE, action="invite", email=email, role="agent")
    assert "A mail is on its way" in owner.get(PAGE).text
    member = Membership.objects.get(account__email=email)
    owner.submit(PAGE, action="resend", account=member.account_id)
    owner.submit(PAGE, action="change_role", account=member.account_id, role="moderator")
    member.refresh_from_db()
    assert member.role == "moderator"
    owner.submit(PAGE, action="remove", account=member.account_id)
    assert not Membership.objects.filter(pk=member.pk).exists()
    owner.submit(PAGE, action="require_mfa", required="yes")
    assert Tenant.objects.get(pk=acme.record.id).requires_mfa
    assert [action for action, _ in audited(acme)] == [
        "member.invited",
        "member.invited_again",
        "member.role_changed",
        "member.removed",
        "team.second_factor",
    ]


def test_who_signed_in_long_ago_shows_again_who_it_is_before_changing_the_team(live: LiveServer, acme: Tenancy) -> None:
    olga, agnes = acme.account("olga", Role.OWNER), acme.account("agnes", Role.AGENT)
    long_ago = session_of(olga, acme, confirmed_at=time.time() - 86_400)
    client = Client(live, acme.host, cookies={"sessionid": long_ago})
    answer = client.submit(PAGE, action="remove", account=agnes.pk)
    assert answer.headers["Location"].startswith("/account/confirm")
    assert agnes.memberships.count() == 1
