"""What may be said: a tenant's block list, patterns and link policy, read once and asked for each message.

Patterns run on RE2, whose time is linear in the text whatever the pattern (https://github.com/google/re2/wiki/WhyRE2):
a customer's regular expression cannot hold a process up, so no clock has to watch it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from typing import Any, Protocol, TypedDict

import structlog

from kit.errors import CONTENT_REFUSED, ParleyError

log = structlog.get_logger(__name__)

REFUSE, MASK = "refuse", "mask"
ANY_LINK, SOME_LINKS, NO_LINK = "all", "domains", "none"

_MASK = "•"
_MOST_PROGRAM_BYTES = 1 << 20

# A word is what stands between white space and punctuation; combining marks and joiners belong to it.
_WORD = re.compile(r"[^\s!-/:-@\[-`{-~¡-¿‐-‧‰-⁞⸀-⹿、-〿！-／：-＠［-｀｛-･]+")  # noqa: RUF001 - punctuation of other scripts
_INVISIBLE = re.compile("[\u00ad\u034f\u200b-\u200f\u2060-\u2064\ufe00-\ufe0f\ufeff]")

# What a browser or a Markdown renderer would follow: a scheme, www., or // at the beginning of a link's target. A host
# goes on for as long as a browser might read it as one; the punctuation of the sentence around it is taken off then.
_LINK = re.compile(
    r"(?:\b(?:https?|ftp|wss?):[/\\]*|\b[a-z][a-z0-9+.-]{1,20}:[/\\]{2,}|[(<]\s*[/\\]{2,}|\]:\s*<?[/\\]{2,}|(?<![\w.])(?=www\.))"
    r"([^\s/\\?#<>]*)",
    re.IGNORECASE,
)
_MAIL = re.compile(r"\bmailto:", re.IGNORECASE)
_AROUND = "\"'()[]{}.,;:!*_~"
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")  # CommonMark 0.31 section 2.4
_DOMAIN = re.compile(r"[^\s/\\?#<>@:%]+(\.[^\s/\\?#<>@:%]+)*")


class RulesDict(TypedDict, total=False):
    """How rules are kept: what a key that is absent stands for comes first in the comment."""

    words: list[dict[str, str]]  # none; {"word", "action"}
    patterns: list[dict[str, str]]  # none; {"name", "pattern", "action"}
    links: str  # "all"; "domains", "none"
    domains: list[str]  # none


class InvalidRule(ValueError):
    """``field`` is the dotted path of the rule that cannot be one, ``code`` a short reason."""

    def __init__(self, field: str, code: str) -> None:
        super().__init__(f"{field}: {code}")
        self.field, self.code = field, code


class Expression(Protocol):
    def search(self, text: str) -> Any: ...
    def sub(self, repl: Any, text: str) -> str: ...


@dataclass(frozen=True, slots=True)
class Pattern:
    name: str
    expression: Expression
    action: str


@dataclass(frozen=True, slots=True)
class ContentRules:
    """Rules made ready. ``words`` are folded, with what is done about each; ``broken`` rules refuse everything."""

    words: Mapping[str, str]
    patterns: Sequence[Pattern] = ()
    links: str = ANY_LINK
    domains: frozenset[str] = frozenset()
    broken: bool = False


def check_content(rules: ContentRules | None, text: str) -> str:
    """The text as it may be said, with what the rules mask masked. Raises ParleyError ``content_refused``, whose
    ``errors`` name the rule: ``words``, ``links``, or a pattern's own name."""
    if rules is None:
        return text
    if rules.broken:
        raise _refusal("unreadable")
    if rules.links != ANY_LINK:
        _check_links(rules, text)
    for pattern in rules.patterns:
        text = _by_pattern(pattern, text)
    return _by_words(rules.words, text) if rules.words else text


def check_links(rules: ContentRules | None, targets: Iterable[str]) -> None:
    """What a text's links lead to, once it is rendered: a reader of Markdown may see other links in it than we do.
    Raises as ``check_content``."""
    if rules is not None and rules.links != ANY_LINK:
        for target in targets:
            _check_links(rules, f"<{target}>")


def _refusal(rule: str) -> ParleyError:
    return ParleyError(
        CONTENT_REFUSED, f"The tenant's rule {rule!r} refuses this text.", errors=[{"field": "text", "code": rule}]
    )


def _check_links(rules: ContentRules, text: str) -> None:
    plain = _INVISIBLE.sub("", text)
    for reading in (plain, _ESCAPED.sub(r"\1", unescape(plain))):
        if rules.links == NO_LINK and _MAIL.search(reading):
            raise _refusal("links")
        if not all(rules.links == SOME_LINKS and _covers(rules.domains, host) for host in _hosts(reading)):
            raise _refusal("links")


def _hosts(text: str) -> Iterator[str]:
    """The host of each link. What stands before an @ is a user's name."""
    for link in _LINK.finditer(text):
        host = link[1].rpartition("@")[2].partition(":")[0].strip(_AROUND)
        if host:
            yield fold_domain(host)


def _covers(domains: frozenset[str], host: str) -> bool:
    """Whether the host is one of the domains or below one."""
    labels = host.split(".")
    return any(".".join(labels[start:]) in domains for start in range(len(labels)))


def _by_pattern(pattern: Pattern, text: str) -> str:
    if pattern.action == MASK:
        return pattern.expression.sub(lambda found: _MASK * len(found.group()), text)
    if pattern.expression.search(text):
        raise _refusal(pattern.name)
    return text


def _by_words(words: Mapping[str, str], text: str) -> str:
    def said(found: re.Match[str]) -> str:
        action = words.get(fold_word(found[0]))
        if action == REFUSE:
            raise _refusal("words")
        return found[0] if action is None else _MASK * len(found[0])

    return _WORD.sub(said, text)


# Reading rules


def read_rules(kept: Mapping[str, Any]) -> ContentRules | None:
    """The rules of a tenant's row; None without any. What cannot be read, as after an edit by hand, refuses
    everything rather than nothing."""
    if not kept:
        return None
    try:
        return make_rules(kept)
    except (InvalidRule, KeyError, TypeError, AttributeError, ImportError) as error:
        log.warning("content.unreadable_rules", error=str(error))
        return ContentRules({}, broken=True)


def make_rules(kept: Mapping[str, Any]) -> ContentRules | None:
    """Rules from a RulesDict; None where they would change nothing. Raises InvalidRule."""
    rules = ContentRules(
        words=_made_words(kept.get("words", [])),
        patterns=[_made_pattern(place, **given) for place, given in enumerate(kept.get("patterns", []))],
        links=_one_of("links", kept.get("links", ANY_LINK), ANY_LINK, SOME_LINKS, NO_LINK),
        domains=frozenset(_made_domain(place, given) for place, given in enumerate(kept.get("domains", []))),
    )
    return rules if rules.words or rules.patterns or rules.links != ANY_LINK else None


def _made_words(given: Sequence[Mapping[str, str]]) -> dict[str, str]:
    words = {}
    for place, rule in enumerate(given):
        word = fold_word(rule["word"])
        if not _WORD.fullmatch(word):
            raise InvalidRule(f"words.{place}.word", "not_one_word")
        words[word] = _one_of(f"words.{place}.action", rule["action"], REFUSE, MASK)
    return words


def _made_pattern(place: int, name: str, pattern: str, action: str) -> Pattern:
    _one_of(f"patterns.{place}.action", action, REFUSE, MASK)
    return Pattern(name, _compiled(f"patterns.{place}.pattern", pattern), action)


def _compiled(field: str, pattern: str) -> Expression:
    import re2  # type: ignore[import-not-found,import-untyped,unused-ignore]  # loaded where there are patterns

    options = re2.Options()
    options.max_mem = _MOST_PROGRAM_BYTES
    options.log_errors = False
    try:
        expression: Expression = re2.compile(pattern, options)
    except re2.error:
        raise InvalidRule(field, "not_a_pattern") from None
    if expression.search(""):
        raise InvalidRule(field, "matches_nothing")
    return expression


def _made_domain(place: int, given: str) -> str:
    domain = fold_domain(given)
    if not _DOMAIN.fullmatch(domain):
        raise InvalidRule(f"domains.{place}", "not_a_domain")
    return domain


def _one_of(field: str, given: str, *allowed: str) -> str:
    if given not in allowed:
        raise InvalidRule(field, "unknown")
    return given


def fold_word(word: str) -> str:
    """A word as it is compared: without case, invisible characters and differences of form (Unicode's NFKC)."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", _INVISIBLE.sub("", word)).casefold())


def fold_domain(domain: str) -> str:
    """A host as it is compared: lower case, every kind of dot a dot (UTS 46), without the root's."""
    return unicodedata.normalize("NFKC", domain).replace("。", ".").casefold().strip(".")
