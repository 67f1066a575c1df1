"""Actions of a console that ask who it is."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from tenants.consoles.pages import Page
from tenants.sessions import SESSION_CONFIRMED_AT


class Danger(Page):
    name, label, permit = "danger", "Danger", "look"
    actions = {"burn": "burn", "look": "look"}
    fresh = frozenset({"burn"})
    site = SimpleNamespace(permits_of=lambda request: {"look", "burn"})  # type: ignore[assignment]

    def do_burn(self, **where: Any) -> HttpResponse:
        return HttpResponse("burnt")

    def do_look(self, **where: Any) -> HttpResponse:
        return HttpResponse("seen")


def post(action: str, age: float | None) -> HttpResponse:
    request = RequestFactory().post("/danger?x=1", {"action": action})
    request.session = {} if age is None else {SESSION_CONFIRMED_AT: time.time() - age}  # type: ignore[assignment]
    answer = Danger.as_view()(request)
    assert isinstance(answer, HttpResponse)
    return answer


@pytest.mark.parametrize("age", [None, 3_600])
def test_a_dangerous_action_leads_to_a_confirmation_and_back(age: float | None) -> None:
    assert post("burn", age)["Location"] == "/account/confirm?next=%2Fdanger%3Fx%3D1"
    assert post("look", age).content == b"seen"


def test_whoever_confirmed_lately_goes_ahead() -> None:
    assert post("burn", 10).content == b"burnt"
