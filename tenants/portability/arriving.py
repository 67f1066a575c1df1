"""The last step of an import: one transaction that makes a tenant of a schema that is full."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import IntegrityError, connections, transaction
from django.db.models import Model

from kit.crypto import Sealer
from kit.errors import ParleyError
from tenants.audit import digest_of, record
from tenants.directory import record_of
from tenants.domains import add_domain
from tenants.invitations import invitation_url
from tenants.keys import create_api_key
from tenants.models import (
    Account,
    ApiKey,
    AuditEntry,
    AuditHead,
    Membership,
    Role,
    SigningKey,
    Tenant,
    TenantImport,
    Usage,
)
from tenants.origins import read_origins
from tenants.portability import secrets
from tenants.portability.archive import Archive, refused
from tenants.portability.contents import Arrival, contents
from tenants.portability.shared import LEFT_FIELDS, fields_of
from tenants.portability.tables import tables_here
from tenants.provisioning import account_of, check_email, check_new_slug
from tenants.records import TenantStatus
from tenants.retention import read_retention
from tenants.routers import SHARED
from tenants.schemas import as_tenant_role
from tenants.signing_keys import create_signing_key


@dataclass
class Arrived:
    """``left`` says in words what was in the old place and is not here. The keys, where new ones had to be made, are
    shown this once."""

    tenant: Tenant
    left: list[str] = field(default_factory=list)
    api_key: str = ""
    signing_key_id: str = ""
    signing_secret: str = ""
    invitations: list[str] = field(default_factory=list)


def settle_in(
    archive: Archive, arriving: TenantImport, slug: str, brought: dict[str, Any] | None, *, moved: bool = False
) -> Arrived:
    """``brought`` is of ``secrets_in``; ``moved``: see ``Arrival``. Raises ParleyError
    ``slug_taken``; anything else is the file's own fault."""
    [told] = archive.lines("tenant.json")
    try:
        return _settle_in(archive, arriving, slug, told, brought, moved=moved)
    except IntegrityError:  # somebody else may have been quicker between the check and the insert
        check_new_slug(slug)
        raise


def _settle_in(
    archive: Archive,
    arriving: TenantImport,
    slug: str,
    told: dict[str, Any],
    brought: dict[str, Any] | None,
    *,
    moved: bool,
) -> Arrived:
    with transaction.atomic(SHARED), connections[SHARED].cursor() as cursor:
        check_new_slug(slug)
        tenant = _tenant(told, slug, arriving.schema_name, brought)
        arrived = Arrived(tenant)
        arrived.left += [f"the setting {name[:80]}" for name in told["settings"].keys() - _known_settings()]
        accounts = _bring_team(arrived, told["team"])
        _bring_domains(arrived, told["domains"])
        _bring_keys(arrived, brought)
        if brought is not None:
            Usage.objects.bulk_create(_rows(Usage, archive.lines("usage.jsonl"), tenant_id=tenant.pk), batch_size=1_000)
        elif told["has_hook"]:
            arrived.left.append("the hook that is asked before a message is stored")
        with as_tenant_role(cursor, arriving.schema_name):
            connection = connections[SHARED].connection
            if brought is not None:
                secrets.restore_rows(connection, tables_here(connection), brought["rows"])
            contents().settle(connection, Arrival(arriving.schema_name, brought is not None, accounts, moved))
        _bring_audit(archive, tenant)
        origin = {"file": archive.seal, "from": archive.manifest["slug"]}
        record(None, "tenant.imported", f"tenant:{slug}", after=origin)
        record_of(tenant)  # what every process will make of it: refused now rather than at each request
        arriving.delete()
    return arrived


def secrets_in(archive: Archive, under: Sealer | None) -> dict[str, Any] | None:
    """None without a key. Raises ParleyError ``invalid`` for another one, ``file_refused`` where there are none."""
    if under is None:
        return None
    if not archive.manifest.get("secrets"):
        raise refused("there are no secrets in it, and a key for them was given")
    return secrets.opened(b"".join(archive.chunks("secrets")), under)


def _tenant(told: dict[str, Any], slug: str, schema: str, brought: dict[str, Any] | None) -> Tenant:
    known = _known_settings()
    settings = _values(Tenant, {name: value for name, value in told["settings"].items() if name in known})
    tenant = Tenant(slug=slug, schema_name=schema, **settings)
    tenant.name = tenant.name or slug
    tenant.status = TenantStatus.SUSPENDED if told["suspended"] else TenantStatus.ACTIVE
    if brought is not None:
        tenant.before_send = secrets.resealed(brought["before_send"])
    read_retention(tenant.retention)
    read_origins(tenant.origins)
    tenant.full_clean(exclude=["id"], validate_unique=False)
    tenant.save(force_insert=True)
    if brought is not None:
        tenant.created_at = datetime.fromisoformat(told["created_at"])
        tenant.save(update_fields=["created_at"])
    return tenant


def _known_settings() -> set[str]:
    """Of this release; what another one had besides is left."""
    return {each.attname for each in fields_of(Tenant)} - LEFT_FIELDS


def _bring_team(arrived: Arrived, team: list[dict[str, str]]) -> set[str]:
    """The ids of accounts that are the same here as they were there."""
    same = set()
    for member in team:
        email, role = check_email(member["email"]), Role(member["role"])
        known = Account.objects.filter(email=email).exists()
        account = account_of(email)
        Membership.objects.create(account=account, tenant=arrived.tenant, role=role)
        if account.pk == member["id"]:
            same.add(account.pk)
        if not known:
            arrived.invitations.append(invitation_url(arrived.tenant, account))
    return same


def _bring_domains(arrived: Arrived, names: list[str]) -> None:
    """Each has to prove itself here again."""
    for name in names:
        try:
            add_domain(arrived.tenant, name)
        except ParleyError as taken:
            arrived.left.append(f"the domain {name[:253]}: {taken.detail}")


def _bring_keys(arrived: Arrived, brought: dict[str, Any] | None) -> None:
    tenant = arrived.tenant
    if brought is not None:
        _bring_free(arrived, SigningKey, map(secrets.resealed, brought["signing_keys"]), "id")
        _bring_free(arrived, ApiKey, brought["api_keys"], "prefix")
    if not tenant.api_keys.exists():
        arrived.api_key = create_api_key(tenant).secret
        arrived.left.append("API keys")
    if not tenant.signing_keys.exists():
        new = create_signing_key(tenant)
        arrived.signing_key_id, arrived.signing_secret = new.row.pk, new.secret
        arrived.left.append("signing keys")


def _bring_free(arrived: Arrived, model: type[Model], rows: Any, name: str) -> None:
    """Where the original lives beside, its keys stay its own."""
    for row in _rows(model, rows, tenant_id=arrived.tenant.pk):
        if not model._default_manager.filter(**{name: getattr(row, name)}).exists():
            row.save(force_insert=True)


def _bring_audit(archive: Archive, tenant: Tenant) -> None:
    """The old chain's entries begin the new one, whose digests are of its own name; its last says how the old one
    stood, so that both can be verified."""
    standing = archive.manifest["audit"]
    number, previous, old = 0, "", ""
    if standing is not None:
        entries = _rows(AuditEntry, archive.lines("audit.jsonl"))
        while rows := list(islice(entries, 1_000)):
            for entry in rows:
                number += 1
                as_told = (entry.number, entry.previous, entry.digest) == (number, old, digest_of(entry))
                if not as_told and standing["fault"] is None:
                    raise refused("its audit log is not whole")
                old = entry.digest
                entry.chain, entry.number, entry.previous = tenant.schema_name, number, previous
                entry.digest = previous = digest_of(entry)
            AuditEntry.objects.bulk_create(rows)
        if (number, old) != (standing["entries"], standing["digest"]):
            raise refused("its audit log is not whole")
        AuditHead.objects.create(chain=tenant.schema_name, number=number, digest=previous)
    record(tenant, "tenant.imported", f"tenant:{tenant.slug}", after={"file": archive.seal, "audit": standing})


def _rows(model: type[Model], rows: Any, **more: Any) -> Iterator[Any]:
    return (model(**_values(model, row), **more) for row in rows)


def _values(model: type[Model], row: dict[str, Any]) -> dict[str, Any]:
    """Raises ValidationError for a value, KeyError for a column, that the model does not have."""
    known = {each.attname: each for each in fields_of(model)}
    return {name: known[name].to_python(value) for name, value in row.items()}
