"""Modules that are joined do what they did one by one."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from chat.assets.bundle import bundle
from chat.assets.joining import CannotJoin, joined
from tests.support.node import node

MODULES = {
    "app/main.js": """
import Default, { Named } from "./parts/kinds.js";
import {
  count,
  step as onwards,
} from "./counter.js";
import "./noise.js";
import { w as Vendored } from "../vendor/small.js";

export { count as times } from "./counter.js";
export { Default };

/** @typedef {import("./later.js").Later} Later */
export const started = [Default, Named.label, Vendored, onwards()];
export async function later() {
  const found = await Promise.all([import("./later.js"), import("./deep/other.js")]);
  return [found[0].default(), await found[1].other(), count(), found.map((each) => Object.keys(each).sort().join())];
}
""",
    "app/counter.js": """
let current = 0;
export function step() {
  return (current += 1);
}
export const count = () => current;
""",
    "app/parts/kinds.js": """
import { step } from "../counter.js";

step();
export class Named {
  static label = `a "${step()}" import { x } from './y'`;
}
export default 7;
""",
    "app/noise.js": 'globalThis.noise = (globalThis.noise ?? "") + "n";\nexport {};\n',
    "app/common.js": 'import "./noise.js";\n\nglobalThis.noise += "c";\nexport const common = {};\n',
    "app/later.js": """
import { common } from "./common.js";
import { step } from "./counter.js";

export default () => [step(), (common.seen = 1)];
""",
    "app/deep/other.js": """
import { common } from "../common.js";
import { step } from "../counter.js";

export async function other() {
  return [step(), common.seen, (await import("../deepest.js")).deepest];
}
""",
    "app/deepest.js": 'export const deepest = "deepest";\n',
    "vendor/small.js": "var a=1,b=a+1;export{b as w,a as v};\n",
}
PROGRAM = """
import { later, started, times, Default } from "./app/main.js";
console.log(JSON.stringify([started, Default, await later(), times(), globalThis.noise]));
"""


def test_joined_modules_do_what_they_did_one_by_one(tmp_path: Path) -> None:
    scripts = joined("app/main.js", MODULES)
    assert set(scripts) == {"app/main.js", "app/main.shared.js", "app/later.js", "app/deep/other.js", "app/deepest.js"}
    assert "common = {}" in scripts["app/main.shared.js"]
    told = _run(tmp_path / "joined", scripts)
    assert told == _run(tmp_path / "modules", MODULES)
    assert "deepest" in told
    assert '"nc"' in told  # each ran once


def _run(folder: Path, modules: dict[str, str]) -> str:
    for name, script in {**modules, "program.mjs": PROGRAM, "package.json": '{"type": "module"}'}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(script)
    ran = subprocess.run([node(), "program.mjs"], cwd=folder, capture_output=True, text=True, timeout=30)
    assert (ran.returncode, ran.stderr) == (0, "")
    return ran.stdout


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ('import { a } from "./missing.js";', "app/missing.js is imported, and not there"),
        ('import { a } from "lit";', 'app/x.js: import { a } from "lit";'),
        ('import "./y.js";', "app/x.js imports itself by way of app/x.js and app/y.js"),
        ("export let a = 1;", "app/x.js: export let a = 1;"),
        ("export const { a } = {};", "app/x.js: export const { a } = {};"),
        ('export * from "./y.js";', 'app/x.js: export * from "./y.js";'),
        ("const here = import.meta.url;", "app/x.js: import.meta"),
        ("import * as y from './y.js';", "app/x.js: import * as y from './y.js';"),
    ],
)
def test_what_is_not_understood_is_refused(script: str, why: str) -> None:
    with pytest.raises(CannotJoin) as refused:
        joined("app/x.js", {"app/x.js": script, "app/y.js": 'import "./x.js";'})
    assert str(refused.value) == why


def test_our_own_are_few_and_each_module_is_in_one_of_them() -> None:
    names = [name for name in bundle().assets if name.endswith(".js")]
    assert {"sdk/client.js", "widget/embed.js", "widget/embed.shared.js", "widget/strings/ar.js"} <= set(names)
    assert not [name for name in names if name.startswith("sdk/") and name != "sdk/client.js"]
    assert "widget/part.js" not in names
