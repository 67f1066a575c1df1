"""A tenant's own words in the mails that go out in its name."""

from __future__ import annotations

import string
from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from kit.text import storable

PLACES: Final[dict[str, str]] = {
    "organisation": "the organisation's name",
    "name": "whom it is for",
    "inviter": "who invites, in invitations",
}


def _line(text: str) -> str:
    if "\n" in text or "\r" in text:  # it becomes a header (RFC 5322 section 2.2)
        raise ValueError("has more than one line")
    return _fillable(text)


def _fillable(text: str) -> str:
    """Raises ValueError for what is in braces and is none of PLACES."""
    storable(text)
    for _, place, form, conversion in string.Formatter().parse(text):
        if place is not None and (place not in PLACES or form or conversion):
            raise ValueError(f"{{{place}}} is not known")
    return text


_Line = Annotated[str, Field(max_length=120), AfterValidator(_line)]
_Text = Annotated[str, Field(max_length=2_000), AfterValidator(_fillable)]


class MailWords(BaseModel):
    """Empty: as Parley has it. ``sender`` is the name before the address, ``footer`` stands under every mail."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sender: _Line = ""
    footer: _Text = ""
    invitation_subject: _Line = ""
    invitation_text: _Text = ""
    reset_subject: _Line = ""
    reset_text: _Text = ""


def read_mail_words(kept: Mapping[str, Any]) -> MailWords:
    """Of a tenant's row. What cannot be read is as if never set."""
    try:
        return MailWords.model_validate(kept)
    except ValidationError:
        return MailWords()


def filled(text: str, particulars: Mapping[str, str]) -> str:
    """The text with its places filled in; one without a particular stays empty."""
    return text.format_map({place: particulars.get(place, "") for place in PLACES})
