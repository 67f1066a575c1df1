"""Scripts and styles without what only their readers need.

tdewolff's minifier knows JavaScript's grammar, nested template literals included, over which minifiers by pattern
stumble. It has no wheel for Macs with Apple's processors: there they are served as they are.
"""

from __future__ import annotations

import re

try:
    from minify import string as _minify
except ImportError:

    def _minify(mediatype: str, string: str) -> str:
        return string


_STYLES = re.compile(r"(\bcss`)([^`$\\]*)(`)")
"""A component's styles, which are a style sheet in a template literal."""
_BARE_EXPORT = re.compile(r"(^|;)export$")
"""What it leaves of ``export {};``, by which a file without other exports says that it is a module."""


_MISREAD = re.compile(r"\b(?:const|let|var)\s+[{\[][^=;]*=\s*[({]")
"""A destructuring whose source begins with a bracket: tdewolff 2.24 does not see what that reads, and may put it before
the declaration of what it reads."""


class CannotMinify(ValueError):
    """A script is written in a way that the minifier is known to get wrong; says which line."""


def minified(content_type: str, text: str) -> str:
    """Raises CannotMinify, and minify.MinifyError for what is no such script or style."""
    if found := _MISREAD.search(text):
        raise CannotMinify(found[0])
    small: str = _minify(content_type.partition(";")[0], text)
    if not content_type.startswith("text/javascript"):
        return small
    return _BARE_EXPORT.sub(r"\1export{}", _STYLES.sub(_with_small_styles, small))


def _with_small_styles(found: re.Match[str]) -> str:
    return f"{found[1]}{_minify('text/css', found[2])}{found[3]}"
