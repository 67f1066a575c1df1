"""What may be a password."""

from __future__ import annotations

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from tenants.models import Account

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
