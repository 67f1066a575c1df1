"""The page of prices, and what of it comes along to sign-up."""

from __future__ import annotations

import re

from billing.choices import choice_of, wish_for
from billing.plans import PLANS, Interval
from billing.wording import money, overages, price, promises
from tests.support.http import Client
from tests.support.server import LiveServer


def test_prices_by_the_month_and_the_year_in_each_currency(live: LiveServer) -> None:
    someone = Client(live, "localhost")
    by_month, by_year = someone.get("/pricing").text, someone.get("/pricing?interval=year&currency=eur").text
    for page, interval, currency in ((by_month, Interval.MONTH, "usd"), (by_year, Interval.YEAR, "eur")):
        for plan in PLANS.values():
            assert all(promise.replace("'", "&#x27;") in page for promise in promises(plan))
            if plan.is_sold:
                assert f"<strong>{price(plan.prices[interval][currency], currency)}</strong>" in page
                assert overages(plan, currency)[0] in page
    assert "17 % less" in by_year
    assert someone.get("/pricing?interval=never&currency=%00").text == by_month, "what nobody knows is not there"
    assert 'href="/pricing"' in someone.get("/").text


def test_where_nobody_may_sign_up_the_plans_are_asked_for(live: LiveServer) -> None:
    page = Client(live, "localhost").get("/pricing").text
    assert "/sign-up" not in page
    assert len(re.findall(r'href="mailto:[^"]+"', page)) == len(PLANS)


def test_only_what_is_sold_can_be_picked() -> None:
    assert wish_for({"plan": "free"}) == wish_for({"plan": "custom"}) == wish_for({}) == {}
    assert wish_for({"plan": "pro", "currency": "xyz", "next": "//evil.test"}) == {
        "plan": "pro",
        "interval": "month",
        "currency": "usd",
    }
    asked = {"plan": "pro", "interval": "year"}
    seats = [choice_of({**asked, "seats": said}).seats for said in ("", "0", "-1", "7", "²", "9" * 30, "99999")]  # type: ignore[union-attr]
    assert seats == [3, 3, 3, 7, 3, 3, 10_000]
    assert choice_of({**asked, "seats": "7"}).amount == 7 * 190_00  # type: ignore[union-attr]


def test_amounts_are_told_to_the_cent() -> None:
    told = [money(0, "usd"), money(149_000, "eur"), money(-5, "usd"), money(1_234_567_89, "chf"), price(19_00, "usd")]
    assert told == ["$0.00", "€1,490.00", "\N{MINUS SIGN}$0.05", "CHF 1,234,567.89", "$19"]
    assert overages(PLANS["scale"], "usd") == ["$6 for each 1,000 active users above 100,000"]
