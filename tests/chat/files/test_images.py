"""Images: drawn anew, so that only pixels come through."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageCms

from chat.files import images
from chat.files.images import Picture, redrawn
from chat.files.media_types import MEDIA_TYPES
from kit.errors import ParleyError
from tests.support import uploads

ONE_FORMAT = {"PNG": "image/png", "JPEG": "image/jpeg", "GIF": "image/gif", "WEBP": "image/webp"}


async def redraw(content: bytes, image_format: str = "PNG") -> Picture:
    return await redrawn(io.BytesIO(content), MEDIA_TYPES[ONE_FORMAT[image_format]], "t_test")


async def refusal(content: bytes, image_format: str = "PNG") -> str:
    with pytest.raises(ParleyError) as refused:
        await redraw(content, image_format)
    assert refused.value.code.name == "file_refused"
    return refused.value.detail


def opened(picture: Picture) -> Image.Image:
    image = Image.open(picture.content)
    image.load()
    return image


def all_bytes(picture: Picture) -> bytes:
    picture.content.seek(0)
    return picture.content.read() + picture.thumbnail


@pytest.mark.parametrize("image_format", ONE_FORMAT)
async def test_an_image_keeps_its_format_and_size(image_format: str) -> None:
    picture = await redraw(uploads.image(image_format, (1200, 800)), image_format)
    assert (picture.width, picture.height) == (1200, 800)
    image = opened(picture)
    assert (image.format, image.size) == (image_format, (1200, 800))
    red, green, blue = image.convert("RGB").getpixel((5, 5))  # type: ignore[misc]
    assert red > 240 > 20 > max(green, blue)
    assert not image.getexif()
    thumbnail = Image.open(io.BytesIO(picture.thumbnail))
    assert (thumbnail.format, thumbnail.size) == ("WEBP", (512, 341))
    assert len(picture.blurhash) == 28


async def test_where_a_photo_was_taken_is_forgotten_and_it_stands_upright() -> None:
    content = uploads.photo_with_gps()
    assert Image.open(io.BytesIO(content)).getexif().get_ifd(0x8825)
    picture = await redraw(content, "JPEG")
    assert (picture.width, picture.height) == (48, 64)
    image = opened(picture)
    assert not image.getexif()
    assert "comment" not in image.info
    for secret in (b"Exif", b"a camera", b"taken at home"):
        assert secret in content
        assert secret not in all_bytes(picture)


async def test_what_hides_behind_the_pixels_does_not_come_through() -> None:
    for content, image_format in (
        (uploads.gif_that_is_javascript(), "GIF"),
        (uploads.png_with_html_behind(), "PNG"),
        (uploads.image("PNG") + uploads.zip_bomb(), "PNG"),
        (uploads.image("JPEG", comment=uploads.HTML), "JPEG"),
        (uploads.image("WEBP", xmp=uploads.HTML), "WEBP"),
    ):
        picture = await redraw(content, image_format)
        assert uploads.SCRIPT not in all_bytes(picture)
        assert b"PK\x03\x04" not in all_bytes(picture)


@pytest.mark.parametrize("image_format", ["GIF", "WEBP"])
async def test_an_animation_keeps_moving(image_format: str) -> None:
    picture = await redraw(uploads.animation(image_format), image_format)
    image = opened(picture)
    assert (image.n_frames, image.info["loop"]) == (3, 0)  # type: ignore[attr-defined]
    assert image.info["duration"] == 120


async def test_too_many_frames_or_pixels_in_all_of_them_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    animation = uploads.animation("GIF", frames=9)
    monkeypatch.setattr(images, "MOST_FRAMES", 8)
    assert "more than 8 frames" in await refusal(animation, "GIF")
    monkeypatch.setattr(images, "MOST_FRAMES", 9)
    monkeypatch.setattr(images, "MOST_PIXELS", 9 * 20 * 20 - 1)
    assert "pixels" in await refusal(animation, "GIF")
    monkeypatch.setattr(images, "MOST_PIXELS", 9 * 20 * 20)
    assert (await redraw(animation, "GIF")).width == 20


async def test_a_pixel_bomb_is_refused_before_it_goes_off() -> None:
    for side in (7_072, 12_000):
        assert "more than 50,000,000 pixels" in await refusal(uploads.pixel_bomb(side))
    for bomb, image_format in uploads.LARGER_BOMBS.items():
        await refusal(bomb, image_format)


async def test_broken_images_and_other_things_are_refused() -> None:
    noise = io.BytesIO()
    Image.effect_noise((300, 300), 60).save(noise, "JPEG")
    whole = noise.getvalue()
    for content in (whole[: len(whole) // 2], whole[:40], b"\xff\xd8\xff", uploads.HTML, uploads.SVG):
        await refusal(content, "JPEG")
    for image_format in ONE_FORMAT:
        await refusal(uploads.image(image_format)[:-30], image_format)
    await refusal(uploads.image("PNG"), "JPEG")
    await refusal(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n")


@pytest.mark.parametrize(
    ("mode", "kept"),
    [("1", "RGB"), ("L", "RGB"), ("I;16", "RGB"), ("P", "RGB"), ("RGBA", "RGBA"), ("LA", "RGBA"), ("RGB", "RGB")],
)
async def test_every_kind_of_pixel_becomes_a_plain_one(mode: str, kept: str) -> None:
    assert opened(await redraw(uploads.image(mode=mode, colour=1))).mode == kept


async def test_sixteen_bits_of_grey_keep_their_shades() -> None:
    written = io.BytesIO()
    Image.new("I;16", (9, 9), 0x8000).save(written, "PNG")
    assert opened(await redraw(written.getvalue())).getpixel((0, 0)) == (128, 128, 128)


async def test_colours_are_brought_to_srgb_and_the_profile_is_dropped() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    for given in (ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(), profile, b"no profile" * 20):
        picture = await redraw(uploads.image("JPEG", icc_profile=given), "JPEG")
        assert "icc_profile" not in opened(picture).info


async def test_printers_colours_become_a_screens() -> None:
    written = io.BytesIO()
    Image.new("CMYK", (9, 9), (0, 255, 255, 0)).save(written, "JPEG")
    image = opened(await redraw(written.getvalue(), "JPEG"))
    assert image.mode == "RGB"
    assert image.getpixel((0, 0))[0] > 240  # type: ignore[index]
