"""Images are never kept as they came: they are decoded and drawn anew, so that nothing but their pixels comes through.
EXIF (with its GPS), comments, profiles, and whatever else was hidden in the file stay behind.

Decoding is work for a thread, of which a process has one: fifty million pixels take 200 MB.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from io import BytesIO
from typing import IO, Any
from weakref import WeakValueDictionary

import blurhash  # type: ignore[import-untyped]
import structlog
from PIL import Image, ImageCms, ImageOps, ImageSequence

from chat.files.media_types import MediaType
from kit.errors import FILE_REFUSED, ParleyError

log = structlog.get_logger(__name__)

MOST_PIXELS = 50_000_000
"""Of all frames together; judged before anything is decoded."""
MOST_FRAMES = 500
_THUMBNAIL = (512, 512)
_BLUR = (32, 32)
_DEFAULT_DURATION = 100  # ms

_FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/gif": "GIF", "image/webp": "WEBP"}
_ANIMATED = {"GIF", "WEBP"}
_OPTIONS: dict[str, dict[str, Any]] = {"JPEG": {"quality": 88}, "WEBP": {"quality": 88, "method": 2}}
_SRGB = ImageCms.createProfile("sRGB")
_artist = ThreadPoolExecutor(1, thread_name_prefix="images")
_turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()


@dataclass(frozen=True, slots=True)
class Picture:
    """``content`` is the image drawn anew, in the format that it had; ``thumbnail`` is WebP, 512 pixels at most.
    ``blurhash`` stands in for it while it loads (https://blurha.sh)."""

    content: IO[bytes]
    width: int
    height: int
    thumbnail: bytes
    blurhash: str


async def redrawn(file: IO[bytes], media_type: MediaType, schema: str) -> Picture:
    """A tenant has one image drawn at a time, so that nobody waits for more than one of a busy neighbour's.

    Raises ParleyError ``file_refused`` for what is broken, too large, or no image at all.
    """
    async with _turns.setdefault(schema, asyncio.Lock()):
        return await asyncio.get_running_loop().run_in_executor(_artist, _redraw, file, _FORMATS[media_type.name])


def _redraw(file: IO[bytes], image_format: str) -> Picture:
    try:
        with Image.open(file, formats=[image_format]) as image:
            _check_pixels(image, 1)
            if image_format in _ANIMATED and getattr(image, "is_animated", False):
                return _animation(image, image_format)
            return _still(image, image_format)
    except ParleyError:
        raise
    except Exception as error:  # noqa: BLE001 - decoders fail in many ways, most of which are the file's fault
        log.warning("images.unreadable", format=image_format, error=type(error).__name__)
        raise ParleyError(FILE_REFUSED, "The image cannot be read.") from None


def _check_pixels(image: Image.Image, frames: int) -> None:
    if frames > MOST_FRAMES:
        raise ParleyError(FILE_REFUSED, f"The image has more than {MOST_FRAMES} frames.")
    if image.width * image.height * frames > MOST_PIXELS:
        raise ParleyError(FILE_REFUSED, f"The image has more than {MOST_PIXELS:,} pixels.")


def _still(image: Image.Image, image_format: str) -> Picture:
    upright = ImageOps.exif_transpose(image)
    return _picture([_pixels(_in_srgb(upright))], image_format)


def _animation(image: Image.Image, image_format: str) -> Picture:
    frames: list[Image.Image] = []
    durations: list[float] = []
    for frame in ImageSequence.Iterator(image):
        _check_pixels(image, len(frames) + 1)
        frames.append(_pixels(frame))
        durations.append(frame.info.get("duration", _DEFAULT_DURATION))
    options: dict[str, Any] = {"duration": durations}
    if "loop" in image.info:
        options["loop"] = image.info["loop"]
    if image_format == "GIF" and any(frame.mode == "RGBA" for frame in frames):
        options["disposal"] = 2  # to the background: what was opaque can become transparent
    return _picture(frames, image_format, options)


def _in_srgb(image: Image.Image) -> Image.Image:
    """The colours as its profile means them; a profile that does not fit its pixels is passed over."""
    profile = image.info.get("icc_profile")
    if not profile:
        return image
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    try:
        meant = ImageCms.ImageCmsProfile(BytesIO(profile))
        return ImageCms.profileToProfile(image, meant, _SRGB, outputMode=mode) or image
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image


def _pixels(image: Image.Image) -> Image.Image:
    """A copy of the pixels alone, in RGB or RGBA of eight bits."""
    if image.mode.startswith("I"):  # sixteen bits of grey, which ``convert`` would clip
        image = image.convert("I").point(lambda value: value / 256).convert("L")
    bare = image.convert("RGBA" if image.has_transparency_data else "RGB")
    bare = bare.copy() if bare is image else bare
    bare.info = {}
    return bare


def _picture(frames: Sequence[Image.Image], image_format: str, options: dict[str, Any] | None = None) -> Picture:
    first, *others = frames
    content = tempfile.TemporaryFile()  # noqa: SIM115 - its taker closes it
    animation = {"save_all": True, "append_images": others, **(options or {})} if others else {}
    first.save(content, image_format, **_OPTIONS.get(image_format, {}), **animation)
    content.seek(0)
    small = first.copy()
    small.thumbnail(_THUMBNAIL)
    thumbnail = BytesIO()
    small.save(thumbnail, "WEBP", quality=80)
    return Picture(content, first.width, first.height, thumbnail.getvalue(), _blurred(small))


def _blurred(image: Image.Image) -> str:
    tiny = image.convert("RGB")
    tiny.thumbnail(_BLUR)
    return str(blurhash.encode(tiny, x_components=4, y_components=3))
