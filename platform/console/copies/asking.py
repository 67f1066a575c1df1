"""What operators ask for: an export, a clone, an import of a file that they hand in or that is here."""

from __future__ import annotations

from typing import Any

from django.core.files.base import File
from django.db import transaction
from django.utils import timezone

from chat.files.names import clean_name
from console.copies import files
from console.tasks import mail_owner, make_copy
from kit.errors import INVALID, NOT_FOUND, TOO_BIG, ParleyError
from tenants.audit import record, who_acts
from tenants.models import Role, Tenant, TenantCopy
from tenants.provisioning import check_new_slug
from tenants.routers import SHARED

_GB = 1_000_000_000


def begin_export(tenant: Tenant) -> TenantCopy:
    """The one that is under way already, where there is one."""
    with transaction.atomic(SHARED):
        Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)  # two at once would begin two
        exports = tenant.copies.filter(kind=TenantCopy.Kind.EXPORT)
        under_way: TenantCopy | None = exports.filter(state__in=TenantCopy.UNDER_WAY).first()
        return under_way or _queue(_asked(TenantCopy.Kind.EXPORT, tenant=tenant, file_name=f"{tenant.slug}.zip"))


def begin_clone(tenant: Tenant, slug: str, *, masked: bool) -> TenantCopy:
    """Raises ParleyError ``slug_taken``, and what else a slug may be."""
    check_new_slug(slug)
    with transaction.atomic(SHARED):
        return _queue(_asked(TenantCopy.Kind.CLONE, tenant=tenant, slug=slug, masked=masked))


def begin_import(source: TenantCopy, slug: str) -> TenantCopy:
    """Of a file that is here. Raises ParleyError ``slug_taken``, and what else a slug may be."""
    _check_slug(slug)
    with transaction.atomic(SHARED):
        named = {"file_name": source.file_name, "size": source.size, "sha256": source.sha256}
        return _queue(_asked(TenantCopy.Kind.IMPORT, source=source, slug=slug, **named))


def hand_in(piece: File[bytes], *, slug: str, upload: str = "", at: int = 0, size: int | None = None) -> TenantCopy:
    """Take in a file, or one piece after the other of one of ``size`` bytes: this one begins ``at``, and ``upload`` is
    the copy's id once there is one. With the last its import is queued.

    Raises ParleyError ``invalid``, ``too_big``, ``not_found``, ``slug_taken`` and what else a slug may be.
    """
    copy = _arriving(upload) if upload else _announced(piece, size, slug)
    if at != copy.arrived or not piece.size or at + piece.size > copy.size:
        raise ParleyError(INVALID, "The file did not come as it was announced: hand it in again.")
    files.keep_piece(copy.pk, copy.pieces, piece)
    copy.pieces, copy.arrived = copy.pieces + 1, copy.arrived + piece.size
    with transaction.atomic(SHARED):
        copy.save(update_fields=["pieces", "arrived"])
        return _queue(copy) if copy.arrived == copy.size else copy


def invite_owners(tenant: Tenant) -> int:
    """Write to the owners of a tenant that came from elsewhere. Returns how many they are."""
    owners = [each.account_id for each in tenant.memberships.filter(role=Role.OWNER)]
    with transaction.atomic(SHARED):
        record(None, "tenant.owners_invited", f"tenant:{tenant.slug}", after={"owners": len(owners)})
        for account_id in owners:
            mail_owner.defer(tenant_id=tenant.pk, account_id=account_id)
    return len(owners)


def held_exports() -> list[TenantCopy]:
    """Those whose file is here, the latest first."""
    held = TenantCopy.objects.filter(kind=TenantCopy.Kind.EXPORT, state=TenantCopy.State.DONE, tenant__isnull=False)
    return list(held.filter(expires_at__gt=timezone.now()).select_related("tenant")[:50])


def _announced(piece: File[bytes], size: int | None, slug: str) -> TenantCopy:
    size = piece.size if size is None else size
    if size > files.MOST_GIGABYTES * _GB:
        most = f"{files.MOST_GIGABYTES} GB"
        raise ParleyError(TOO_BIG, f"At most {most} can be handed in here: use the command line for more.")
    _check_slug(slug)
    name = clean_name(str(piece.name))
    return _asked(TenantCopy.Kind.IMPORT, state=TenantCopy.State.ARRIVING, slug=slug, file_name=name, size=size)


def _arriving(upload: str) -> TenantCopy:
    copy = TenantCopy.objects.filter(pk=upload, state=TenantCopy.State.ARRIVING).first()
    if copy is None:
        raise ParleyError(NOT_FOUND, "This file is not being handed in any more: begin anew.")
    return copy


def _check_slug(slug: str) -> None:
    if slug:
        check_new_slug(slug)


def _asked(kind: TenantCopy.Kind, **more: Any) -> TenantCopy:
    copy: TenantCopy = TenantCopy.objects.create(kind=kind, asked_by=who_acts().name, **more)
    return copy


def _queue(copy: TenantCopy) -> TenantCopy:
    """In a transaction: the job is there if the rest is."""
    if copy.state != TenantCopy.State.QUEUED:
        copy.state = TenantCopy.State.QUEUED
        copy.save(update_fields=["state"])
    target = f"tenant:{copy.tenant.slug}" if copy.tenant else f"file:{copy.file_name}"
    after = {"copy": copy.pk, "slug": copy.slug, "masked": copy.masked}
    record(None, f"tenant.{copy.kind}_begun", target, after=after)
    make_copy.defer(copy_id=copy.pk)
    return copy
