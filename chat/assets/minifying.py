"""Scripts and styles without what only their readers need.

tdewolff's minifier knows JavaScript's grammar, nested template literals included, over which minifiers by pattern
stumble. From 2.24 on it puts a destructuring before the declaration of what that reads, so it is held below. It
has no wheel for Macs with Apple's processors: there they are served as they are.
"""

from __future__ import annotations

import re

_STYLES = re.compile(r"(\bcss`)([^`$\\]*)(`)")
"""A component's styles, which are a style sheet in a template literal."""
_BARE_EXPORT = re.compile(r"(^|;)export$")
"""What it leaves of ``export {};``, by which a file without other exports says that it is a module."""


def minified(content_type: str, text: str) -> str:
    """Raises minify.MinifyError for what is no such script or style."""
    small = _minify(content_type.partition(";")[0], text)
    if not content_type.startswith("text/javascript"):
        return small
    return _BARE_EXPORT.sub(r"\1export{}", _STYLES.sub(_with_small_styles, small))


def styles_of(script: str) -> str:
    """The style sheet of a component's module that has just one. Raises ValueError for others."""
    [(_, sheet, _)] = _STYLES.findall(script)
    return str(sheet)


def _with_small_styles(found: re.Match[str]) -> str:
    return f"{found[1]}{_minify('text/css', found[2])}{found[3]}"


def _minify(media_type: str, text: str) -> str:
    try:
        from minify import string  # not before it is needed: it starts threads of Go, which no fork has
    except ImportError:
        return text
    small: str = string(media_type, text)
    return small
