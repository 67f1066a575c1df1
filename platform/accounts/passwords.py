"""Words that a password here is not made of, since whoever guesses tries them first: what the site is called."""

from __future__ import annotations

import re

from django.conf import settings
from django.core.exceptions import ValidationError

_LEAST_WORD = 5
"""Characters of a label of the host's name that counts: com is in many a word."""
_LEAST_BESIDE = 8
"""Characters that a password with such a word in it has beside it."""


class SiteNameValidator:
    """Refuses what is little more than the product's name or the host's."""

    def validate(self, password: str, user: object = None) -> None:
        """Raises ValidationError."""
        labels = settings.BASE_DOMAIN.lower().split(".")
        words = {"parley", *(label for label in labels if len(label) >= _LEAST_WORD)}
        beside = re.sub("|".join(map(re.escape, sorted(words, key=len, reverse=True))), "", password.lower())
        if len(beside) < min(_LEAST_BESIDE, len(password)):
            raise ValidationError("This password is little more than the name of this site.", code="site_name")

    def get_help_text(self) -> str:
        return "Choose more than the name of this site."
