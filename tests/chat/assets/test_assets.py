"""What browsers load is small, whole, kept for ever, and for pages of every origin."""

from __future__ import annotations

import gzip
import os
import platform
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

import pytest
from django.conf import settings

from chat.assets import bundle as assets
from chat.assets.bundle import Bundle, asset, bundle
from tests.support.cast import Tenancy
from tests.support.http import Answer, Client
from tests.support.node import node
from tests.support.server import LiveServer

WIDGET_BUDGET = 60 << 10
SDK_BUDGET = 12 << 10


where_minified = pytest.mark.skipif(
    (sys.platform, platform.machine()) == ("darwin", "arm64"),
    reason="the minifier has no wheel for Macs with Apple's processors",
)


@where_minified
def test_the_widget_with_sdk_and_one_language_keeps_to_its_budget() -> None:
    assert len(bundle().assets["sdk/client.js"].gzipped) <= SDK_BUDGET
    assert len(bundle().assets["widget/embed.js"].gzipped) <= WIDGET_BUDGET


@where_minified
def test_a_script_keeps_nothing_that_only_its_readers_need() -> None:
    assert "/**" not in bundle().assets["sdk/client.js"].body.decode()


def test_every_module_is_still_one_after_it_was_made_small(tmp_path: Path) -> None:
    program = node()
    modules = {name: each for name, each in bundle().assets.items() if name.endswith(".js")}
    names = []
    for name, each in modules.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(each.body)
        names.append(str(file))
    (tmp_path / "package.json").write_text('{"type": "module"}')
    check = (
        "import { SourceTextModule } from 'node:vm'; import { readFileSync } from 'node:fs';"
        "for (const file of process.argv.slice(1)) {"
        " try { new SourceTextModule(readFileSync(file, 'utf8'), { identifier: file }); }"
        " catch (error) { console.error(file, error.message); process.exitCode = 1; } }"
    )
    flags = ["--experimental-vm-modules", "--no-warnings", "--input-type=module", "--eval", check]
    ran = subprocess.run([program, *flags, *names], capture_output=True, text=True, timeout=60)
    assert (ran.returncode, ran.stderr) == (0, "")


@where_minified
def test_components_styles_are_made_small_too(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text("export default css`\n  :host { color: red; }\n\n  p { margin: 0 auto; }\n`;")
    (tmp_path / "b.js").write_text("export const b = css`:host { color: ${colour}; }`;")
    (tmp_path / "types.js").write_text("/** @typedef {number} Seq */\nexport {};\n")
    small = Bundle({"x": tmp_path}).assets
    assert small["x/a.js"].body == b"export default css`:host{color:red}p{margin:0 auto}`"
    assert b"`:host { color: ${colour}; }`" in small["x/b.js"].body
    assert small["x/types.js"].body == b"export{}"


@where_minified
def test_a_component_s_styles_are_a_style_sheet_of_their_own_too(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text("export default css`\n  .button { color: red; }\n`;")
    small = Bundle({"x": tmp_path}, sheets={"x/a.css": "x/a.js"}).assets["x/a.css"]
    assert (small.content_type, small.body) == ("text/css; charset=utf-8", b".button{color:red}")
    (tmp_path / "a.js").write_text("export default css`a { color: ${colour}; }`;")
    with pytest.raises(ValueError, match="unpack"):
        Bundle({"x": tmp_path}, sheets={"x/a.css": "x/a.js"})


def test_a_small_module_does_what_the_written_one_does(tmp_path: Path) -> None:
    """Nested templates, private fields, regular expressions, imports: as one program, before and after."""
    program = node()
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "lazy.js").write_text("export default `a  ${1 + 1}  // b`;")
    (tmp_path / "main.js").write_text(_PROGRAM)
    written = subprocess.run([program, tmp_path / "main.js"], capture_output=True, text=True, check=True).stdout
    for name, each in Bundle({"x": tmp_path}).assets.items():
        (tmp_path / Path(name).name).write_bytes(each.body)
    small = subprocess.run([program, tmp_path / "main.js"], capture_output=True, text=True, check=True).stdout
    assert small == written != ""


_PROGRAM = r"""
const html = (strings, ...values) => strings.raw.map((each, place) => each + (values[place] ?? "")).join("");
class Counter {
  #count = 0;
  static #made = 0;
  static { Counter.label = "counter"; }
  constructor() { Counter.#made += 1; }
  get #next() { return ++this.#count; }
  static is(value) { return #count in value; }
  up(list = [1, 2]) {
    // a comment with `ticks` and "quotes"
    const row = (each) => html`<b>  /* kept */ ${each ? `${each}  ` : ""}</b>`;
    return html`<p title="a  // no comment">  ${list.map((each) => html`<i>${row(each)}</i>`)} ${this.#next}</p>`;
  }
}
const made = new Counter();
console.log(made.up(), made.up([]), Counter.is(made), Counter.is({}), Counter.label);
console.log("a/b//c".replace(/\/\/[^"'`/]/g, "`"), 4 / 2 / 1, "line\
 goes on", /[/]\/"/.test('x/"'), 0.1 + 0.2, 1_000_000, "\u2028".length);
const { default: lazy } = await import(`./${"lazy"}.js`);
console.log(lazy, lazy?.nothing ?? "none", typeof globalThis.lazy);
function ordered(given) {
  const now = given();
  const { until = Infinity, since = now / 10 } = { until: 3, ...(now ? {} : null) };
  const [{ first }] = (now && [{ first: now }]) ?? [{}];
  return [now, until, since, first];
}
console.log(...ordered(() => 40));
label: for (const one of [1, 2]) { for (;;) { if (one) continue label; } }
async function* counted() { yield* [1, 2]; }
for await (const each of counted()) console.log(each, each ** 2 ** 2, -(each ** 2));
"""


def test_an_asset_is_kept_for_ever_and_by_everyone(live: LiveServer, acme: Tenancy) -> None:
    path = asset("widget/embed.js")
    for host in (acme.host, "localhost"):
        client = Client(live, host)
        plain = client.get(path)
        packed = client.get(path, **{"Accept-Encoding": "br;q=1.0, gzip;q=0.8"})
        assert plain.body == gzip.decompress(packed.body) == bundle().assets["widget/embed.js"].body
        assert packed.headers["Content-Encoding"] == "gzip"
        assert "Content-Encoding" not in plain.headers
        assert plain.headers["ETag"] != packed.headers["ETag"]
        for answer in (plain, packed):
            assert answer.status == 200
            assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
            assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
            assert answer.headers["Vary"] == "Accept-Encoding"
            assert "Set-Cookie" not in answer.headers
            _is_for_every_origin(answer)
    refused = Client(live, acme.host).get(path, **{"Accept-Encoding": "gzip;q=0, identity"})
    assert "Content-Encoding" not in refused.headers


def _is_for_every_origin(answer: Answer) -> None:
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_styles_and_pictures_have_their_types(live: LiveServer, acme: Tenancy) -> None:
    client = Client(live, acme.host)
    assert client.get(asset("hosted/app.css")).headers["Content-Type"] == "text/css; charset=utf-8"
    assert client.get(asset("hosted/parley.svg")).headers["Content-Type"] == "image/svg+xml"
    icon = client.get("/favicon.ico")
    assert (icon.status, icon.headers["Location"]) == (302, asset("hosted/parley.svg"))


def test_who_has_it_is_not_sent_it_again(live: LiveServer, acme: Tenancy) -> None:
    client = Client(live, acme.host)
    path = asset("sdk/client.js")
    first = client.get(path)
    again = client.get(path, **{"If-None-Match": first.headers["ETag"]})
    assert (again.status, again.body) == (304, b"")
    assert again.headers["Cache-Control"] == first.headers["Cache-Control"]
    _is_for_every_origin(again)
    head = client.ask("HEAD", path)
    assert (head.status, head.body, head.headers["Content-Length"]) == (200, b"", str(len(first.body)))
    assert client.post(path).status == 405


def test_a_page_of_another_version_is_served_and_does_not_keep_it(live: LiveServer, acme: Tenancy) -> None:
    answer = Client(live, acme.host).get("/assets/0123456789/sdk/client.js")
    assert (answer.status, answer.headers["Cache-Control"]) == (200, "public, max-age=60")
    assert answer.body == bundle().assets["sdk/client.js"].body


@pytest.mark.parametrize(
    "path",
    [
        "/assets/",
        "/assets/{version}",
        "/assets/{version}/",
        "/assets/{version}/sdk",
        "/assets/{version}/sdk/",
        "/assets/{version}/sdk/nothing.js",
        "/assets/{version}/sdk/package.json",
        "/assets/{version}/sdk/../sdk/client.js",
        "/assets/{version}/../../settings.py",
        "/assets/{version}/sdk/%2e%2e/%2e%2e/assets/bundle.py",
        "/assets/{version}//etc/passwd",
        "/assets/{version}/sdk/client.js%00",
        "/assets/{version}/sdk/client.js/",
        "/static/sdk/client.js",
        "/static/hosted/tokens.css",
    ],
)
def test_nothing_else_is_there(live: LiveServer, acme: Tenancy, path: str) -> None:
    answer = Client(live, acme.host).get(path.format(version=bundle().version))
    assert answer.status == 404
    assert "public" not in answer.headers.get("Cache-Control", "")


def test_the_version_names_all_contents(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text("export const a = 1;")
    (tmp_path / "notes.txt").write_text("for us")
    first = Bundle({"x": tmp_path})
    (tmp_path / "notes.txt").write_text("for us alone")
    (tmp_path / "a.js").write_text("export const a = 1; // one")
    assert Bundle({"x": tmp_path}).version == first.version
    (tmp_path / "a.js").write_text("export const a = 2;")
    second = Bundle({"x": tmp_path})
    assert second.version != first.version
    assert second.url("x/a.js") == f"/assets/{second.version}/x/a.js"
    with pytest.raises(KeyError):
        second.url("x/notes.txt")


@pytest.mark.parametrize(("debug", "seen"), [(True, b"2"), (False, b"1")])
def test_while_debugging_a_change_is_seen_at_the_next_request(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, debug: bool, seen: bytes
) -> None:
    monkeypatch.setattr(settings, "DEBUG", debug)
    monkeypatch.setattr(assets, "_FOLDERS", {"x": tmp_path})
    monkeypatch.setattr(assets, "_ENTRIES", {})
    monkeypatch.setattr(assets, "_SHEETS", {})
    monkeypatch.setattr(assets, "_bundle", lru_cache(maxsize=1)(assets._bundle.__wrapped__))
    module = tmp_path / "a.js"
    module.write_text("export const a = 1;")
    os.utime(module, (1, 1))
    before = bundle()
    assert bundle() is before
    module.write_text("export const a = 2;")
    assert seen in bundle().assets["x/a.js"].body
