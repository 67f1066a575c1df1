"""The page that a Checkout Session sends its customer to, and the hosted page of an invoice."""

from __future__ import annotations

from html import escape

from tests.support.stripe.checkout import needs_card, pay
from tests.support.stripe.collecting import attempt
from tests.support.stripe.errors import Refused, invalid
from tests.support.stripe.pages import Page, alert, button, money, page_at, table, to, written
from tests.support.stripe.payments import attached
from tests.support.stripe.world import Thing, World

CHOICES = {
    "pm_card_visa": "a good card",
    "pm_card_chargeCustomerFail": "a card that is declined",
    "pm_card_authenticationRequired": "a card that asks for 3-D Secure",
}


@page_at("GET", "/c/pay/{session}")
def show_checkout(world: World, form: Thing, name: str, problem: str = "") -> Page:
    session = world.get("checkout.session", name)
    if session["status"] != "open":
        return written("Checkout", f"<p>This session is {session['status']}.</p>")
    rows = [
        (item["description"], item["quantity"] or "metered", money(item["amount_total"], item["currency"]))
        for item in session["line_items"]["data"]
    ]
    total = f"<p>Due today: <strong>{money(session['amount_total'], session['currency'])}</strong></p>"
    cancel = f'<p><a href="{escape(session["cancel_url"])}">Cancel and go back</a></p>' if session["cancel_url"] else ""
    return written("Checkout", alert(problem) + table(rows) + total + _payment(world, session) + cancel)


def _payment(world: World, session: Thing) -> str:
    email = "" if session["customer"] else '<p><label>E-mail <input name="email" type="email"></label></p>'
    code = '<p><label>Promotion code <input name="code"></label></p>' if session["allow_promotion_codes"] else ""
    buttons = [f'<button name="card" value="{card}">Pay with {words}</button>' for card, words in CHOICES.items()]
    if not needs_card(world, session):
        buttons.append('<button name="card" value="">Start without a card</button>')
    return f'<form method="post">{email}{code}{" ".join(buttons)}</form>'


@page_at("POST", "/c/pay/{session}")
def pay_checkout(world: World, form: Thing, name: str) -> Page:
    session = world.get("checkout.session", name)
    card, step = form.get("card", ""), form.get("step", "")
    typed = {field: form.get(field, "") for field in ("email", "code")}
    if not card and needs_card(world, session):
        raise invalid("A card is required.")
    if card == "pm_card_authenticationRequired" and not step:
        bank = "".join(
            button(f"{label} authentication", card=card, step=label, **typed) for label in ("Complete", "Fail")
        )
        return written("Your bank asks", f"<p>3-D Secure: is it you?</p>{bank}")
    try:
        return to(pay(world, session, card, authenticated=step == "Complete", **typed))
    except Refused as refused:
        return show_checkout(world, {}, name, refused.body["error"]["message"])


@page_at("GET", "/invoices/{invoice}")
def show_invoice(world: World, form: Thing, name: str, problem: str = "") -> Page:
    invoice = world.get("invoice", name)
    rows = [(line["description"], money(line["amount"], line["currency"])) for line in invoice["lines"]["data"]]
    sums = [
        ("Subtotal", invoice["subtotal"]),
        ("Discounts", -sum(one["amount"] for one in invoice["total_discount_amounts"])),
        ("Tax", sum(one["amount"] for one in invoice["total_taxes"])),
        ("Total", invoice["total"]),
        ("Due", invoice["amount_remaining"]),
    ]
    rows += [(label, money(amount, invoice["currency"])) for label, amount in sums]
    cards = "".join(button(f"Pay with {words}", card=card) for card, words in CHOICES.items())
    state = f"<p>This invoice is {invoice['status']}.</p>"
    payable = cards if invoice["status"] in ("open", "uncollectible") else ""
    return written(f"Invoice {invoice['number']}", alert(problem) + state + table(rows) + payable)


@page_at("POST", "/invoices/{invoice}")
def pay_invoice_by_hand(world: World, form: Thing, name: str) -> Page:
    invoice = world.get("invoice", name)
    if invoice["status"] not in ("open", "uncollectible"):
        raise invalid(f"This invoice is {invoice['status']}.")
    method = attached(world, form.get("card", ""), world.objects[invoice["customer"]])
    problem = "Your card was declined." if attempt(world, invoice, method, authenticated=True) else ""
    return show_invoice(world, {}, name, problem)


@page_at("GET", "/invoices/{invoice}/pdf")
def show_pdf(world: World, form: Thing, name: str) -> Page:
    """A page to print: nothing here reads PDF."""
    return show_invoice(world, form, name)
