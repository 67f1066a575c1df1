"""Handing files in over HTTP, and files that were made to harm."""

from __future__ import annotations

import io
import json
import struct
import uuid
import zipfile
import zlib
from typing import Any
from urllib.parse import urlsplit

from PIL import Image

from tests.support.cast import Tenancy
from tests.support.http import Answer, Client
from tests.support.tables import change

_BOUNDARY = "a-boundary-that-no-file-holds"


def hand_in(
    client: Client, content: bytes, name: str = "file", content_type: str = "application/octet-stream", **fields: str
) -> Answer:
    """POST /uploads with one file. ``name`` goes into the header as it is, in UTF-8."""
    return client.ask("POST", "/api/v1/uploads", **multipart(("file", name, content_type, content), **fields))


def multipart(*files: tuple[str, str, str, bytes], **fields: str) -> dict[str, Any]:
    """``ask``'s arguments for a form (RFC 7578): files as (field, name, type, content), then fields."""
    parts = [
        f'Content-Disposition: form-data; name="{field}"; filename="{name}"\r\nContent-Type: {kind}\r\n\r\n'.encode()
        + content
        for field, name, kind, content in files
    ]
    parts += [
        f'Content-Disposition: form-data; name="{field}"\r\n\r\n{value}'.encode() for field, value in fields.items()
    ]
    body = b"".join(b"--" + _BOUNDARY.encode() + b"\r\n" + part + b"\r\n" for part in parts)
    return {
        "body": body + f"--{_BOUNDARY}--\r\n".encode(),
        "Content-Type": f"multipart/form-data; boundary={_BOUNDARY}",
    }


def links(client: Client, upload_id: str) -> dict[str, Any]:
    """GET /uploads/{id}; what it says."""
    answer = client.get(f"/api/v1/uploads/{upload_id}")
    assert answer.status == 200, answer.text
    found: dict[str, Any] = answer.json
    return found


def follow(client: Client, url: str, tenant: Tenancy | None = None, **headers: str) -> Answer:
    """GET a link as somebody without any credential, on its own host or on another tenant's."""
    stranger = Client(client.server, tenant.host if tenant else client.host)
    return stranger.get(urlsplit(url)._replace(scheme="", netloc="").geturl(), **headers)


def say_with(tenant: Tenancy, *upload_ids: str, user: str = "ann", room: str = "general") -> str:
    """A message with these attachments, put into the tables; its id there."""
    attachments = json.dumps([{"id": upload_id} for upload_id in upload_ids])
    message_id = str(uuid.uuid4())
    change(
        tenant,
        """
        WITH counted AS (UPDATE chat_room SET last_seq = last_seq + 1 WHERE id = %s RETURNING id, last_seq)
        INSERT INTO chat_message (id, room_id, seq, changed_seq, user_id, text, attachments)
        SELECT %s, id, last_seq, last_seq, %s, 'see', %s::jsonb FROM counted
        """,
        room,
        message_id,
        user,
        attachments,
    )
    return message_id


# Images


def image(
    image_format: str = "PNG",
    size: tuple[int, int] = (64, 48),
    mode: str = "RGB",
    colour: str | int = "red",
    **options: Any,
) -> bytes:
    written = io.BytesIO()
    Image.new(mode, size, colour).save(written, image_format, **options)
    return written.getvalue()


def photo_with_gps() -> bytes:
    """A JPEG that lies on its side and says where it was taken."""
    exif = Image.Exif()
    exif[0x0112] = 6  # orientation: to be turned by 90 degrees
    exif[0x010F] = "a camera"
    exif[0x8825] = {1: "N", 2: (52.0, 30.0, 15.0), 3: "E", 4: (13.0, 24.0, 10.0)}
    return image("JPEG", exif=exif, comment=b"taken at home")


def animation(image_format: str, frames: int = 3, size: tuple[int, int] = (20, 20)) -> bytes:
    first, *others = (Image.new("RGB", size, (index * 70 % 256, 80, 0)) for index in range(frames))
    written = io.BytesIO()
    first.save(written, image_format, save_all=True, append_images=others, duration=120, loop=0)
    return written.getvalue()


def pixel_bomb(side: int = 12_000) -> bytes:
    """A PNG of a few hundred kilobytes with ``side`` squared pixels."""
    lines = zlib.compress(b"\x00" * ((side // 8 + 1) * side), 9)
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", lines) + _chunk(b"IEND", b"")


LARGER_BOMBS = {
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x7f\xff\xff\xff\x7f\xff\xff\xff\x08\x06\x00\x00\x00": "PNG",
    b"RIFF\x1a\x00\x00\x00WEBPVP8L\x0e\x00\x00\x00/\xfe\xbf\xff\x0f\x07\x10\x11\xfd\x0fDD\xff\x03": "WEBP",
    b"GIF89a\xff\xff\xff\xff\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00\xff\xff\xff\xff\x00\x02": "GIF",
}
"""A few bytes that promise 268 million pixels and more."""


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


# Files that are two things, or pretend to be another

SCRIPT = b"alert(document.domain)"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>' + SCRIPT + b"</script></svg>"
HTML = b"<!doctype html><script>" + SCRIPT + b"</script>"


def gif_that_is_javascript() -> bytes:
    """Its size in pixels is the beginning of a comment that ends behind the image: GIF89a/*...*/=1;alert()."""
    made = bytearray(image("GIF", (0x2A2F, 1)))
    return bytes(made) + b"*/=1;" + SCRIPT


def png_with_html_behind() -> bytes:
    return image() + HTML


def zip_bomb() -> bytes:
    """Ten megabytes of nothing in ten kilobytes."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", b"\x00" * (10 << 20))
        archive.writestr("../../etc/passwd", b"root")
    return written.getvalue()
