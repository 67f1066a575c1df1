"""Objects as they are answered: references as ids or, where ``expand`` asks, as objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.support.stripe.errors import invalid

if TYPE_CHECKING:
    from tests.support.stripe.world import World

Tree = dict[str, Any]

INCLUDABLE = {
    "coupon": {"applies_to", "currency_options"},
    "checkout.session": {"line_items"},
    "customer": {"subscriptions", "tax"},
    "invoice": {"confirmation_secret", "payments"},
    "price": {"currency_options", "tiers"},
}
"""Fields that Stripe answers only when ``expand`` asks for them."""

_EMBEDDED = {"subscription_item": {"price"}, "item": {"price"}}
"""References that are always answered as objects."""

UNSAID = {
    "checkout.session": {
        "branding_settings",
        "excluded_payment_method_types",
        "line_items",
        "name_collection",
        "phone_number_collection",
        "presentment_details",
        "redirect_on_completion",
        "return_url",
        "tax_id_collection",
    },
    "coupon": {"applies_to", "currency_options", "deleted"},
    "customer": {
        "business_name",
        "deleted",
        "individual_name",
        "invoice_credit_balance",
        "sources",
        "tax",
        "tax_ids",
    },
    "discount": {"deleted"},
    "event": {"account", "context"},
    "invoice": {"confirmation_secret", "deleted", "payments", "threshold_reason"},
    "invoiceitem": {"deleted", "frozen_fields", "net_amount", "proration_details"},
    "item": {"discounts", "taxes"},
    "payment_intent": {"amount_details", "hooks", "payment_details", "presentment_details"},
    "price": {"currency_options", "deleted", "tiers"},
    "product": {"deleted"},
    "setup_intent": {"attach_to_self"},
    "subscription": {"presentment_details"},
    "subscription_item": {"billed_until", "deleted", "quantity"},
    "test_helpers.test_clock": {"deleted"},
    "webhook_endpoint": {"deleted", "secret"},
}
"""Fields that Stripe leaves out where it has nothing to say, rather than answering null."""


def rendered(world: World, thing: Any, expand: list[str] | None = None) -> Any:
    """A copy of ``thing`` without the stand-in's own keys. ``expand``: paths as in the API."""
    tree: Tree = {}
    for path in expand or ():
        place = tree
        for step in path.split("."):
            place = place.setdefault(step, {})
    return _rendered(world, thing, tree)


def _rendered(world: World, value: Any, tree: Tree | None) -> Any:
    if isinstance(value, list):
        return [_rendered(world, part, tree) for part in value]
    if isinstance(value, str) and tree is not None:
        return _rendered(world, world.objects[value], tree) if value in world.objects else value
    if isinstance(value, dict):
        return _rendered_object(world, value, tree or {})
    return value


def _rendered_object(world: World, thing: dict[str, Any], tree: Tree) -> dict[str, Any]:
    # The data of an event has an object under that name.
    kind = thing["object"] if isinstance(thing.get("object"), str) else ""
    for step in tree.keys() - thing.keys() - INCLUDABLE.get(kind, set()):
        raise invalid(f"This property cannot be expanded ({step}).", param="expand")
    trees: dict[str, Tree] = {name: {} for name in _EMBEDDED.get(kind, ())} | ({"data": {}} if kind == "list" else {})
    hidden = INCLUDABLE.get(kind, set()) - tree.keys()
    return {
        name: _rendered(world, value, tree.get(name, trees.get(name)))
        for name, value in thing.items()
        if not name.startswith("_") and name not in hidden
    }
