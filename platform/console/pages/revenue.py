"""What comes in, what is on trial, what fails, and who leaves."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from billing.gateway_stripe import has_stripe
from console import revenue
from console.permits import OperatorPermit
from console.site import operators
from tenants.consoles.charts import Chart
from tenants.consoles.pages import Page


@operators.page
class Revenue(Page):
    address = "revenue"
    name = "revenue"
    label = "Revenue"
    template = "console/revenue.html"
    permit = OperatorPermit.REVENUE_VIEW
    section, icon, place = "Platform", "payments", 20

    def context(self, **where: Any) -> dict[str, Any]:
        now = datetime.now(UTC)
        sold = revenue.sold()
        paid = revenue.paid_by_month(now)
        return {
            "has_stripe": has_stripe(),
            "recurring": revenue.recurring(sold),
            "sold": sold,
            "trials": revenue.trials(),
            "unpaid": revenue.unpaid(),
            "churn": revenue.churn(now),
            "charts": [
                (currency, Chart("paid", f"Paid, in {currency.upper()}", months), months)
                for currency, months in paid.items()
            ],
        }
