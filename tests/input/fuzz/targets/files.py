"""What somebody hands in: a name, and bytes that may be an image; drawn anew, or refused."""

from __future__ import annotations

from io import BytesIO
from unittest import mock

from chat.files import images
from chat.files.media_types import MEDIA_TYPES, media_type_of
from chat.files.names import clean_name, with_suffix
from kit.errors import FILE_REFUSED, ParleyError
from tests.input.hostile import ODD_TEXTS
from tests.support.uploads import LARGER_BOMBS, SVG, animation, gif_that_is_javascript, image, png_with_html_behind

_SMALL = (8, 6)
_MOST_PIXELS = 1_000_000
"""Of the images here. One of fifty million, which is the most, keeps the thread that draws busy for seconds."""
SEEDS = [
    *(f"{name}\n".encode() + image(name, _SMALL) for name in ("PNG", "JPEG", "GIF", "WEBP")),
    b"p.png\n" + image("PNG", _SMALL, "P", 3), b"l.png\n" + image("PNG", _SMALL, "LA", 3),
    b"i.png\n" + image("PNG", _SMALL, "I;16"),
    b"a.gif\n" + animation("GIF", 2, _SMALL), b"a.webp\n" + animation("WEBP", 2, _SMALL),
    b"x.svg\n" + SVG, b"x.gif\n" + gif_that_is_javascript(), b"x.png\n" + png_with_html_behind(),
    *(b"bomb\n" + bomb for bomb in LARGER_BOMBS), b"../../etc/passwd\nroot", b"\n", b"a.txt\nplain", b"con.\n\x00",
    *(text.encode(errors="surrogatepass") + b"\ntext" for text in ODD_TEXTS.values()),
]  # fmt: skip


def try_one(data: bytes) -> None:
    called, _, content = data.partition(b"\n")
    name = clean_name(called.decode(errors="replace"))
    assert 0 < len(name) <= 120
    assert not set(name) & set('/\\<>:"|?*\n\r\x00')
    try:
        media_type = media_type_of(BytesIO(content), name)
        assert MEDIA_TYPES[media_type.name] is media_type
        assert len(with_suffix(name, media_type)) <= 120
        if media_type.is_image:
            with mock.patch.object(images, "MOST_PIXELS", _MOST_PIXELS):
                drawn = images._redraw(BytesIO(content), images._FORMATS[media_type.name])
            assert 0 < drawn.width * drawn.height <= _MOST_PIXELS
    except ParleyError as refused:
        assert refused.code is FILE_REFUSED
