"""Invoices: lines, totals, finalisation, payment and its retries (https://docs.stripe.com/api/invoices)."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from tests.support.stripe.arithmetic import cost, whole_cents
from tests.support.stripe.customers import change_balance
from tests.support.stripe.discounts import current_discounts, taken_off
from tests.support.stripe.meters import usage
from tests.support.stripe.world import Thing, World, page

HOUR = 3_600


def new_line(world: World, item: Thing, subscription: Thing, period: tuple[int, int], **fields: object) -> Thing:
    """``amount`` and what else is particular about it are in ``fields``."""
    price = world.objects[item["price"]]
    details = {
        "invoice_item": None,
        "proration": False,
        "proration_details": None,
        "subscription": subscription["id"],
        "subscription_item": item["id"],
    }
    line = world.new(
        "line_item",
        "il",
        clock=subscription["_clock"],
        currency=subscription["currency"],
        discountable=True,
        discounts=[],
        discount_amounts=[],
        parent={
            "invoice_item_details": None,
            "subscription_item_details": details,
            "type": "subscription_item_details",
        },
        period={"start": period[0], "end": period[1]},
        pretax_credit_amounts=[],
        pricing={
            "price_details": {"price": price["id"], "product": price["product"]},
            "type": "price_details",
            "unit_amount_decimal": price["currency_options"][subscription["currency"]]["unit_amount_decimal"],
        },
        subscription=subscription["id"],
        taxes=[],
        metadata=dict(subscription["metadata"]),
    )
    return line | {"subtotal": fields["amount"]} | fields


def draft(world: World, subscription: Thing, reason: str, lines: list[Thing], *, auto_advance: bool = True) -> Thing:
    """A draft that says ``invoice.created``. Pending prorations of the subscription come onto it."""
    customer = world.objects[subscription["customer"]]
    now = world.now(subscription["_clock"])
    name = world.name("in")
    pending, subscription["_pending"] = subscription["_pending"], []
    starts = [line["period"]["start"] for line in lines] or [now]
    invoice = world.new(
        "invoice",
        "in",
        id=name,
        clock=subscription["_clock"],
        account_country="US",
        account_name="Stand-in",
        amount_overpaid=0,
        amount_paid=0,
        amount_paid_off_stripe=0,
        amount_shipping=0,
        attempt_count=0,
        attempted=False,
        auto_advance=auto_advance,
        automatic_tax={
            "disabled_reason": None,
            "enabled": subscription["automatic_tax"]["enabled"],
            "liability": subscription["automatic_tax"]["liability"],
            "provider": "stripe" if subscription["automatic_tax"]["enabled"] else None,
            "status": "complete" if subscription["automatic_tax"]["enabled"] else None,
        },
        billing_reason=reason,
        collection_method="charge_automatically",
        currency=subscription["currency"],
        customer=customer["id"],
        customer_address=customer["address"],
        customer_email=customer["email"],
        customer_name=customer["name"],
        customer_phone=customer["phone"],
        customer_tax_exempt=customer["tax_exempt"],
        customer_tax_ids=[],
        default_tax_rates=[],
        discounts=[],
        issuer={"type": "self"},
        lines=page([*pending, *lines], f"/v1/invoices/{name}/lines"),
        parent={
            "quote_details": None,
            "subscription_details": {
                "metadata": dict(subscription["metadata"]),
                "subscription": subscription["id"],
            },
            "type": "subscription_details",
        },
        payment_settings={"default_mandate": None, "payment_method_options": None, "payment_method_types": None},
        payments=page([], "/v1/invoice_payments"),
        period_start=min(starts) if reason != "subscription_cycle" else subscription["_last_invoiced"],
        period_end=now,
        post_payment_credit_notes_amount=0,
        pre_payment_credit_notes_amount=0,
        starting_balance=customer["balance"],
        status="draft",
        status_transitions=dict.fromkeys(("finalized_at", "marked_uncollectible_at", "paid_at", "voided_at")),
    )
    subscription |= {"_last_invoiced": now, "latest_invoice": name}
    subscription["_invoices"].append(name)
    for line in invoice["lines"]["data"]:
        line["invoice"] = name
    add_up(world, invoice, subscription)
    for line in lines:
        item = world.objects[line["parent"]["subscription_item_details"]["subscription_item"]]
        item["_billed"] = line["amount"] - sum(one["amount"] for one in line["discount_amounts"])
    if reason == "subscription_cycle" and auto_advance:
        invoice["automatically_finalizes_at"] = now + HOUR
    world.emit("invoice.created", invoice)
    return invoice


def add_up(world: World, invoice: Thing, subscription: Thing) -> None:
    """Usage, discounts, taxes and totals anew."""
    lines = invoice["lines"]["data"]
    discounts = current_discounts(world, subscription, invoice["created"])
    for line in lines:
        if "_metered" in line:
            line["quantity"] = usage(world, invoice["customer"], line)
            price = world.objects[line["pricing"]["price_details"]["price"]]
            option = price["currency_options"][invoice["currency"]]
            line["amount"] = line["subtotal"] = cost(option, line["quantity"], price)
        line["quantity_decimal"] = None if line["quantity"] is None else str(line["quantity"])
    taken_off(discounts, lines)
    for line in lines:
        _tax(world, invoice, line)
    taken = {one["discount"] for line in lines for one in line["discount_amounts"]}
    invoice["discounts"] = [discount["id"] for discount, _ in discounts]
    invoice["total_discount_amounts"] = [
        {"discount": name, "amount": _sum_of(lines, "discount_amounts", discount=name)} for name in sorted(taken)
    ]
    exclusive = _sum_of(lines, "taxes", tax_behavior="exclusive")
    inclusive = _sum_of(lines, "taxes", tax_behavior="inclusive")
    invoice["total_taxes"] = _taxes_of(lines)
    invoice["subtotal"] = sum(line["amount"] for line in lines)
    discounted = invoice["subtotal"] - _sum_of(lines, "discount_amounts")
    invoice["subtotal_excluding_tax"] = invoice["subtotal"] - inclusive
    invoice["total_excluding_tax"] = discounted - inclusive
    invoice["total"] = discounted + exclusive
    invoice["total_pretax_credit_amounts"] = [
        {"type": "discount", "credit_balance_transaction": None, **one} for one in invoice["total_discount_amounts"]
    ]
    invoice["amount_due"] = invoice["amount_remaining"] = max(0, invoice["total"] + invoice["starting_balance"])


def _tax(world: World, invoice: Thing, line: Thing) -> None:
    percent = Fraction(Decimal(str(world.settings["tax_percent"])))
    line["taxes"] = []
    if not invoice["automatic_tax"]["enabled"] or not percent:
        return
    price = world.objects[line["pricing"]["price_details"]["price"]]
    inclusive = price["tax_behavior"] == "inclusive"
    amount = line["amount"] - sum(one["amount"] for one in line["discount_amounts"])
    tax = whole_cents(amount * percent / ((100 + percent) if inclusive else 100))
    line["taxes"] = [
        {
            "amount": tax,
            "tax_behavior": "inclusive" if inclusive else "exclusive",
            "tax_rate_details": {"tax_rate": "txr_stand_in"},
            "taxability_reason": "standard_rated",
            "taxable_amount": amount - tax if inclusive else amount,
            "type": "tax_rate_details",
        }
    ]


def _taxes_of(lines: list[Thing]) -> list[Thing]:
    kinds: dict[str, Thing] = {}
    for tax in (tax for line in lines for tax in line["taxes"]):
        whole = kinds.setdefault(tax["tax_behavior"], tax | {"amount": 0, "taxable_amount": 0})
        whole["amount"] += tax["amount"]
        whole["taxable_amount"] += tax["taxable_amount"]
    return list(kinds.values())


def _sum_of(lines: list[Thing], parts: str, **wanted: str) -> int:
    found = (part for line in lines for part in line[parts])
    return sum(part["amount"] for part in found if all(part[name] == value for name, value in wanted.items()))


def finalized(world: World, invoice: Thing) -> None:
    """From draft to open: a number, and the customer's balance applied. What is left is due."""
    subscription = world.objects[invoice["parent"]["subscription_details"]["subscription"]]
    customer = world.objects[invoice["customer"]]
    now = world.now(invoice["_clock"])
    invoice["starting_balance"] = customer["balance"]
    add_up(world, invoice, subscription)
    applied = invoice["amount_due"] - invoice["total"]
    invoice["ending_balance"] = customer["balance"] - applied
    if applied:
        change_balance(
            world,
            customer,
            -applied,
            invoice["currency"],
            "applied_to_invoice" if invoice["total"] >= 0 else "invoice_too_small",
            {"invoice": invoice["id"]},
        )
    invoice |= {
        "automatically_finalizes_at": None,
        "confirmation_secret": {"client_secret": f"{invoice['id']}_secret_stand_in", "type": "payment_intent"},
        "effective_at": now,
        "hosted_invoice_url": f"{world.origin}/invoices/{invoice['id']}",
        "invoice_pdf": f"{world.origin}/invoices/{invoice['id']}/pdf",
        "number": f"{customer['invoice_prefix']}-{customer['next_invoice_sequence']:04}",
        "status": "open",
    }
    customer["next_invoice_sequence"] += 1
    invoice["status_transitions"]["finalized_at"] = now
    world.emit("invoice.finalized", invoice)
