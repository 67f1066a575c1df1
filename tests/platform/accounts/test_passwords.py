"""What may be a password."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.hashers import identify_hasher, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from tenants.models import Account
from tests.support.cast import Tenancy
from tests.support.http import Client, with_session
from tests.support.server import LiveServer

ANN = Account(email="ann.miller@example.test", name="Ann Miller")


@pytest.mark.parametrize(
    "password",
    [
        "short9chr",
        "password123",
        "1234567890123",
        "Ann.Miller",
        "parleyparley",
        "Parley2026!",
        "localhost-1",
        "qwertyuiop",
    ],
)
def test_what_is_guessed_first_is_refused(password: str) -> None:
    with pytest.raises(ValidationError):
        validate_password(password, ANN)


@pytest.mark.parametrize(
    "password",
    [
        "only lower case words",
        "ВСЕ БУКВЫ БОЛЬШИЕ",
        "🦜🦜🦜🦜🦜🦜🦜🦜🦜🦜",
        "x" * 999,
        "we met for a parley",
        "a b  c   d    ",
    ],
)
def test_any_mixture_of_characters_will_do(password: str) -> None:
    validate_password(password, ANN)


def test_passwords_are_kept_as_argon2_hashes() -> None:
    assert identify_hasher(make_password("any password")).algorithm == "argon2"


def test_password_fields_are_masked_and_password_managers_know_them(live: LiveServer, acme: Tenancy) -> None:
    inside = with_session(live, acme, acme.account("ann"))
    for client, path, kinds in (
        (Client(live, acme.host), "/sign-in", ["current-password"]),
        (inside, "/account/password", ["current-password", "new-password"]),
    ):
        fields = re.findall(r"<input[^>]*password[^>]*>", client.get(path).text)
        assert [re.findall(r'autocomplete="([^"]+)"', field) for field in fields] == [[kind] for kind in kinds]
        assert all('type="password"' in field and "paste" not in field for field in fields)
