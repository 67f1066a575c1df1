"""Who is in a tenant's team, and who may change that."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.db import connections, transaction

from kit.errors import ParleyError
from tenants import team
from tenants.invitations import invited_account
from tenants.models import Account, AuditEntry, Membership, Role, Tenant
from tests.support.cast import Tenancy


def place(tenancy: Tenancy, name: str, role: Role) -> Membership:
    return Membership.objects.select_related("account").get(account=tenancy.account(name, role))


@pytest.fixture
def owner(acme: Tenancy) -> Membership:
    """The only one: whoever acme was made with is gone."""
    Membership.objects.filter(tenant=acme.made.tenant).delete()
    return place(acme, "olga", Role.OWNER)


def audited(tenancy: Tenancy) -> list[str]:
    entries = AuditEntry.objects.filter(chain=tenancy.schema_name).order_by("number")
    return list(entries.values_list("action", flat=True))


def test_who_is_invited_gets_a_link_by_mail_that_lets_in(acme: Tenancy, owner: Membership) -> None:
    member = team.invite(acme.record.id, f" New@{acme.slug}.test", "moderator", by=owner)
    assert (member.role, member.account.email) == ("moderator", f"new@{acme.slug}.test")
    [sent] = mail.outbox
    assert sent.to == [member.account.email]
    link = urlsplit(re.findall(r"http\S+", str(sent.body))[0])
    _, _, account_id, token = link.path.split("/")
    with transaction.atomic():
        assert invited_account(acme.record, account_id, token) == member.account
    again = team.invite_again(acme.record.id, account_id, by=owner)
    assert (again, len(mail.outbox)) == (member, 2)
    assert audited(acme) == ["member.invited", "member.invited_again"]


def test_who_has_an_account_elsewhere_comes_in_with_its_password(
    acme: Tenancy, globex: Tenancy, owner: Membership
) -> None:
    account = globex.account("gil", Role.AGENT)
    member = team.invite(acme.record.id, account.email, "admin", by=owner)
    assert member.account == account
    assert f"{acme.host}" in str(mail.outbox[0].body)
    assert "/sign-in" in str(mail.outbox[0].body)
    with pytest.raises(ParleyError, match="password already"):
        team.invite_again(acme.record.id, account.pk, by=owner)
    with pytest.raises(ParleyError, match="in the team already"):
        team.invite(acme.record.id, account.email, "admin", by=owner)


@pytest.mark.parametrize(
    ("email", "role", "code"),
    [
        ("none", "agent", "email_invalid"),
        (f"a@{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * 60}.{'f' * 10}.test", "agent", "email_invalid"),
        ("a@b.test", "king", "invalid"),
    ],
)
def test_what_is_no_address_and_no_role_is_refused(
    acme: Tenancy, owner: Membership, email: str, role: str, code: str
) -> None:
    with pytest.raises(ParleyError) as refused:
        team.invite(acme.record.id, email, role, by=owner)
    assert refused.value.code.name == code
    assert mail.outbox == []
    assert not Account.objects.filter(email=email).exists()


def test_a_team_does_not_grow_without_end(acme: Tenancy, owner: Membership, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(team, "MOST_MEMBERS", 2)
    team.invite(acme.record.id, f"second@{acme.slug}.test", "agent", by=owner)
    with pytest.raises(ParleyError, match="2 members at most"):
        team.invite(acme.record.id, f"third@{acme.slug}.test", "agent", by=owner)
    assert len(mail.outbox) == 1


def test_no_name_breaks_a_line_of_a_mails_head(acme: Tenancy, owner: Membership) -> None:
    Tenant.objects.filter(pk=acme.record.id).update(name="Acme\r\nBcc: all@b.test", emails={"sender": "{organisation}"})
    team.invite(acme.record.id, f"new@{acme.slug}.test", "agent", by=owner)
    [sent] = mail.outbox
    assert "\nBcc:" not in sent.message().as_string().partition("\n\n")[0]
    assert sent.from_email.startswith('"Acme Bcc: all@b.test" <')


def test_an_admin_neither_makes_nor_unmakes_owners(acme: Tenancy, owner: Membership) -> None:
    admin, agent = place(acme, "adam", Role.ADMIN), place(acme, "agnes", Role.AGENT)
    tenant_id = acme.record.id
    for attempt in (
        lambda: team.invite(tenant_id, f"x@{acme.slug}.test", "owner", by=admin),
        lambda: team.change_role(tenant_id, agent.account_id, "owner", by=admin),
        lambda: team.change_role(tenant_id, owner.account_id, "agent", by=admin),
        lambda: team.remove(tenant_id, owner.account_id, by=admin),
    ):
        with pytest.raises(ParleyError) as refused:
            attempt()
        assert refused.value.code.name == "not_allowed"
    assert audited(acme) == []
    assert team.change_role(tenant_id, agent.account_id, "admin", by=admin).role == "admin"
    team.remove(tenant_id, agent.account_id, by=admin)
    assert audited(acme) == ["member.role_changed", "member.removed"]


def test_the_last_owner_stays(acme: Tenancy, owner: Membership) -> None:
    for attempt in (
        lambda: team.remove(acme.record.id, owner.account_id, by=owner),
        lambda: team.change_role(acme.record.id, owner.account_id, "admin", by=owner),
    ):
        with pytest.raises(ParleyError) as refused:
            attempt()
        assert refused.value.code.name == "last_owner"
    second = place(acme, "otto", Role.OWNER)
    team.change_role(acme.record.id, owner.account_id, "admin", by=second)
    with pytest.raises(ParleyError):
        team.remove(acme.record.id, second.account_id, by=second)


def test_another_tenants_members_are_out_of_reach(acme: Tenancy, globex: Tenancy, owner: Membership) -> None:
    theirs = globex.account("gil", Role.AGENT)
    for attempt in (team.remove, team.invite_again):
        with pytest.raises(ParleyError) as refused:
            attempt(acme.record.id, theirs.pk, by=owner)
        assert refused.value.code.name == "not_found"
    assert theirs.memberships.count() == 1


def test_a_second_factor_is_required_once_and_the_log_says_so(acme: Tenancy) -> None:
    for required in (True, True, False):
        team.require_second_factor(acme.record.id, required=required)
        assert Tenant.objects.get(pk=acme.record.id).requires_mfa is required
    assert audited(acme) == ["team.second_factor"] * 2


def test_of_many_who_race_for_the_last_place_one_gets_it(acme: Tenancy, owner: Membership) -> None:
    Tenant.objects.filter(pk=acme.record.id).update(seats=2)

    def invite(number: int) -> str:
        try:
            team.invite(acme.record.id, f"n{number}@{acme.slug}.test", "agent", by=owner)
        except ParleyError as refusal:
            return refusal.code.name
        finally:
            connections.close_all()
        return "invited"

    with ThreadPoolExecutor(6) as pool:
        answers = sorted(pool.map(invite, range(6)))
    assert answers == ["invited"] + ["plan_limit_reached"] * 5
    assert Membership.objects.filter(tenant_id=acme.record.id).count() == 2
