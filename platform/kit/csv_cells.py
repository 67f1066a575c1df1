"""Cells of files that spreadsheets open."""

from __future__ import annotations

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def plain_cell(value: object) -> str:
    """A cell that no spreadsheet takes for a formula (OWASP, CSV injection; CWE-1236)."""
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
