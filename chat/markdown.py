"""Markdown in messages: a small part of CommonMark 0.31 and GitHub's strikethrough, rendered and then sanitised.

Bold, italic, strikethrough, code, fenced code, links, lists and quotes. No images, headings or raw HTML: what looks
like one is text. Nothing that the renderer lets through matters for safety, for the sanitiser judges what it made.
"""

from __future__ import annotations

import re

import nh3
from markdown_it import MarkdownIt

_RULES = (
    "autolink",
    "backticks",
    "blockquote",
    "emphasis",
    "escape",
    "fence",
    "link",
    "list",
    "newline",
    "balance_pairs",
    "fragments_join",
    "strikethrough",
)
_MOST_NESTED = 10
_PLAIN = frozenset({"paragraph_open", "paragraph_close", "inline", "text", "softbreak", "hardbreak"})

_markdown = MarkdownIt("zero", {"breaks": True, "html": False, "maxNesting": _MOST_NESTED}).enable(_RULES)
_sanitiser = nh3.Cleaner(
    tags={"a", "blockquote", "br", "code", "em", "li", "ol", "p", "pre", "s", "strong", "ul"},
    attributes={"*": set(), "a": {"href"}, "ol": {"start"}},
    url_schemes={"http", "https", "mailto"},
    link_rel="noopener noreferrer nofollow ugc",
)
_LINE_STARTS = " -+>0123456789"
_LINE = re.compile(r"^ {0,3}(?:[-+>]|\d{1,9}[.)])", re.MULTILINE)
_MARK = re.compile(r"[*_`~\[<]|" + _LINE.pattern, re.MULTILINE)
_FENCED = re.compile(r"^ {0,3}```.*?^ {0,3}```", re.MULTILINE | re.DOTALL)
_MOST_MARKS = 250
"""Each costs up to 0.1 ms, in which nobody else is served; texts with more of them are shown as they are."""


def render(text: str) -> str | None:
    """The text as HTML, or None where it has no markup."""
    if not _may_have_markup(text) or _marks(text) > _MOST_MARKS:
        return None
    tokens = _markdown.parse(text)
    kinds = {child.type for token in tokens for child in (token, *(token.children or ()))}
    if kinds <= _PLAIN:
        return None
    return _sanitiser.clean(_markdown.renderer.render(tokens, _markdown.options, {})).strip()


def _may_have_markup(text: str) -> bool:
    """A look for the characters that markup is made of. Most texts have none of them, and cost no more than this."""
    return (
        "*" in text
        or "_" in text
        or "`" in text
        or "[" in text
        or "~" in text
        or "<" in text
        or ((text[:1] in _LINE_STARTS or "\n" in text) and _LINE.search(text) is not None)
    )


def _marks(text: str) -> int:
    """How many there may be, outside of fenced code."""
    return len(_MARK.findall(_FENCED.sub("", text)))
