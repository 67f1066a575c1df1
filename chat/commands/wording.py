"""What a text says beside its letters: whom it mentions, and how its Markdown looks."""

from __future__ import annotations

import re
from uuid import UUID

from chat.commands.sending import Extras
from chat.markdown import render, targets
from kit.content import check_content, check_links
from kit.errors import INVALID, MESSAGE_NOT_FOUND, ParleyError
from kit.ids import stored_id
from tenants.records import TenantRecord

_MOST_MENTIONS = 50
_EVERYBODY = "room"
_MENTION = re.compile(r"(?<![\w@/.])@([^\s@/]{1,128})")
_BEHIND = ".,:;!?)]}>'\"*_~`"
"""What may stand behind a mention. An id may end in one of these, too: both readings are tried."""


def checked_text(tenant: TenantRecord, text: str, *, may_be_empty: bool = False) -> str:
    """The text as it may be said. Raises ParleyError ``invalid``, ``content_refused``."""
    most = tenant.limits.text_characters
    if not (text.strip() or may_be_empty):
        raise ParleyError(INVALID, "The text is empty.", errors=[{"field": "text", "code": "empty"}])
    if len(text) > most:
        raise ParleyError(
            INVALID,
            f"The text has {len(text)} characters; at most {most} are allowed.",
            errors=[{"field": "text", "code": "too_long"}],
        )
    text = check_content(tenant.content, text)
    if tenant.content is not None:
        check_links(tenant.content, targets(render(text) or ""))
    return text


def extras_of(text: str) -> Extras | None:
    """What most texts have none of."""
    html = render(text)
    if html is None and "@" not in text:
        return None
    extras = _mentions(text)
    if html is not None:
        extras["html"] = html
    return extras or None


def _mentions(text: str) -> Extras:
    said = _MENTION.findall(text)[:_MOST_MENTIONS]
    ids = dict.fromkeys(reading for token in said for reading in (token, token.rstrip(_BEHIND)) if reading)
    extras: Extras = {}
    if _EVERYBODY in ids:
        extras["mentions_room"] = True
        del ids[_EVERYBODY]
    if ids:
        extras["mentions"] = list(ids)
    return extras


def message_id_of(text: str) -> UUID:
    """Raises ParleyError ``message_not_found`` for what names no message at all."""
    try:
        return stored_id("m", text)
    except ValueError:
        raise ParleyError(MESSAGE_NOT_FOUND) from None
