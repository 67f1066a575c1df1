"""Who operates the platform: invited, changed, removed; the keys of their programs."""

from __future__ import annotations

import re
import secrets
from urllib.parse import urlsplit

import pytest
from asgiref.sync import sync_to_async
from django.core import mail

from console.operators import accept_invitation, change_role, invitation_url, invite_operator, remove_operator
from console.tasks import mail_operator
from kit.errors import ParleyError
from tenants.models import Account, AuditEntry, OperatorInvitation, OperatorRole
from tests.support.http import Client
from tests.support.operators import as_operator, as_program, operator
from tests.support.server import LiveServer

PASSWORD = "correct horse battery"


def address() -> str:
    return f"{secrets.token_hex(4)}@parley.test"


def role_of(email: str) -> str:
    return str(Account.objects.get(email=email).operator_role)


def actions(email: str) -> list[str]:
    found = AuditEntry.objects.filter(chain="platform", target=f"operator:{email}").order_by("number")
    return [entry.action for entry in found]


def link(invitation: OperatorInvitation) -> str:
    return urlsplit(invitation_url(invitation)).path


def test_somebody_new_comes_in_by_invitation_once(live: LiveServer) -> None:
    console, email = as_operator(live, operator()), address()
    assert console.submit("/operators/people", action="invite", email=email, role="support").status == 302
    assert email in console.get("/operators/people").text
    path, newcomer = link(OperatorInvitation.objects.get(email=email)), Client(live, "localhost")
    assert newcomer.submit(path, name="Nelly", password="short").status == 422
    assert not Account.objects.filter(email=email).exists(), "nothing before it is accepted"
    accepted = newcomer.submit(path, name="Nelly", password=PASSWORD)
    assert (accepted.status, accepted.headers["Location"]) == (302, "/operators/")
    assert role_of(email) == "support"
    assert newcomer.get(path).status == 410
    assert actions(email) == ["operator.invited", "operator.joined"]


def test_who_has_a_password_accepts_signed_in_and_as_nobody_else(live: LiveServer) -> None:
    known = Account.objects.create_user(address(), PASSWORD, name="Known")
    path = link(invite_operator(known.email, "viewer"))
    stranger = Client(live, "localhost").get(path)
    assert "Sign in to accept" in stranger.text
    assert "password" not in stranger.text
    other = as_operator(live, operator("viewer"))
    assert other.submit(path, page="/operators/").status == 200
    assert role_of(known.email) == ""
    assert as_operator(live, known).submit(path).status == 302
    assert role_of(known.email) == "viewer"


async def test_the_letter_has_the_link_unless_the_invitation_was_withdrawn(live: LiveServer) -> None:
    invitation = await sync_to_async(invite_operator)(address(), "operator")
    await mail_operator(invitation.pk)
    [letter] = [each for each in mail.outbox if each.to == [invitation.email]]
    [path] = re.findall(r"http://[^/\s]+(/operators/invitation/\S+)", str(letter.body))
    console = await sync_to_async(lambda: as_operator(live, operator()))()
    withdrawing = {"action": "withdraw", "invitation": invitation.pk}
    assert (await sync_to_async(console.submit)("/operators/people", **withdrawing)).status == 302
    assert Client(live, "localhost").get(path).status == 410
    await mail_operator(invitation.pk)
    assert len([each for each in mail.outbox if each.to == [invitation.email]]) == 1


def test_roles_are_changed_and_taken_away(live: LiveServer) -> None:
    owner, other = operator(), operator("support")
    console, theirs = as_operator(live, owner), as_operator(live, other)
    console.submit("/operators/people", action="change", account=other.pk, role="viewer")
    assert theirs.get("/operators/tenants/supportgrant/").status == 403
    console.submit("/operators/people", action="remove", account=other.pk)
    assert theirs.get("/operators/").status in (302, 403)
    assert actions(other.email) == ["operator.changed", "operator.removed"]
    console.submit("/operators/people", action="remove", account=owner.pk)
    assert role_of(owner.email) == "owner"
    assert "Nobody changes or removes themselves" in console.get("/operators/people").text


@pytest.mark.parametrize(
    "act", [lambda who, by: remove_operator(who, by=by), lambda who, by: change_role(who, "viewer", by=by)]
)
def test_the_platform_keeps_its_last_owner(act: object) -> None:
    Account.objects.filter(operator_role=OperatorRole.OWNER).update(operator_role="")
    last, other = operator("owner"), operator("operator")
    with pytest.raises(ParleyError) as refusal:
        act(last.pk, other)  # type: ignore[operator]
    assert refusal.value.code.name == "last_operator"
    assert role_of(last.email) == "owner"


def test_an_operator_is_not_invited_again(live: LiveServer) -> None:
    owner, email = operator(), address()
    console = as_operator(live, owner)
    again = console.submit("/operators/people", action="invite", email=owner.email, role="viewer")
    assert (again.status, "is an operator already" in again.text) == (422, True)
    first = link(invite_operator(email, "viewer"))
    invite_operator(email, "support")
    assert Client(live, "localhost").get(first).status == 410, "the later one counts"


def test_an_invitation_is_accepted_once_and_takes_no_role_away() -> None:
    newcomer = Account.objects.create_user(address(), PASSWORD, name="Known")
    stale = invite_operator(newcomer.email, "viewer")
    OperatorInvitation.objects.all().delete()
    owner = operator()
    OperatorInvitation.objects.create(email=owner.email, role="viewer", expires_at=stale.expires_at)
    for account, code in ((newcomer, "operator_not_found"), (owner, "not_allowed")):
        invitation = OperatorInvitation.objects.filter(email=account.email).first() or stale
        with pytest.raises(ParleyError) as refusal:
            accept_invitation(invitation, account)
        assert refusal.value.code.name == code
    assert (role_of(newcomer.email), role_of(owner.email)) == ("", "owner")


def test_the_keys_of_who_is_removed_stay_shut_for_good(live: LiveServer) -> None:
    other = operator("operator")
    program = as_program(live, other, "operator")
    assert program.get("/operators/api/v1/plans").status == 200
    remove_operator(other.pk, by=operator())
    Account.objects.filter(pk=other.pk).update(operator_role="operator")
    assert program.get("/operators/api/v1/plans").code == "token_invalid"


@pytest.mark.parametrize("name", ["withdraw", "change", "remove"])
def test_what_no_row_can_be_named_is_nobody(live: LiveServer, name: str) -> None:
    console = as_operator(live, operator())
    fields = {"invitation": "\x00", "account": "\x00", "role": "viewer"}
    assert console.submit("/operators/people", action=name, **fields).status == 302
    assert "No such" in console.get("/operators/people").text.replace("There is no such", "No such")


def test_a_key_is_shown_once_and_revoked(live: LiveServer) -> None:
    owner = operator()
    console = as_operator(live, owner)
    assert console.submit("/operators/keys", action="create", name="Sync", role="viewer", days="400").status == 422
    made = console.submit("/operators/keys", action="create", name="Sync", role="viewer", days="30")
    assert (made.status, "no-store" in made.headers["Cache-Control"]) == (200, True)
    [secret] = re.findall(r"op_[0-9a-f]{48}", made.text)
    program = Client(live, "localhost", {"Authorization": f"Bearer {secret}"})
    assert program.get("/operators/api/v1/plans").status == 200
    assert secret not in console.get("/operators/keys").text
    console.submit("/operators/keys", action="revoke", key="\x00")
    console.submit("/operators/keys", action="revoke", key=secret[:15])
    assert program.get("/operators/api/v1/plans").code == "token_invalid"
    entries = AuditEntry.objects.filter(target=f"operator_key:{secret[:15]}").order_by("number")
    assert [entry.action for entry in entries] == ["operator_key.created", "operator_key.revoked"]
    assert secret not in str([entry.after for entry in entries])
