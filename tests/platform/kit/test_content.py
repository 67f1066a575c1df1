"""What may be said: words, patterns, links."""

from __future__ import annotations

import contextlib
import time
from typing import Any

import pytest

from kit.content import InvalidRule, check_content, make_rules, read_rules
from kit.errors import ParleyError


def _says(text: str, **rules: Any) -> str:
    """The text as it may be said under the rules."""
    return check_content(make_rules(rules), text)


def _refusal(text: str, **rules: Any) -> str:
    """The rule that refuses the text."""
    with pytest.raises(ParleyError) as refused:
        _says(text, **rules)
    assert refused.value.code.name == "content_refused"
    [error] = refused.value.errors
    assert error["field"] == "text"
    return error["code"]


def _words(action: str, *words: str) -> list[dict[str, str]]:
    return [{"word": word, "action": action} for word in words]


def _pattern(pattern: str, action: str = "refuse") -> list[dict[str, str]]:
    return [{"name": "card", "pattern": pattern, "action": action}]


def test_without_rules_everything_may_be_said() -> None:
    assert check_content(None, "darn https://evil.test") == "darn https://evil.test"
    assert make_rules({}) is None
    assert make_rules({"words": [], "patterns": [], "links": "all", "domains": ["a.test"]}) is None


# Words


@pytest.mark.parametrize(
    "text",
    ["darn", "DARN", "Oh, darn!", "_darn_", "**darn**", "da\u200brn", "ｄａｒｎ", "well…darn", "a\ndarn\nb", "(darn)"],
)
def test_a_blocked_word_is_found_however_it_is_written(text: str) -> None:
    assert _refusal(text, words=_words("refuse", "Darn")) == "words"


@pytest.mark.parametrize("text", ["darning", "undarn", "d arn", "dar", "darn2", ""])
def test_only_whole_words_count(text: str) -> None:
    assert _says(text, words=_words("refuse", "darn")) == text


@pytest.mark.parametrize(
    ("word", "text"), [("straße", "STRASSE"), ("नमस्ते", "नमस्ते"), ("é", "e\u0301"), ("漢字", "漢字。")]
)
def test_words_of_every_script_can_be_blocked(word: str, text: str) -> None:
    assert _refusal(text, words=_words("refuse", word)) == "words"


def test_a_masked_word_keeps_its_place() -> None:
    rules = _words("mask", "darn", "heck")
    assert _says("Darn it, what the HECK. darning", words=rules) == "•••• it, what the ••••. darning"


def test_what_is_refused_wins_over_what_is_masked() -> None:
    rules = [*_words("mask", "darn"), *_words("refuse", "heck")]
    assert _refusal("darn heck", words=rules) == "words"


@pytest.mark.parametrize("word", ["", " ", "two words", "don't", "!", "\u200b"])
def test_a_rule_for_what_is_no_word_is_none(word: str) -> None:
    with pytest.raises(InvalidRule) as refused:
        make_rules({"words": _words("mask", "fine", word)})
    assert (refused.value.field, refused.value.code) == ("words.1.word", "not_one_word")


# Patterns


def test_a_pattern_refuses_under_its_own_name() -> None:
    assert _refusal("my card is 4111111111111111", patterns=_pattern(r"\b\d{16}\b")) == "card"
    assert _says("my card is secret", patterns=_pattern(r"\b\d{16}\b")) == "my card is secret"


def test_a_pattern_masks_what_it_finds() -> None:
    masked = _says("call 555-1234 or 555-9876 🐙", patterns=_pattern(r"\d{3}-\d{4}", "mask"))
    assert masked == "call •••••••• or •••••••• 🐙"


@pytest.mark.parametrize("pattern", [r"(a+)+$", r"(a|a)*b", r"(.*)*x", r"(x+x+)+y", r"(?:a?){300}a{300}"])
def test_no_pattern_holds_anybody_up(pattern: str) -> None:
    try:
        rules = make_rules({"patterns": _pattern(pattern)})
    except InvalidRule:
        return  # refused at once is quick, too
    started = time.perf_counter()
    for text in ("a" * 8_000 + "!", "x" * 8_000):
        with contextlib.suppress(ParleyError):
            check_content(rules, text)
    assert time.perf_counter() - started < 1.0


@pytest.mark.parametrize(
    ("pattern", "code"),
    [("(", "not_a_pattern"), (r"(a)\1", "not_a_pattern"), ("(?=a)", "not_a_pattern"), ("a*", "matches_nothing")],
)
def test_what_is_no_pattern_is_refused_as_a_rule(pattern: str, code: str) -> None:
    with pytest.raises(InvalidRule) as refused:
        make_rules({"patterns": _pattern(pattern)})
    assert (refused.value.field, refused.value.code) == ("patterns.0.pattern", code)


# Links


LINKS_ELSEWHERE = [
    "https://evil.test",
    "HTTP://EVIL.TEST/x",
    "see (https://evil.test/a)",
    "https://good.test@evil.test",
    "https://good.test:pw@evil.test/",
    "https://evil.test\\@good.test",
    "https:evil.test",
    "https:/\\evil.test",
    "https://good.test.evil.test",
    "https://notgood.test",
    "https://good.test'.evil.test",
    "https://evil。test",
    "https://e\u00advil.test",
    "https://good.test%2eevil.test",
    "www.evil.test",
    "ftp://evil.test",
    "custom+app://evil.test",
    "[x](//evil.test)",
    "[x]( <//evil.test>)",
    "[x]: //evil.test",
    "[x](https&colon;//evil.test)",
    "[x](https\\://evil.test)",
    "https://good.test and https://evil.test",
]


@pytest.mark.parametrize("text", LINKS_ELSEWHERE)
def test_a_link_elsewhere_is_refused(text: str) -> None:
    assert _refusal(text, links="domains", domains=["good.test"]) == "links"
    assert _refusal(text, links="none") == "links"


@pytest.mark.parametrize(
    "text",
    [
        "https://good.test",
        "https://GOOD.test:8443/a?b=https",
        "(see https://good.test).",
        "https://docs.good.test/x",
        "https://me@good.test",
        "[x](https://good.test/a)",
        "www.good.test",
        "https://good.test./",
        "**https://good.test**",
    ],
)
def test_a_link_to_an_allowed_domain_may_be_sent(text: str) -> None:
    assert _says(text, links="domains", domains=["Good.test"]) == text
    assert _refusal(text, links="none") == "links"


@pytest.mark.parametrize(
    "text", ["http is a protocol", "1//2", "a: b", "https:", "C:\\x", "10:30", "// note", "e.g.this"]
)
def test_what_is_no_link_is_not_taken_for_one(text: str) -> None:
    assert _says(text, links="none") == text


def test_mail_addresses_are_links_where_there_are_to_be_none() -> None:
    assert _refusal("mailto:ann@evil.test", links="none") == "links"


@pytest.mark.parametrize("domain", ["", "https://a.test", "a/b", "a b", "a:1", "u@a.test", "."])
def test_what_is_no_domain_is_refused_as_a_rule(domain: str) -> None:
    with pytest.raises(InvalidRule, match=r"domains\.0"):
        make_rules({"links": "domains", "domains": [domain]})


def test_looking_for_links_takes_no_longer_than_the_text() -> None:
    started = time.perf_counter()
    for text in ("a." * 20_000, "[" * 40_000, "(/" * 20_000, "https:" * 8_000, "\\" * 40_000):
        with contextlib.suppress(ParleyError):
            _says(text, links="domains", domains=["good.test"])
    assert time.perf_counter() - started < 1.0


# A row that was edited by hand


@pytest.mark.parametrize(
    "kept",
    [{"words": "darn"}, {"words": [{}]}, {"links": "some"}, {"patterns": [{"name": "x"}]}, {"domains": [1]}, [1]],
)
def test_rules_that_cannot_be_read_refuse_everything(kept: Any) -> None:
    with pytest.raises(ParleyError, match="unreadable"):
        check_content(read_rules(kept), "hello")
