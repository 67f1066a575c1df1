"""Markdown in messages: a small part of CommonMark 0.31 and GitHub's strikethrough, rendered and then sanitised.

Bold, italic, strikethrough, code, fenced code, links, lists and quotes. A bare http://, https:// or www. URL is a link,
too (as GitHub has it); names such as readme.md and mail addresses are text. No images, headings or raw HTML: what looks
like one is text. Nothing that the renderer lets through matters for safety, for the sanitiser judges what it made.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import nh3
from linkify_it import LinkifyIt  # type: ignore[import-untyped]
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


def _www(links: LinkifyIt, text: str, position: int) -> int:
    """How long the URL is whose ``www.`` or ``Www.`` ends here."""
    if text[position - 3 : position] != "ww.":
        return 0
    found = links.re["www"].match(text, position)
    return len(found[0]) if found else 0


def _with_scheme(links: LinkifyIt, match: Any) -> None:
    match.url = f"http://{match.url}"


def _bare_links() -> LinkifyIt:
    links = LinkifyIt(
        {"ftp:": None, "//": None, "mailto:": None, "www.": {"validate": _www, "normalize": _with_scheme}},
        {"fuzzy_link": False, "fuzzy_email": False},
    )
    links.re["www"] = re.compile(links.re["src_host_port_strict"] + links.re["src_path"], re.IGNORECASE)
    links.match("http://a.test www.a.test")  # its expressions are large: they are made now, not while somebody waits
    return links


_OPTIONS = {"breaks": True, "html": False, "maxNesting": _MOST_NESTED}
_markdown = MarkdownIt("zero", _OPTIONS).enable(_RULES)
_with_bare_links = MarkdownIt("zero", _OPTIONS | {"linkify": True}).enable([*_RULES, "linkify"])
_with_bare_links.linkify = _bare_links()
_HERE = re.compile(r"https?:(?!//)", re.IGNORECASE)


def _judged(tag: str, attribute: str, value: str) -> str | None:
    """``https:/a`` is no address elsewhere: a browser reads it as a path on the host of the page (URL Standard, section
    4.4, "special relative or authority state")."""
    return None if attribute == "href" and _HERE.match(value) else value


_sanitiser = nh3.Cleaner(
    tags={"a", "blockquote", "br", "code", "em", "li", "ol", "p", "pre", "s", "strong", "ul"},
    attributes={"*": set(), "a": {"href"}, "ol": {"start"}},
    attribute_filter=_judged,
    url_schemes={"http", "https", "mailto"},
    url_relative="deny",  # it would lead elsewhere on each page that shows the room
    link_rel="noopener noreferrer nofollow ugc",
)
_LINE_STARTS = " -+>0123456789"
_LINE = re.compile(r"^ {0,3}(?:[-+>]|\d{1,9}[.)])", re.MULTILINE)
_MARK = re.compile(r"[*_`~\[<]|://|ww\.|" + _LINE.pattern, re.MULTILINE)
_FENCED = re.compile(r"^ {0,3}```.*?^ {0,3}```", re.MULTILINE | re.DOTALL)
_TARGET = re.compile(r'<a href="([^"]*)"')
_MOST_MARKS = 250
"""Each costs up to 0.1 ms, in which nobody else is served; texts with more of them are shown as they are."""
_MOST_SCHEMES = 100
"""Before each ``://`` all is read that stands there; with more of them bare URLs are text."""


def render(text: str) -> str | None:
    """The text as HTML, or None where it has no markup."""
    may_have_links = "://" in text or "ww." in text
    if not (may_have_links or _may_have_markup(text)) or _marks(text) > _MOST_MARKS:
        return None
    markdown = _with_bare_links if may_have_links and text.count("://") <= _MOST_SCHEMES else _markdown
    tokens = markdown.parse(text)
    kinds = {child.type for token in tokens for child in (token, *(token.children or ()))}
    if kinds <= _PLAIN:
        return None
    return _sanitiser.clean(markdown.renderer.render(tokens, markdown.options, {})).strip()


def targets(html: str) -> Iterator[str]:
    """What the links of a rendered text lead to."""
    return map(unescape, _TARGET.findall(html))


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
