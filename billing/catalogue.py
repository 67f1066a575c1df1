"""What has to be in a Stripe account for our plans to be sold there: products, prices, meters, the portal's settings,
and where webhooks go. ``manage.py billing setup`` makes it so, however often, and says beforehand what it would do."""

from __future__ import annotations

METERS = {"active_users": "sum", "messages": "sum", "peak_connections": "sum", "stored_mib": "last"}
"""How Stripe puts together what it is told of each (https://docs.stripe.com/api/billing/meter/create)."""
METER_OF = {
    "monthly_active_users": "active_users",
    "monthly_messages": "messages",
    "peak_connections": "peak_connections",
    "storage_bytes": "stored_mib",
}
"""What counts towards which limit."""


def event_name(meter: str) -> str:
    """As Stripe knows the meter."""
    return f"parley_{meter}"
