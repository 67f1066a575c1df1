"""What Parley keeps of billing, all of it in the public schema. Stripe is the truth of what was bought and paid; these
rows are what was last read there, what is on its way there, and what operators granted by hand."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from tenants.models import Account, Tenant

_LONG = 255  # Stripe's own bound on ids (https://docs.stripe.com/upgrades#what-changes-does-stripe-consider-to-be-backward-compatible)


class Customer(models.Model):
    """A tenant as Stripe's customer. Whoever changes what it buys holds this row's lock, so that two who choose at once
    end in one subscription. ``drifted_at``: when reconciliation last found something else than webhooks had told."""

    tenant = models.OneToOneField(Tenant, models.CASCADE, related_name="customer", primary_key=True)
    stripe_id = models.CharField(max_length=_LONG, unique=True)
    email = models.EmailField(max_length=254)
    currency = models.CharField(max_length=3, blank=True)
    checkout_id = models.CharField(max_length=_LONG, blank=True)
    """The Checkout Session that is open, or the last one."""
    synced_at = models.DateTimeField(null=True, blank=True)
    drifted_at = models.DateTimeField(null=True, blank=True)


class Subscription(models.Model):
    """The tenant's one subscription as Stripe last had it; ``status`` is in Stripe's words
    (https://docs.stripe.com/api/subscriptions/object#subscription_object-status). ``next_plan`` and ``next_interval``
    come at the end of the period, ``ends_at`` is when it was cancelled for.

    ``unpaid_since``: when the first invoice that is still open failed; the days of dunning count from there.
    """

    tenant = models.OneToOneField(Tenant, models.CASCADE, related_name="subscription", primary_key=True)
    stripe_id = models.CharField(max_length=_LONG, unique=True)
    status = models.CharField(max_length=32)
    plan = models.CharField(max_length=32)
    interval = models.CharField(max_length=8)
    seats = models.PositiveIntegerField(default=1)
    currency = models.CharField(max_length=3)
    started_at = models.DateTimeField()
    trial_ends_at = models.DateTimeField(null=True, blank=True)
    period_start = models.DateTimeField()
    period_end = models.DateTimeField()
    next_plan = models.CharField(max_length=32, blank=True)
    next_interval = models.CharField(max_length=8, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    unpaid_since = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["status", "trial_ends_at"], name="subscription_by_status")]


class Invoice(models.Model):
    """One of Stripe's invoices, amounts in the currency's smallest unit. ``lines``: what each says and costs."""

    stripe_id = models.CharField(max_length=_LONG, primary_key=True)
    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="invoices")
    number = models.CharField(max_length=_LONG, blank=True)
    status = models.CharField(max_length=16)
    currency = models.CharField(max_length=3)
    subtotal = models.BigIntegerField()
    tax = models.BigIntegerField(default=0)
    total = models.BigIntegerField()
    amount_paid = models.BigIntegerField()
    amount_due = models.BigIntegerField()
    created_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)
    paid_at = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)
    """When a payment of it first failed."""
    page_url = models.URLField(max_length=2_000, blank=True)
    pdf_url = models.URLField(max_length=2_000, blank=True)
    lines = models.JSONField(default=list)

    class Meta:
        indexes = [
            models.Index(fields=["tenant", "-created_at"], name="invoice_by_tenant"),
            models.Index(fields=["-created_at"], name="invoice_by_time"),
        ]


class StripeEvent(models.Model):
    """An event that Stripe told of, kept by its id, so that one that comes again is known. What it says of an object
    is not believed: a job asks for the object as it is."""

    stripe_id = models.CharField(max_length=_LONG, primary_key=True)
    type = models.CharField(max_length=100)
    customer = models.CharField(max_length=_LONG, blank=True)
    created_at = models.DateTimeField()
    received_at = models.DateTimeField(auto_now_add=True)
    handled_at = models.DateTimeField(null=True, blank=True)
    failure = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["received_at"], name="event_unhandled", condition=Q(handled_at__isnull=True)),
            models.Index(fields=["customer", "-created_at"], name="event_by_customer"),
        ]


class MeterEvent(models.Model):
    """What one hour of usage adds to one of Stripe's meters, from when the hour is final until Stripe has it.
    ``identifier`` is the same however often it is sent
    (https://docs.stripe.com/api/billing/meter-event/create#create_billing_meter_event-identifier)."""

    identifier = models.CharField(max_length=100, primary_key=True)
    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="meter_events")
    meter = models.CharField(max_length=100)
    hour = models.DateTimeField()
    value = models.BigIntegerField()
    first_tried_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    failure = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "meter", "hour"], name="meter_event_once")]
        indexes = [models.Index(fields=["hour"], name="meter_event_unsent", condition=Q(sent_at__isnull=True))]


class Grant(models.Model):
    """What an operator gave by hand, which no event of Stripe's undoes: a ``plan`` instead of the one that was bought,
    ``limits`` in place of the plan's, or both, until it ends. The latest one that is in force counts for each."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="grants")
    plan = models.CharField(max_length=32, blank=True)
    limits = models.JSONField(default=dict, blank=True)
    reason = models.CharField(max_length=500)
    granted_by = models.ForeignKey(Account, models.SET_NULL, null=True, related_name="+")
    granted_at = models.DateTimeField(auto_now_add=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    """When it was taken back."""

    class Meta:
        indexes = [models.Index(fields=["tenant", "-granted_at"], name="grant_by_tenant")]


class Notice(models.Model):
    """A mail about billing that went out, so that it does again for none: ``about`` names what, and when or of what
    month, for instance ``limit:monthly_messages:80:2026-11``."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+")
    about = models.CharField(max_length=200)
    sent_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "about"], name="notice_once")]
