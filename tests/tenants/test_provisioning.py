"""A tenant's beginning: all of it or nothing, and no secret left readable."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.conf import settings
from django.db import IntegrityError, ProgrammingError, connections

from chat.models import Room
from kit.crypto import Sealer
from kit.errors import ParleyError
from tenants import provisioning
from tenants.models import Account, ApiKey, Domain, Membership, SigningKey, Tenant
from tenants.provisioning import NewTenant, create_tenant
from tenants.scope import tenant_scope
from tests.support.cast import Tenancy, make_tenant
from tests.support.public import counts, standing, text_of_every_row
from tests.support.statements import statements


def slug_for(name: str) -> str:
    return f"{name}-{secrets.token_hex(4)}"


def create(slug: str | None = None, **options: Any) -> NewTenant:
    defaults = {"name": "Initech", "owner_email": f"{secrets.token_hex(4)}@initech.test"}
    return create_tenant(slug or slug_for("initech"), **{**defaults, **options})


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The schema names that this test's creations took, in order."""
    names: list[str] = []

    def new_schema_name() -> str:
        names.append(original())
        return names[-1]

    original = provisioning.new_schema_name
    monkeypatch.setattr(provisioning, "new_schema_name", new_schema_name)
    return names


@pytest.fixture
def first_content() -> Iterator[Callable[[Callable[[Any], None]], None]]:
    """Register what fills new tenants, for this test alone."""
    before = list(provisioning._first_content)
    yield provisioning.on_first_content
    provisioning._first_content[:] = before


def test_a_new_tenant_is_ready_to_chat() -> None:
    made = create(plan="pro", limits={"send_burst": 60})
    tenant = Tenant.objects.get(pk=made.tenant.pk)
    assert (tenant.status, tenant.plan, tenant.send_burst, tenant.sends_per_second) == ("active", "pro", 60, 10)
    with tenant_scope(tenant):
        room = Room.objects.get()
    assert (room.id, room.kind, room.name, room.last_seq) == ("general", "open", "General", 0)
    assert Membership.objects.get(tenant=tenant).role == "owner"
    assert made.owner_is_new
    assert not Account.objects.get(pk=made.owner.pk).has_usable_password()
    assert ApiKey.objects.get(tenant=tenant).scopes == ["*"]
    assert SigningKey.objects.get(tenant=tenant).algorithm == "HS256"


@pytest.mark.parametrize(
    ("name", "room_id"), [("Support desk", "support-desk"), ("Büro", "buro"), ("会議室", "general"), ("X", "general")]
)
def test_the_first_room_has_the_name_that_was_chosen(name: str, room_id: str) -> None:
    with tenant_scope(create(first_room=name).tenant):
        room = Room.objects.get()
    assert (room.name, room.id) == (name, room_id)


def test_a_suggested_slug_is_free() -> None:
    stem = f"Rocket {secrets.token_hex(3)}"
    first = provisioning.suggest_slug(f"{stem}!")
    assert first == stem.lower().replace(" ", "-")
    create(first)
    assert provisioning.suggest_slug(stem) == f"{first}-2"
    assert provisioning.suggest_slug("Admin") == "admin-2"
    assert provisioning.suggest_slug("会議") == ""


def test_secrets_are_nowhere_to_be_read() -> None:
    made = create()
    stored = text_of_every_row(made.tenant.pk)
    assert made.signing_key.id in stored
    assert made.api_key not in stored
    assert made.api_key[20:] not in stored
    assert made.signing_secret not in stored
    assert len(ApiKey.objects.get(tenant=made.tenant).digest) == 64
    assert Sealer(settings.ENCRYPTION_KEYS).open(made.signing_key.sealed_secret) == made.signing_secret


def test_no_two_tenants_share_a_secret_or_a_schema(acme: Tenancy, globex: Tenancy) -> None:
    for told in ("api_key", "signing_secret"):
        assert getattr(acme.made, told) != getattr(globex.made, told)
    assert acme.schema_name != globex.schema_name


def test_an_owner_known_already_gets_one_more_tenant() -> None:
    first = create(owner_email="Peter@Initech.test ".strip())
    second = create(owner_email="peter@initech.test")
    assert first.owner == second.owner
    assert Membership.objects.filter(account=first.owner).count() == 2


def test_names_are_kept_without_the_space_around_them() -> None:
    assert create(name=f"  {'n' * 120} \n").tenant.name == "n" * 120


def test_the_longest_address_may_own_a_tenant() -> None:
    email = f"{'o' * 242}{secrets.token_hex(2)}@ex.test"
    assert len(email) == 254
    assert create(owner_email=email).owner.email == email


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"name": ""}, "invalid"),
        ({"name": " \t"}, "invalid"),
        ({"name": "n" * 121}, "invalid"),
        ({"name": "a\x00b"}, "invalid"),
        ({"name": "a\ud800b"}, "invalid"),
        ({"owner_email": ""}, "email_invalid"),
        ({"owner_email": "peter"}, "email_invalid"),
        ({"owner_email": "peter@initech.test\n"}, "email_invalid"),
        ({"owner_email": "peter\x00@initech.test"}, "email_invalid"),
        ({"owner_email": f"{'o' * 250}@initech.test"}, "email_invalid"),
        ({"domains": ["not a domain"]}, "domain_invalid"),
        ({"domains": ["chat.localhost"]}, "domain_invalid"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_made(tried: list[str], wrong: dict[str, Any], code: str) -> None:
    slug, before = slug_for("wrong"), counts()
    with pytest.raises(ParleyError) as refusal:
        create(slug, **wrong)
    assert refusal.value.code.name == code
    assert not tried
    assert counts() == before


def test_a_failure_in_the_last_step_leaves_nothing(tried: list[str], first_content: Callable[[Any], None]) -> None:
    def fail(cursor: Any, first_room: str) -> None:
        cursor.execute("SELECT current_user::text, count(*) FROM chat_room GROUP BY 1")
        entered.append(cursor.fetchone())
        raise ZeroDivisionError

    entered: list[tuple[str, int]] = []
    first_content(fail)
    before = counts()
    with pytest.raises(ZeroDivisionError):
        create(domains=["leaves-nothing.example.test"])
    assert entered == [(tried[0], 1)], "content is filled in as the tenant, after everything else was there"
    assert not standing(*tried)
    assert counts() == before


def test_a_failing_statement_in_the_schema_leaves_nothing(
    tried: list[str], first_content: Callable[[Any], None]
) -> None:
    first_content(lambda cursor, first_room: cursor.execute("SELECT * FROM public.tenants_account"))
    before = counts()
    with pytest.raises(ProgrammingError, match="permission denied"):
        create()
    assert len(tried) == 1
    assert not standing(*tried)
    assert counts() == before


def test_limits_that_break_a_rule_are_not_mistaken_for_a_taken_slug() -> None:
    with pytest.raises(IntegrityError, match="tenant_limits_positive"):
        create(limits={"frame_bytes": 1})


# Two at once


def race(*creations: Callable[[], NewTenant]) -> list[NewTenant | Exception]:
    """Run them at the same moment, each in a thread of its own."""
    start = threading.Barrier(len(creations))

    def run(creation: Callable[[], NewTenant]) -> NewTenant | Exception:
        start.wait()
        try:
            return creation()
        except Exception as error:  # noqa: BLE001 - the loser's error is what the test asks about
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(creations)) as threads:
        return list(threads.map(run, creations))


def codes(outcomes: list[NewTenant | Exception]) -> list[str]:
    def code(outcome: NewTenant | Exception) -> str:
        if isinstance(outcome, NewTenant):
            return "made"
        return outcome.code.name if isinstance(outcome, ParleyError) else repr(outcome)

    return sorted(code(outcome) for outcome in outcomes)


def test_of_two_who_want_one_slug_exactly_one_gets_it(tried: list[str]) -> None:
    for _ in range(3):
        tried.clear()
        slug = slug_for("wanted")
        assert codes(race(*[lambda slug=slug: create(slug)] * 3)) == ["made", "slug_taken", "slug_taken"]
        assert standing(*tried) == {Tenant.objects.get(slug=slug).schema_name}


def test_of_two_who_want_one_domain_exactly_one_gets_it() -> None:
    domain = f"{secrets.token_hex(4)}.example.test"
    assert codes(race(*[lambda: create(domains=[domain])] * 3)) == ["domain_taken", "domain_taken", "made"]


def test_tenants_of_one_new_owner_may_be_made_at_once() -> None:
    email = f"{secrets.token_hex(4)}@initech.test"
    assert codes(race(*[lambda: create(owner_email=email)] * 3)) == ["made"] * 3
    assert Membership.objects.filter(account__email=email).count() == 3


def test_a_domain_named_twice_is_one_domain() -> None:
    domain = f"{secrets.token_hex(4)}.example.test"
    made = create(domains=[domain, domain.upper(), f"{domain}."])
    assert [d.domain for d in Domain.objects.filter(tenant=made.tenant)] == [domain]


# Cost


def test_making_a_tenant_takes_few_statements() -> None:
    make_tenant()  # the template is recorded
    with statements() as seen:
        create(domains=[f"{secrets.token_hex(4)}.example.test"])
    assert len(seen) <= 25, seen
