"""A tenant's beginning: row, schema, role, keys, owner and first room, all in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, validate_email
from django.db import IntegrityError, connections, transaction
from django.utils import timezone

from kit import vitals
from kit.errors import DOMAIN_TAKEN, EMAIL_INVALID, INVALID, SLUG_TAKEN, ParleyError
from kit.text import storable
from tenants.audit import record
from tenants.keys import create_api_key
from tenants.models import Account, Domain, Membership, Role, SigningKey, Tenant
from tenants.routers import SHARED
from tenants.schemas import as_tenant_role, create_schema, new_schema_name, template_sql
from tenants.signing_keys import create_signing_key
from tenants.slugs import RESERVED, check_domain, check_slug, slug_from

FirstContent = Callable[[Any, str], None]
_first_content: list[FirstContent] = []
_validate_email_length = MaxLengthValidator(254)  # RFC 5321 section 4.5.3.1.3, without the angle brackets


@dataclass(frozen=True, slots=True)
class NewTenant:
    """``api_key`` and ``signing_secret`` are shown this once. ``owner_is_new``: the account has no password yet."""

    tenant: Tenant
    api_key: str
    signing_key: SigningKey
    signing_secret: str
    owner: Account
    owner_is_new: bool


@dataclass(frozen=True, slots=True)
class _Contents:
    """What a new schema begins with."""

    ddl: str
    first_room: str


def on_first_content(fill: FirstContent) -> None:
    """Have ``fill(cursor, first_room)`` put rows into each new tenant's schema, as its role, in the same transaction;
    ``first_room`` is the name of its first room."""
    _first_content.append(fill)


def create_tenant(
    slug: str,
    *,
    name: str,
    owner_email: str,
    plan: str = "free",
    region: str = "",
    domains: Sequence[str] = (),
    limits: dict[str, int | None] | None = None,
    first_room: str = "General",
) -> NewTenant:
    """One tenant, ready to chat.

    Raises ParleyError: ``slug_invalid``, ``slug_reserved``, ``slug_taken``, ``domain_invalid``, ``domain_taken``,
    ``email_invalid``, ``invalid``.
    """
    began = monotonic()
    check_slug(slug)
    columns = {"name": _check_name(name), "plan": plan, "region": region, **(limits or {})}
    email = check_email(owner_email)
    hosts = list(dict.fromkeys(check_domain(domain, settings.BASE_DOMAIN) for domain in domains))
    ddl = template_sql()
    try:
        made = _create(slug, columns, email, hosts, _Contents(ddl, first_room))
    except IntegrityError:  # somebody else may have been quicker between the check and the insert
        _check_free(slug, hosts)
        raise
    vitals.provisioning.observe(monotonic() - began)
    return made


def _create(slug: str, columns: dict[str, Any], email: str, hosts: Sequence[str], contents: _Contents) -> NewTenant:
    with transaction.atomic(SHARED):
        _check_free(slug, hosts)
        tenant = Tenant.objects.create(slug=slug, schema_name=new_schema_name(), **columns)
        for position, host in enumerate(hosts):
            Domain.objects.create(tenant=tenant, domain=host, is_primary=position == 0, verified_at=timezone.now())
        _make_schema(tenant.schema_name, contents)
        owner = account_of(email)
        Membership.objects.create(account=owner, tenant=tenant, role=Role.OWNER)
        api_key, signing_key = create_api_key(tenant), create_signing_key(tenant)
        record(None, "tenant.created", f"tenant:{slug}", after={"plan": tenant.plan, "owner": email, "domains": hosts})
    return NewTenant(
        tenant, api_key.secret, signing_key.row, signing_key.secret, owner, not owner.has_usable_password()
    )


def check_new_slug(slug: str) -> None:
    """Raises ParleyError: ``slug_invalid``, ``slug_reserved``, ``slug_taken``."""
    check_slug(slug)
    _check_free(slug, ())


def suggest_slug(name: str) -> str:
    """A slug made of ``name`` that is free now; empty where none can be made of it."""
    base = slug_from(name)
    if not base:
        return ""
    stem = base[:28].rstrip("-")
    taken = set(Tenant.objects.filter(slug__startswith=stem).values_list("slug", flat=True)) | RESERVED
    others = (f"{stem}-{number}" for number in range(2, len(taken) + 3))
    return next(slug for slug in (base, *others) if slug not in taken)


def _check_name(name: str) -> str:
    name = name.strip()
    try:
        usable = 0 < len(storable(name)) <= 120
    except ValueError:
        usable = False
    if not usable:
        raise ParleyError(
            INVALID, "The name must be 1 to 120 characters.", errors=[{"field": "name", "code": "length"}]
        )
    return name


def check_email(email: str) -> str:
    """The address in lower case. Raises ParleyError ``email_invalid``."""
    try:
        validate_email(email)
        _validate_email_length(email)
    except ValidationError:
        raise ParleyError(EMAIL_INVALID, f"{email[:80]!r} is not an e-mail address.") from None
    return email.lower()


def _check_free(slug: str, hosts: Sequence[str]) -> None:
    if Tenant.objects.filter(slug=slug).exists():
        raise ParleyError(SLUG_TAKEN, f"The slug {slug!r} is taken, or kept until its deleted tenant is gone.")
    taken = Domain.objects.filter(domain__in=hosts).values_list("domain", flat=True).first()
    if taken:
        raise ParleyError(DOMAIN_TAKEN, f"The domain {taken!r} belongs to a tenant already.")


def _make_schema(schema: str, contents: _Contents) -> None:
    with connections[SHARED].cursor() as cursor:
        create_schema(cursor, schema)
        with as_tenant_role(cursor, schema):
            cursor.execute(contents.ddl)
            for fill in _first_content:
                fill(cursor, contents.first_room)


def account_of(email: str) -> Account:
    """The account of that address; one without a password is made if there is none."""
    return Account.objects.filter(email=email).first() or _new_account(email)


def _new_account(email: str) -> Account:
    try:
        with transaction.atomic(SHARED):
            return Account.objects.create_user(email, name=email.partition("@")[0][:120])
    except IntegrityError:  # made for another of their tenants at this very moment
        return Account.objects.get(email=email)
