"""``manage.py usage recount [SLUG] [--month 2026-11]``: what was counted, what goes to Stripe, what Stripe has, and
what the messages themselves say, side by side."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from asgiref.sync import async_to_sync
from django.core.management.base import BaseCommand, CommandError, CommandParser

from billing.gateway_stripe import has_stripe
from billing.metering import Metered, metered
from chat.queries.usage import Recount, recount
from kit.errors import ParleyError
from tenants.lifecycle import get_tenant
from tenants.models import Tenant, Usage
from tenants.scope import tenant_scope
from tenants.usage import month_of

_HOUR = timedelta(hours=1)


class Command(BaseCommand):
    help = "Compare the usage of a month with the messages, and with what Stripe was told of it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["recount"])
        parser.add_argument("slug", nargs="?", help="One tenant alone; without it, all.")
        parser.add_argument(
            "--month", type=_month, default=month_of(datetime.now(UTC)), help="2026-11; this one if none"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            tenants = [get_tenant(options["slug"])] if options["slug"] else Tenant.objects.order_by("slug")
            differing = [tenant.slug for tenant in tenants if not self._agrees(tenant, options["month"])]
        except ParleyError as error:
            raise CommandError(error.detail) from None
        if differing:
            raise CommandError(f"Not the same everywhere: {', '.join(differing)}")

    def _agrees(self, tenant: Tenant, month: datetime) -> bool:
        """Of its final hours; what retention or an erasure took away is missing from the messages."""
        hours = Usage.objects.filter(tenant=tenant, final=True, hour__gte=month, hour__lt=_next(month))
        last = hours.order_by("-hour").values_list("hour", flat=True).first()
        if last is None:
            return True
        with tenant_scope(tenant):
            counted = async_to_sync(recount)(month, last + _HOUR)
        found = list(metered(tenant, month, last + _HOUR, ask_stripe=has_stripe()))
        self.stdout.write(f"{tenant.slug}, {month:%Y-%m}, up to {last + _HOUR:%F %H:%M} UTC")
        for each in found:
            self.stdout.write(f"  {each.meter:<17}{_line(each, _again(each, counted))}")
        return all(_is_level(tenant, each, _again(each, counted)) for each in found)


def _again(each: Metered, counted: Recount) -> int | None:
    return {"messages": counted.messages, "active_users": counted.active_users}.get(each.meter)


def _line(each: Metered, again: int | None) -> str:
    shown = {"used": each.used, "from messages": again, "noted": each.noted, "unsent": each.unsent}
    return "  ".join(
        f"{name} {value}" for name, value in {**shown, "at Stripe": each.at_stripe}.items() if value is not None
    )


def _is_level(tenant: Tenant, each: Metered, again: int | None) -> bool:
    billed = [each.noted] if hasattr(tenant, "customer") else []
    at_stripe = [each.at_stripe] if each.at_stripe is not None else []
    return {each.used, *([again] if again is not None else []), *billed, *at_stripe} == {each.used}


def _month(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m").replace(tzinfo=UTC)


def _next(month: datetime) -> datetime:
    return month_of(month + timedelta(days=32))
