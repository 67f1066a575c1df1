"""Modules joined into few scripts, so that a page needs one request where there are a hundred modules.

A module becomes a function that is called once, after those of the modules that it imports, and returns what it
exports. What is imported later, by ``import("./panel.js")``, becomes a script of its own; it takes from the first
script what that has, and from one beside it, ``….shared.js``, what several of the later ones need.

Our modules are written so that lines tell their imports and exports (ECMAScript 2024, 16.2): one statement each, at the
beginning of a line, no ``export let``, no cycle. Whatever else is met is refused: a script is joined rightly or not at
all.
"""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache

_IMPORT = re.compile(r'^import (?:(?P<what>[^"\';]+?) from )?"(?P<path>\.[^"]+)";$', re.MULTILINE)
_EXPORT = re.compile(
    r"^export (?:(?P<default>default )|(?P<keyword>async function|function|class|const) (?P<name>[\w$]+))", re.MULTILINE
)
_EXPORT_LIST = re.compile(r'(?:^|(?<=;))export ?\{(?P<names>[^}]*)\}(?: from "(?P<path>\.[^"]+)")?;?$', re.MULTILINE)
_LATER = re.compile(r'\bimport\("(?P<path>\.[^"]+)"\)(?!\.[A-Z])')
"""A type in a comment, ``import("./client.js").Parley``, is none."""
_NOT_JOINED = re.compile(r"^(?:import|export)\b.*|\bimport\.meta\b", re.MULTILINE)


class CannotJoin(ValueError):
    """A module is not written in the way that is understood here; says which, and what."""


def joined(entry: str, modules: Mapping[str, str], others: Sequence[str] = ()) -> dict[str, str]:
    """The scripts that the module ``entry``, all that it imports and all that is imported later become, by the paths
    under which they find each other. ``others`` are modules that pages import beside it; ``modules``: scripts by path.
    Raises CannotJoin."""
    graph = _Graph(modules)
    scripts = _divided(graph, entry, others)
    home = {module: script for script, parts in scripts.items() for module in parts}
    borrowed = {script: graph.needs(script, parts, home) for script, parts in scripts.items()}
    lent = {each for some in borrowed.values() for each in some}
    return {
        script: "\n".join(_lines(graph, script, parts, borrowed[script], home, lent))
        for script, parts in scripts.items()
    }


def _divided(graph: _Graph, entry: str, others: Sequence[str]) -> dict[str, list[str]]:
    """Which modules each script is made of, in the order in which they run."""
    first = graph.closure([entry])
    later = {path: [each for each in graph.closure([path]) if each not in first] for path in graph.later(entry, others)}
    times = Counter(each for closure in later.values() for each in closure)
    shared = [each for each in graph.closure(times) if times[each] > 1]
    return {
        entry: first,
        **({f"{posixpath.splitext(entry)[0]}.shared.js": shared} if shared else {}),
        **{path: [each for each in closure if times[each] == 1] for path, closure in later.items()},
    }


def _lines(
    graph: _Graph, script: str, parts: Sequence[str], borrowed: Sequence[str], home: Mapping[str, str], lent: set[str]
) -> Iterator[str]:
    """All of it stands in one function, whose names a minifier may shorten."""
    sources = list(dict.fromkeys(home[each] for each in borrowed))
    for number, source in enumerate(sources):
        yield f'import {{ $modules as $from{number} }} from "{_relative(source, script)}";'
    yield "const $script = (() => {"
    for number, source in enumerate(sources):
        names = ", ".join(_variable(each) for each in borrowed if home[each] == source)
        yield f"const {{ {names} }} = $from{number};"
    yield from (graph.part(each, script) for each in parts)
    exported = graph.exports(script) if script in home else []
    given = [_variable(each) for each in parts if each in lent]
    returned = [f"{name}: {_variable(script)}.{name}" for name in exported]
    returned += [f"$modules: {{ {', '.join(given)} }}"] if given else []
    yield f"return {{ {', '.join(returned)} }};"
    yield "})();"
    names = ", ".join([name for name in exported if name != "default"] + ["$modules"] * bool(given))
    if names:
        yield f"export const {{ {names} }} = $script;"
    if "default" in exported:
        yield "export default $script.default;"


class _Graph:
    """Modules by path, and what each of them imports, which is looked for once."""

    def __init__(self, modules: Mapping[str, str]) -> None:
        self.modules = modules
        self._imports_of = cache(self._find_imports)
        self._later_of = cache(self._find_later)

    def closure(self, paths: Iterable[str]) -> list[str]:
        """These and all that they import, in the order in which they run."""
        found: dict[str, None] = {}
        for path in paths:
            self._walk(path, found, [])
        return list(found)

    def _walk(self, path: str, found: dict[str, None], way: list[str]) -> None:
        if path in way:
            raise CannotJoin(f"{path} imports itself by way of {' and '.join(way)}")
        if path not in found:
            for each in self._imports_of(path):
                self._walk(each, found, [*way, path])
            found[path] = None

    def _find_imports(self, path: str) -> list[str]:
        script = self._script(path)
        statements = [*_IMPORT.finditer(script), *_EXPORT_LIST.finditer(script)]
        return [_at(path, each["path"]) for each in statements if each["path"]]

    def needs(self, script: str, parts: Sequence[str], home: Mapping[str, str]) -> list[str]:
        """The modules in other scripts from which this one takes something."""
        used = [each for path in parts for each in self._imports_of(path)] + ([script] if script in home else [])
        return [each for each in dict.fromkeys(used) if home[each] != script]

    def later(self, entry: str, others: Sequence[str]) -> list[str]:
        """The others, and what is imported later, by any of these or by what was imported later itself."""
        found = [*others]
        for path in self.closure([entry]):
            found += [each for each in self._later_of(path) if each not in found]
        for path in found:  # grows while it is walked
            for inner in self.closure([path]):
                found += [each for each in self._later_of(inner) if each not in found]
        return found

    def _find_later(self, path: str) -> list[str]:
        return [_at(path, each["path"]) for each in _LATER.finditer(self._script(path))]

    def part(self, path: str, script_path: str) -> str:
        """A module as a part of the script that is served under ``script_path``."""
        names: list[str] = []
        script = _IMPORT.sub(lambda each: _taken(path, each), self._script(path))
        script = _EXPORT_LIST.sub(lambda each: _listed(path, each, names), script)
        script = _EXPORT.sub(lambda each: _declared(each, names), script)
        script = _LATER.sub(lambda each: f'import("{_relative(_at(path, each["path"]), script_path)}")', script)
        if left := _NOT_JOINED.search(script):
            raise CannotJoin(f"{path}: {left[0]}")
        return f"const {_variable(path)} = (() => {{\n{script}\nreturn {{ {', '.join(names)} }};\n}})();"

    def exports(self, path: str) -> list[str]:
        """The names under which the module at this path exports."""
        script = self._script(path)
        listed = [outer for each in _EXPORT_LIST.finditer(script) for _, outer in _names(each["names"])]
        return [*listed, *("default" if each["default"] else each["name"] for each in _EXPORT.finditer(script))]

    def _script(self, path: str) -> str:
        if path not in self.modules:
            raise CannotJoin(f"{path} is imported, and not there")
        return self.modules[path]


def _taken(path: str, statement: re.Match[str]) -> str:
    if not statement["what"]:
        return ""
    return f"const {_pattern(statement['what'])} = {_variable(_at(path, statement['path']))};"


def _listed(path: str, statement: re.Match[str], names: list[str]) -> str:
    source = f"{_variable(_at(path, statement['path']))}." if statement["path"] else ""
    names.extend(f"{outer}: {source}{inner}" for inner, outer in _names(statement["names"]))
    return ""


def _declared(statement: re.Match[str], names: list[str]) -> str:
    if statement["default"]:
        names.append("default: $default")
        return "const $default = "
    names.append(statement["name"])
    return f"{statement['keyword']} {statement['name']}"


def _pattern(what: str) -> str:
    """``a, { b as c }`` as ``{ default: a, b: c }``."""
    default, _, rest = what.partition("{")
    first = [f"default: {name}" for name in [default.strip(" ,\n")] if name]
    others = [f"{inner}: {outer}" for inner, outer in _names(rest.rstrip(" }\n"))]
    return f"{{ {', '.join([*first, *others])} }}"


def _names(listed: str) -> Iterator[tuple[str, str]]:
    """Of ``a, b as c``: (a, a), (b, c)."""
    for each in listed.split(","):
        if each.strip():
            inner, _, outer = each.strip().partition(" as ")
            yield inner, outer or inner


def _variable(path: str) -> str:
    return "$" + re.sub(r"\W", "_", path)


def _at(path: str, relative: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), relative))


def _relative(path: str, beside: str) -> str:
    relative = posixpath.relpath(path, posixpath.dirname(beside))
    return relative if relative.startswith(".") else f"./{relative}"
