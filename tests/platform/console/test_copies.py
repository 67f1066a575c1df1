"""Exports, clones and imports of tenants in the operators' console: asked for, made by the worker's process, taken."""

from __future__ import annotations

import asyncio
import hashlib
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.storage import storages
from django.utils import timezone

from console.copies import making
from tenants import lifecycle
from tenants.models import Account, AuditEntry, Tenant, TenantCopy
from tests.support.cast import Tenancy
from tests.support.copies import CONTENT, held_export
from tests.support.http import Answer, Client, csrf_token
from tests.support.operators import as_operator, as_program, operator
from tests.support.server import LiveServer
from tests.support.sessions import session_of
from tests.support.uploads import multipart

IMPORT = "/operators/tenants/tenant/import"


@pytest.fixture
def otto() -> Account:
    return operator()


@pytest.fixture
def console(live: LiveServer, otto: Account) -> Client:
    return as_operator(live, otto)


def copies(tenant: Tenancy) -> str:
    return f"/operators/tenants/tenant/{tenant.record.id}/copies"


def begun(answer: Answer) -> str:
    """The id of the copy that it leads to."""
    found = re.fullmatch(r"/operators/copies/(copy_\w+)", answer.headers.get("Location", ""))
    assert found, answer.text
    return found[1]


def made(copy_id: str) -> TenantCopy:
    asyncio.run(making.carry_on(copy_id))
    return TenantCopy.objects.get(pk=copy_id)


def hand_in(console: Client, content: bytes, **fields: str) -> Answer:
    token = csrf_token(console.get(IMPORT).text)
    form = multipart(
        ("file", "acme.zip", "application/zip", content), action="upload", csrfmiddlewaretoken=token, **fields
    )
    return console.ask("POST", IMPORT, Origin=console.origin, **form)


def folder(copy_id: str) -> Path:
    return Path(storages["uploads"].path(f"copies/{copy_id}"))


def test_a_tenant_goes_out_by_the_console_and_comes_in_again_piece_by_piece(
    live: LiveServer, console: Client, otto: Account, acme: Tenancy
) -> None:
    copy_id = begun(console.submit(copies(acme), action="export"))
    at = f"/operators/copies/{copy_id}"
    assert begun(console.submit(copies(acme), action="export")) == copy_id, "one is under way"
    assert "Queued" in console.get(at).text
    assert "hx-get" in console.ask("GET", at, **{"HX-Request": "true"}).text
    export = made(copy_id)
    assert (export.state, export.failure) == ("done", "")
    assert export.steps > 20
    program = as_program(live, otto, "viewer")
    [listed] = program.get(f"/operators/api/v1/tenants/{acme.slug}/exports").json["data"]
    assert (listed["id"], listed["state"], listed["sha256"]) == (copy_id, "done", export.sha256)
    assert export.sha256 in console.get(at).text

    taken = console.submit(at, action="download")
    assert (len(taken.body), hashlib.sha256(taken.body).hexdigest()) == (export.size, export.sha256)
    assert taken.headers["Content-Disposition"] == f'attachment; filename="{acme.slug}.zip"'
    own = [entry.action for entry in AuditEntry.objects.filter(chain=acme.schema_name).order_by("number")]
    assert own[-2:] == ["tenant.exported", "tenant.export_downloaded"]

    size, half = str(export.size), export.size // 2
    slug = f"{acme.slug}-2"
    first = hand_in(console, taken.body[:half], size=size, slug=slug)
    upload = first.json["upload"]
    assert "did not come as it was announced" in hand_in(console, taken.body[:half], size=size, upload=upload).text
    arrived = made(begun(hand_in(console, taken.body[half:], size=size, upload=upload, at=str(half))))
    assert (arrived.state, arrived.failure, arrived.made) == ("done", "", Tenant.objects.get(slug=slug))
    assert not folder(upload).exists()
    again = made(begun(console.submit(IMPORT, action="bring", export=copy_id)))
    assert (again.state, again.made) == ("failed", None)
    assert "taken" in again.failure


def test_a_clone_knows_nobody_unless_that_is_asked_for(console: Client, acme: Tenancy) -> None:
    assert re.search(r'name="masked"[^>]* checked', console.get(copies(acme)).text)
    refused = console.submit(copies(acme), action="clone", slug=acme.slug, masked="on")
    assert (refused.status, "id_slug_error" in refused.text) == (422, True)
    clone = made(begun(console.submit(copies(acme), action="clone", slug=f"{acme.slug}-s", masked="on")))
    assert (clone.state, clone.failure, clone.masked) == ("done", "", True)
    shown = console.get(f"/operators/copies/{clone.pk}").text
    assert f"/operators/tenants/tenant/{clone.made_id}" in shown
    assert clone.left[0] in shown


def test_what_cannot_be_brought_in_says_why(console: Client) -> None:
    assert "Choose a file first." in console.submit(IMPORT, action="upload").text
    assert "At most 20 GB can be handed in here" in hand_in(console, b"x", size=str(1 << 40)).text
    refused = made(begun(hand_in(console, b"x" * 1_000)))
    assert (refused.state, refused.failure) == (
        "failed",
        "This is no export that can be brought in: it is damaged, or not whole.",
    )
    assert refused.failure in console.get(f"/operators/copies/{refused.pk}").text
    assert not folder(refused.pk).exists()


def test_files_go_when_their_time_is_over_or_their_tenant_is_gone(
    console: Client, acme: Tenancy, globex: Tenancy
) -> None:
    old, orphan, kept = (held_export(each.made.tenant) for each in (acme, acme, acme))
    removed = held_export(globex.made.tenant)
    lifecycle.remove(globex.made.tenant)
    assert (TenantCopy.objects.get(pk=removed.pk).state, folder(removed.pk).exists()) == ("expired", False)
    late = TenantCopy.objects.create(kind="import", state="arriving", size=9)
    TenantCopy.objects.filter(pk=old.pk).update(expires_at=timezone.now())
    TenantCopy.objects.filter(pk=orphan.pk).update(tenant=None)
    TenantCopy.objects.filter(pk=late.pk).update(created_at=timezone.now() - timedelta(days=2))
    assert console.submit(f"/operators/copies/{kept.pk}", action="download").body == CONTENT
    asyncio.run(making.forget_due())
    states = {copy.pk: copy.state for copy in TenantCopy.objects.all()}
    assert [states[copy.pk] for copy in (old, orphan, kept, late)] == ["expired", "expired", "done", "failed"]
    assert [folder(copy.pk).exists() for copy in (old, orphan, kept)] == [False, False, True]
    assert (
        "There is no file to download."
        in console.get(console.submit(f"/operators/copies/{old.pk}", action="download").headers["Location"]).text
    )


def test_what_a_stopped_worker_left_goes_on_and_what_never_ends_is_given_up(acme: Tenancy) -> None:
    past = timezone.now() - timedelta(minutes=5)
    stopped, hopeless, busy = (
        TenantCopy.objects.create(
            kind="export", state="running", tenant=acme.made.tenant, leased_until=until, attempts=attempts
        )
        for until, attempts in ((past, 1), (past, 5), (timezone.now() + timedelta(minutes=1), 1))
    )
    ours = {stopped.pk, hopeless.pk, busy.pk}
    TenantCopy.objects.filter(pk__in=ours).update(created_at=past)
    assert ours & set(asyncio.run(making.unfinished())) == {stopped.pk, hopeless.pk}
    asyncio.run(making.carry_on(busy.pk))
    assert TenantCopy.objects.get(pk=busy.pk).attempts == 1
    assert made(hopeless.pk).failure == "It was tried 5 times and came to no end."
    assert made(stopped.pk).state == "done"


def test_who_it_is_is_asked_before_anything_goes_out_or_comes_in(
    live: LiveServer, otto: Account, acme: Tenancy
) -> None:
    cookie = session_of(otto, second_factor=True, confirmed_at=0)
    client = Client(live, "localhost", cookies={"sessionid": cookie})
    held = held_export(acme.made.tenant)
    for path, fields in (
        (copies(acme), {"action": "export"}),
        (copies(acme), {"action": "clone", "slug": "x"}),
        (f"/operators/copies/{held.pk}", {"action": "download"}),
    ):
        assert client.submit(path, **fields).headers["Location"].startswith("/account/confirm?next=")
    assert client.get(IMPORT).headers["Location"].startswith("/account/confirm?next=")
    assert TenantCopy.objects.filter(tenant=acme.record.id).count() == 1
