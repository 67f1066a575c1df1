"""The tenant as Stripe's customer, and the lock under which it buys."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import OperationalError, connections, transaction
from psycopg.errors import LockNotAvailable

from billing.gateway_stripe import Gateway, GatewayRefused, gateway, has_stripe
from billing.models import Customer
from kit.errors import BUSY, TENANT_STATE, ParleyError
from tenants.models import Tenant
from tenants.routers import SHARED

_LONGEST_WAIT = "5s"


def customer_of(tenant: Tenant, email: str, stripe: Gateway) -> Customer:
    """The tenant's customer, made if there is none, or none any more at Stripe. Two who ask at once get the same."""
    customer = Customer.objects.filter(tenant=tenant).first() or _made(tenant, email, stripe, instead_of="")
    try:
        found = stripe.update_customer(customer.stripe_id, email=email, name=tenant.name)
    except GatewayRefused as refusal:
        if not refusal.is_missing:
            raise
        found = None
    if found is None or found.deleted:
        return _made(tenant, email, stripe, instead_of=customer.stripe_id)
    Customer.objects.filter(pk=customer.pk).exclude(email=email).update(email=email)
    return customer


def _made(tenant: Tenant, email: str, stripe: Gateway, instead_of: str) -> Customer:
    made = stripe.create_customer(tenant.schema_name, f"{tenant.schema_name}:customer:{instead_of}")
    values = {"stripe_id": made.id, "email": email}
    if instead_of:
        Customer.objects.filter(tenant=tenant, stripe_id=instead_of).update(**values, checkout_id="")
    customer, _ = Customer.objects.get_or_create(tenant=tenant, defaults=values)
    return customer


def end_billing(tenant: Tenant) -> None:
    """Nothing more is charged to a tenant that goes. Raises ParleyError ``unavailable``: it cannot go now."""
    customer = Customer.objects.filter(tenant=tenant).first()
    if customer is not None and has_stripe():
        stripe = gateway()
        for subscription in stripe.subscriptions(customer.stripe_id):
            if subscription.is_live:
                stripe.end_subscription(subscription.id)


@contextmanager
def locked(**which: Any) -> Iterator[Customer]:
    """A customer's row, in a transaction of its own: what is read at Stripe meanwhile is written before anybody reads
    there for the same customer again.

    Raises ParleyError ``busy`` where somebody else has it for long, ``tenant_state`` where there is no such customer.
    """
    try:
        with transaction.atomic(SHARED):
            yield _locked(which)
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            raise ParleyError(BUSY, "Somebody else is changing what this organisation buys.", retry_after=5.0) from None
        raise


def _locked(which: dict[str, Any]) -> Customer:
    with connections[SHARED].cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [_LONGEST_WAIT])
    found = Customer.objects.select_for_update(no_key=True, of=("self",)).select_related("tenant")
    customer = found.filter(**which).first()
    if customer is None:
        raise ParleyError(TENANT_STATE, "This organisation has not bought anything yet.")
    return customer
