"""Out of one server and in again: the same rows, rooms and files under another name."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from django.apps import apps

from chat.webhooks.signatures import unseal
from kit.errors import ParleyError
from tenants import lifecycle
from tenants.audit import verify
from tenants.models import AuditEntry, Membership, Tenant
from tenants.portability import shared
from tenants.portability.contents import contents
from tenants.portability.exporting import export_tenant
from tenants.portability.importing import import_tenant
from tenants.portability.secrets import sealer_from
from tenants.portability.tables import Table, filling_order
from tests.support.cast import Tenancy
from tests.support.http import Client, as_server
from tests.support.portability import files_of, heads_of, tables_of, tenancy_of
from tests.support.server import LiveServer
from tests.support.tables import rows
from tests.tenants.portability.conftest import Exported

CHANGED_BY_ARRIVING = {
    "chat_room",  # the epoch
    "chat_user",  # accounts, if they are others
    "chat_erasure",  # its digest is of the schema
    "chat_webhookendpoint",
    "chat_webhooklane",
    "chat_webhookdelivery",
    "chat_outboxevent",
    "chat_incomingwebhook",
    "chat_searchblock",
    "chat_indexedroom",
    "chat_storedanswer",
}


@pytest.fixture(scope="session")
def copy(exported: Exported) -> Tenancy:
    return tenancy_of(import_tenant(exported.plain, "copy-of-acme"))


def test_rooms_tables_and_files_are_equal(exported: Exported, copy: Tenancy) -> None:
    before, after = tables_of(exported.original), tables_of(copy)
    assert before.keys() == after.keys()
    assert [name for name in before if before[name] != after[name] and name not in CHANGED_BY_ARRIVING] == []
    assert heads_of(copy) == heads_of(exported.original)
    assert sum(head.messages for head in heads_of(copy).values()) > 30
    assert files_of(copy.schema_name) == files_of(exported.original.schema_name) != {}


def test_clients_resync_and_people_go_on(live: LiveServer, exported: Exported, copy: Tenancy) -> None:
    """New epochs, sequences behind what is there, triggers back in force."""
    old = dict(rows(exported.original, "SELECT id, epoch FROM chat_room"))
    new = dict(rows(copy, "SELECT id, epoch FROM chat_room"))
    assert all(old[room] != new[room] for room in old)
    server = as_server(live, copy)
    history = server.get("/api/v1/rooms/plans/messages?limit=200").json["data"]
    said = server.post("/api/v1/rooms/plans/messages", {"user": "ann", "text": "from the new place"})
    assert said.status == 201, said.text
    assert said.json["seq"] == heads_of(exported.original)["plans"].head + 1
    with_file = next(each for each in history if each["attachments"])
    assert server.put(f"/api/v1/rooms/plans/messages/{with_file['id']}/reactions/%F0%9F%8E%89?user=bob").status < 300
    assert server.delete(f"/api/v1/rooms/plans/messages/{with_file['id']}").status < 300
    assert rows(copy, "SELECT count(*) FROM chat_upload WHERE discarded_at IS NOT NULL") == [(1,)]


def test_a_copy_has_keys_of_its_own_and_tells_nobody(live: LiveServer, exported: Exported, copy: Tenancy) -> None:
    stranger = Client(live, copy.host, {"Authorization": f"Bearer {exported.original.api_key}"})
    assert stranger.get("/api/v1/rooms").code == "token_invalid"
    assert rows(copy, "SELECT enabled FROM chat_webhookendpoint") == [(False,)]
    assert rows(copy, "SELECT count(*) FROM chat_webhookdelivery WHERE due_at IS NOT NULL") == [(0,)]
    assert rows(copy, "SELECT count(*) FROM chat_outboxevent") == [(0,)]
    assert rows(copy, "SELECT count(*) FROM chat_incomingwebhook WHERE revoked_at IS NULL") == [(0,)]


def test_what_belongs_to_the_organisation_comes_along(exported: Exported, copy: Tenancy) -> None:
    before, after = exported.original.made.tenant, copy.made.tenant
    before.refresh_from_db()
    same = {field.name for field in shared.fields_of(Tenant)} - shared.LEFT_FIELDS
    assert {name: getattr(after, name) for name in same} == {name: getattr(before, name) for name in same}
    team = Membership.objects.order_by("account_id").values_list("account_id", "role")
    assert list(team.filter(tenant=after)) == list(team.filter(tenant=before))
    chain = AuditEntry.objects.order_by("number")
    entries = exported.manifest["audit"]["entries"]
    told, brought = (
        list(chain.filter(chain=tenant.schema_name).values_list("action", "actor_name", "at"))
        for tenant in (before, after)
    )
    assert brought[:entries] == told[:entries]
    assert told[entries][0] == "tenant.exported"
    assert verify(after.schema_name) is None
    arrival = chain.get(chain=after.schema_name, action="tenant.imported")
    assert arrival.after is not None
    assert arrival.after["audit"] == exported.manifest["audit"]


def test_with_its_secrets_it_takes_the_place_of_the_original(
    live: LiveServer, acme: Tenancy, exported: Exported, tmp_path: Path
) -> None:
    """The server that it was on has it no more: its keys and its webhooks are in force at the new place."""
    webhook = as_server(live, acme).post("/api/v1/webhooks", {"url": "http://127.0.0.1/hook"})
    assert webhook.status == 201
    [(sealed,)] = rows(acme, "SELECT sealed_secret FROM chat_webhookendpoint")
    file, key = tmp_path / "whole.zip", sealer_from(exported.key)
    export_tenant(acme.slug, file, under=key)
    lifecycle.remove(acme.made.tenant)
    arrived = import_tenant(file, under=key)
    assert (arrived.tenant.slug, arrived.api_key, arrived.signing_secret, arrived.left) == (acme.slug, "", "", [])
    for credential in (acme.api_key, acme.token("ann")):
        assert Client(live, acme.host, {"Authorization": f"Bearer {credential}"}).get("/api/v1/rooms").status == 200
    [(resealed, enabled)] = rows(tenancy_of(arrived), "SELECT sealed_secret, enabled FROM chat_webhookendpoint")
    assert enabled
    assert resealed != sealed
    assert unseal(resealed) == unseal(sealed) == webhook.json["secret"]
    assert arrived.tenant.created_at == acme.made.tenant.created_at


def test_secrets_are_in_no_file_without_its_key(exported: Exported) -> None:
    secrets = [key.digest for key in exported.original.made.tenant.api_keys.all()]
    secrets += [key.sealed_secret for key in exported.original.made.tenant.signing_keys.all()]
    secrets += [sealed for (sealed,) in rows(exported.original, "SELECT sealed_secret FROM chat_webhookendpoint")]
    for file in (exported.plain, exported.whole):
        with zipfile.ZipFile(file) as archive:
            unfolded = b"".join(map(archive.read, archive.namelist())).decode(errors="replace")
        assert exported.original.slug in unfolded
        assert [secret for secret in secrets if secret in unfolded] == []


def test_another_key_opens_nothing(exported: Exported, tmp_path: Path) -> None:
    other = tmp_path / "key"
    other.write_bytes(Fernet.generate_key())
    with pytest.raises(ParleyError, match="another key"):
        import_tenant(exported.whole, "with-another-key", under=sealer_from(other))
    assert tenancy_of(import_tenant(exported.whole, "with-another-key")).record.active, "it may come without"


def test_whatever_refers_to_a_tenant_is_brought_or_left_on_purpose() -> None:
    for model in apps.get_models():
        if model is not Tenant and any(field.related_model is Tenant for field in model._meta.fields):
            known = {model._meta.label, model._meta.app_label} & (shared.BROUGHT | shared.LEFT_BEHIND.keys())
            assert len(known) == 1, model._meta.label


def test_every_table_is_in_the_file_or_made_anew(exported: Exported) -> None:
    brought = {table["name"] for table in exported.manifest["tables"]}
    unlogged = {"chat_presence", "chat_servingprocess"}
    tables = {model._meta.db_table for model in apps.get_app_config("chat").get_models()}
    assert tables - brought - set(contents().remade) == unlogged
    assert brought <= tables


def test_tables_that_need_each_other_are_filled_together() -> None:
    def table(name: str, *needs: str) -> Table:
        return Table(name, (), (), frozenset(needs))

    order = filling_order([table("a", "b"), table("b", "c", "b"), table("c", "d", "b"), table("d"), table("e", "a")])
    assert [{each.name for each in group} for group in order] == [{"d"}, {"b", "c"}, {"a"}, {"e"}]
