"""Markdown: a small part of it becomes HTML, all else stays text, and nothing in it runs."""

from __future__ import annotations

import re
import time
import timeit
from dataclasses import replace
from typing import Any

import pytest

from chat.commands.wording import checked_text
from chat.markdown import render, targets
from kit.content import make_rules
from kit.errors import ParleyError
from tenants.records import TenantRecord
from tests.support.cast import Tenancy

REL = 'rel="noopener noreferrer nofollow ugc"'

RENDERED = {
    "**bold**": "<p><strong>bold</strong></p>",
    "*italic* _too_": "<p><em>italic</em> <em>too</em></p>",
    "~~gone~~": "<p><s>gone</s></p>",
    "`a < b`": "<p><code>a &lt; b</code></p>",
    "```py\nif a:\n  b\n```": "<pre><code>if a:\n  b\n</code></pre>",
    "- a\n- b": "<ul>\n<li>a</li>\n<li>b</li>\n</ul>",
    "3. a": '<ol start="3">\n<li>a</li>\n</ol>',
    "> so\n> it is": "<blockquote>\n<p>so<br>\nit is</p>\n</blockquote>",
    "[here](https://a.test/?b=1&c=2)": f'<p><a href="https://a.test/?b=1&amp;c=2" {REL}>here</a></p>',
    "[here](http://a.test 'title')": f'<p><a href="http://a.test" {REL}>here</a></p>',
    "<mailto:a@b.test>": f'<p><a href="mailto:a@b.test" {REL}>mailto:a@b.test</a></p>',
    "**a**\nb": "<p><strong>a</strong><br>\nb</p>",
    "see https://a.test/b_c_d?e=*f*#g.": (
        f'<p>see <a href="https://a.test/b_c_d?e=*f*#g" {REL}>https://a.test/b_c_d?e=*f*#g</a>.</p>'
    ),
    "(http://a.test), ok": f'<p>(<a href="http://a.test" {REL}>http://a.test</a>), ok</p>',
    "www.a.test/b": f'<p><a href="http://www.a.test/b" {REL}>www.a.test/b</a></p>',
    "Www.a.test!": f'<p><a href="http://Www.a.test" {REL}>Www.a.test</a>!</p>',
    "**https://a.test**": f'<p><strong><a href="https://a.test" {REL}>https://a.test</a></strong></p>',
    "[www.a.test](https://b.test)": f'<p><a href="https://b.test" {REL}>www.a.test</a></p>',
    "`https://a.test`": "<p><code>https://a.test</code></p>",
    "https://a.test readme.md": f'<p><a href="https://a.test" {REL}>https://a.test</a> readme.md</p>',
}

PLAIN = [
    "hi",
    "see you at 5. - or at 6",
    "snake_case_name",
    "2 * 3 * 4",
    "# no heading",
    "a\n\nb",
    "<b>no tag</b>",
    "[a]: /b\n[a]",
    "file.py, readme.md, a.test/b and ann@a.test",
    "mailto:ann@a.test ftp://a.test //a.test javascript://a.test",
    "awww. http: https:// www. awww.a.test WWW.A.TEST",
    "---",
    "a | b\n--|--\n1 | 2",
]

HOSTILE = [
    "[x](javascript:alert(1))",
    "[x](%01javascript:alert(1))",
    "[x](/admin/)",
    "[x](//a.test)",
    "[x](https:/admin/)",
    "[x](HTTP:admin)",
    "[x](JaVaScRiPt:alert(1)) **b**",
    "[x](&#106;avascript:alert(1)) **b**",
    "[x](java\tscript:alert(1)) **b**",
    "[x](data:text/html;base64,PHNjcmlwdD4=) **b**",
    "[x](vbscript:x) **b**",
    "<javascript:alert(1)> **b**",
    "![x](https://a.test/x.png)",
    "**<script>alert(1)</script>**",
    "**<img src=x onerror=alert(1)>**",
    "```<script>\nalert(1)\n```",
    '[x](https://a.test"onmouseover="alert(1))',
    '[x](<https://a.test" onclick=alert(1)>) **b**',
    "`</code><script>alert(1)</script>`",
    "> <svg/onload=alert(1)>",
    "**<a href='javascript:alert(1)'>x</a>**",
    "[<img src=x onerror=alert(1)>](https://a.test)",
    "**\x00<script>**",
    "https://a.test/<script>alert(1)</script>",
    'https://a.test/"onmouseover="alert(1)',
    "https://a.test/'><img src=x onerror=alert(1)>",
    "javascript://a.test/%0aalert(1) https://a.test",
    'www.a.test/"><svg/onload=alert(1)>',
]

HEAVY = {
    "brackets": "[" * 8_000,
    "stars": "*a **a " * 1_140,
    "links": "[a](" * 2_000,
    "quotes": "> " * 4_000,
    "lists": "- a\n" * 2_000,
    "ticks": "".join("`" * length + " " for length in range(1, 126)),
    "fences": "```\n" * 2_000,
    "tildes": "~~a" * 2_600,
    "starred lines": "* *a*\n" * 1_300,
    "URLs": "http://a " * 100,
    "names": "www.a " * 249,
    "schemes": ("a" * 75 + "://") * 100,
    "a long host": "http://" + "a-" * 4_000,
    "a long path": "http://a/" + "!" * 7_900,
    "quotes in a path": "http://a/" + "'\"" * 3_900,
    "a long user": "http://" + ":a" * 3_900 + "@",
    "a name of names": "www." * 249,
}


@pytest.mark.parametrize("text", RENDERED)
def test_this_much_is_rendered(text: str) -> None:
    assert render(text) == RENDERED[text]


@pytest.mark.parametrize("text", PLAIN)
def test_what_has_no_markup_has_no_html(text: str) -> None:
    assert render(text) is None


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_in_a_message_runs(text: str) -> None:
    html = render(text) or ""
    tags = re.findall(r"<[^>]*>", html)
    allowed = r"</?(?:strong|em|s|p|pre|code|blockquote|br|ul|ol|li|a)>|<ol start=\"\d+\">"
    link = rf'<a(?: href="(?:https?://|mailto:)[^"<>]*")? {REL}>'
    assert all(re.fullmatch(f"{allowed}|{link}", tag) for tag in tags), html


@pytest.mark.parametrize("text", HEAVY.values(), ids=HEAVY)
def test_no_text_keeps_the_others_waiting(text: str) -> None:
    began = time.process_time()
    render(text[:8_000])
    assert time.process_time() - began < 0.05


def test_a_plain_text_costs_next_to_nothing() -> None:
    """0.3 µs where the machine is idle; with markup it is a hundred times that."""
    text = "hi there, how are you? see you at 5, and bring the report"
    assert min(timeit.repeat(lambda: render(text), number=10_000, repeat=5)) / 10_000 < 2e-6


LEADING_AWAY = [
    "http://evil.test)@good.test",
    "http://evil.test)x.good.test",
    "[x](http://evil.test)x.good.test",
    "http://evil.test@evil.test@good.test",
    "http://evil.test@good.test_",
    "éhttp://evil.test",
    "_http://evil.test",
    "www.evil.test)@good.test",
]


@pytest.mark.parametrize("text", LEADING_AWAY)
def test_the_link_policy_judges_the_links_that_are_rendered(acme: Tenancy, text: str) -> None:
    def held(**rules: Any) -> TenantRecord:
        return replace(acme.record, content=make_rules(rules))

    assert "evil.test" in next(targets(render(text) or ""))
    for tenant in (held(links="domains", domains=["good.test"]), held(links="none")):
        with pytest.raises(ParleyError) as refusal:
            checked_text(tenant, text)
        assert list(refusal.value.errors) == [{"field": "text", "code": "links"}]
    for allowed in (text, "see https://www.good.test/a, or **www.good.test**"):
        assert checked_text(held(links="domains", domains=["good.test", "evil.test"]), allowed) == allowed
