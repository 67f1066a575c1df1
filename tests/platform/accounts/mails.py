"""Mails that a server wrote into a folder."""

from __future__ import annotations

import email
import re
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from html import escape
from pathlib import Path
from urllib.parse import urlsplit

_BETWEEN = "\n" + "-" * 79 + "\n"


@dataclass(frozen=True)
class Mails:
    folder: Path

    def to(self, address: str) -> list[EmailMessage]:
        """The oldest first."""
        files = sorted(self.folder.iterdir(), key=lambda file: file.stat().st_mtime_ns)
        texts = [text for file in files for text in file.read_text().split(_BETWEEN) if text.strip()]
        found = [email.message_from_string(text, policy=policy.default) for text in texts]
        return [message for message in found if message["To"] == address]

    def link_to(self, address: str) -> str:
        """Path and query of the link in the latest mail; the text and the HTML say the same."""
        latest = self.to(address)[-1]
        [in_text] = re.findall(r"https?://\S+", part(latest, "plain"))
        assert f'href="{escape(in_text)}"' in part(latest, "html")
        path, query = urlsplit(in_text).path, urlsplit(in_text).query
        return f"{path}?{query}" if query else path


def part(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    assert body is not None
    return str(body.get_content())
