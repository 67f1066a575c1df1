"""``manage.py tenant`` as an operator runs it."""

from __future__ import annotations

import json
import secrets
from io import StringIO
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command

from tenants.models import Tenant
from tests.support.cast import PASSWORD, Tenancy, make_tenant
from tests.support.http import Client
from tests.support.manage import Told, manage, manage_here
from tests.support.public import standing
from tests.support.server import LiveServer
from tests.support.statements import statements

SUMMARY = {
    "slug",
    "name",
    "status",
    "reason",
    "plan",
    "search_language",
    "url",
    "domains",
    "schema",
    "created_at",
    "delete_after",
}


def new_slug() -> str:
    return f"initech-{secrets.token_hex(4)}"


def create(slug: str, *more: str, owner: str | None = None) -> Told:
    owner = owner or f"{slug}@example.test"
    return manage_here("tenant", "create", slug, "--name", "Initech", "--owner", owner, *more)


def read(told: Told) -> Any:
    assert told.code == 0, told.err
    assert told.err == ""
    return json.loads(told.out)


def refused(told: Told) -> str:
    """The one line that a refusal is."""
    assert told.code == 1
    assert told.out == ""
    [line] = told.errors
    return line


def test_create_prints_what_is_needed_to_begin(live: LiveServer) -> None:
    slug, domain = new_slug(), f"{secrets.token_hex(4)}.example.test"
    made = read(create(slug, "--domain", domain, "--plan", "pro", "--json"))
    assert set(made) == {"slug", "url", "api_key", "signing_key", "invitation"}
    assert set(made["signing_key"]) == {"id", "secret"}
    assert (made["slug"], made["url"]) == (slug, f"http://{slug}.localhost:{settings.PORT}")
    for host in (f"{slug}.localhost", domain):
        answer = Client(live, host, {"Authorization": f"Bearer {made['api_key']}"}).get("/api/v1/rooms")
        assert [room["id"] for room in answer.json["data"]] == ["general"]
    invitation = made["invitation"].removeprefix(made["url"])
    accepted = Client(live, f"{slug}.localhost").submit(invitation, name="Peter", password=PASSWORD)
    assert (accepted.status, accepted.headers["Location"]) == (302, "/")
    assert Tenant.objects.get(slug=slug).send_burst == 60, "the plan's limits are in the row"


def test_a_process_of_its_own_says_and_ends_the_same() -> None:
    slug = new_slug()
    arguments = ["create", slug, "--name", "Initech", "--owner", "peter@example.test", "--json"]
    made = read(manage("tenant", *arguments, PORT="8123"))
    assert made["url"] == f"http://{slug}.localhost:8123"
    assert refused(manage("tenant", *arguments)).startswith("CommandError: slug_taken: ")


def test_create_for_people_prints_the_same_in_lines() -> None:
    slug = new_slug()
    told = create(slug)
    assert told.code == 0
    for word in (slug, "url", "api_key", "sk_", "signing_key", "key_", "invitation", "shown this once"):
        assert word in told.out


def test_an_owner_with_a_password_needs_no_invitation(acme: Tenancy) -> None:
    assert "invitation" not in read(create(new_slug(), "--json", owner=acme.account("ann").email))


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["Acme", "--name", "A", "--owner", "a@b.test"], "slug_invalid"),
        (["www", "--name", "A", "--owner", "a@b.test"], "slug_reserved"),
        (["{taken}", "--name", "A", "--owner", "a@b.test"], "slug_taken"),
        (["{new}", "--name", " ", "--owner", "a@b.test"], "invalid"),
        (["{new}", "--name", "A", "--owner", "nobody"], "email_invalid"),
        (["{new}", "--name", "A", "--owner", "a@b.test", "--domain", "x.localhost"], "domain_invalid"),
    ],
)
def test_create_refuses_in_one_line_with_the_code(acme: Tenancy, arguments: list[str], code: str) -> None:
    named = [argument.format(taken=acme.slug, new=new_slug()) for argument in arguments]
    assert refused(manage_here("tenant", "create", *named)).startswith(f"CommandError: {code}: ")


@pytest.mark.parametrize("action", ["show", "suspend", "resume", "delete"])
def test_an_unknown_slug_is_said_to_be_unknown(action: str) -> None:
    assert refused(manage_here("tenant", action, "nobody")).startswith("CommandError: tenant_not_found: ")


@pytest.mark.parametrize("arguments", [[], ["fly"], ["create"], ["create", "x", "--name", "X"], ["show"]])
def test_wrong_usage_ends_with_2_and_says_how(arguments: list[str]) -> None:
    told = manage_here("tenant", *arguments)
    assert told.code == 2
    assert told.err.startswith("usage:")
    assert "Traceback" not in told.err


def test_show_and_list_tell_all_and_no_secret(acme: Tenancy) -> None:
    shown = read(manage_here("tenant", "show", acme.slug, "--json"))
    assert set(shown) == SUMMARY
    assert (shown["slug"], shown["status"], shown["schema"]) == (acme.slug, "active", acme.schema_name)
    listed = read(manage_here("tenant", "list", "--json"))
    assert shown in listed
    assert [one["slug"] for one in listed] == sorted(one["slug"] for one in listed)
    assert acme.api_key not in json.dumps(listed)
    lines = manage_here("tenant", "list").out.splitlines()
    assert [line.split()[:3] for line in lines if line.startswith(acme.slug)] == [[acme.slug, "active", "free"]]


def test_suspend_and_resume_show_the_new_state(acme: Tenancy) -> None:
    suspended = read(manage_here("tenant", "suspend", acme.slug, "--reason", "unpaid", "--json"))
    assert (suspended["status"], suspended["reason"]) == ("suspended", "unpaid")
    resumed = read(manage_here("tenant", "resume", acme.slug, "--json"))
    assert (resumed["status"], resumed["reason"]) == ("active", "")


# Deleting


@pytest.mark.parametrize("typed", ["", "\n", "y\n", "yes\n", "{slug}x\n", "{upper}\n"])
def test_delete_asks_for_the_slug_and_takes_no_other_word(acme: Tenancy, typed: str) -> None:
    told = manage_here("tenant", "delete", acme.slug, typed=typed.format(slug=acme.slug, upper=acme.slug.upper()))
    assert told.code == 1
    assert told.errors == ["CommandError: That is not the slug: nothing was deleted."]
    assert Tenant.objects.get(slug=acme.slug).status == "active"


def test_delete_closes_at_once_and_can_be_undone(acme: Tenancy) -> None:
    told = manage_here("tenant", "delete", acme.slug, typed=f"{acme.slug}\n")
    assert told.code == 0
    assert f"tenant resume {acme.slug}" in told.out
    assert Tenant.objects.get(slug=acme.slug).status == "deleting"
    assert read(manage_here("tenant", "resume", acme.slug, "--json"))["status"] == "active"


def test_delete_now_leaves_nothing(acme: Tenancy) -> None:
    told = manage_here("tenant", "delete", acme.slug, "--yes", "--now")
    first, certificate = told.out.split("\n", 1)
    assert (told.code, first) == (0, f"{acme.slug} is gone.")
    assert json.loads(certificate)["schema"] == acme.schema_name
    assert not standing(acme.schema_name)
    assert refused(manage_here("tenant", "show", acme.slug)).startswith("CommandError: tenant_not_found: ")


def test_migrate_says_how_many_there_were(acme: Tenancy, globex: Tenancy) -> None:
    told = manage_here("tenant", "migrate", acme.slug, globex.slug)
    assert (told.code, told.out) == (0, "2 tenants, 0 broken.\n")
    assert read(manage_here("tenant", "migrate", acme.slug, "--json")) == [
        {"slug": acme.slug, "applied": 0, "error": ""}
    ]


def test_listing_takes_no_statement_for_each_tenant() -> None:
    for _ in range(3):
        make_tenant("listed")
    with statements() as seen:
        call_command("tenant", "list", "--json", stdout=StringIO())
    assert len(seen) == 2
