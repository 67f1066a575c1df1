"""``{{ cents|money:"usd" }}`` and ``{{ cents|price:"usd" }}``."""

from django import template

from billing import wording

register = template.Library()
register.filter("money", wording.money)
register.filter("price", wording.price)
