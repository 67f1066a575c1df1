"""Handing files in: judged by their content, bounded, and harmless once they are kept."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support import uploads
from tests.support.cast import Tenancy
from tests.support.http import Client, as_server, as_user, csrf_token, with_session
from tests.support.server import LiveServer
from tests.support.tables import make_user, rows, set_limits
from tests.support.uploads import follow, hand_in, links, multipart

UPLOADS = "/api/v1/uploads"


def test_an_image_is_described_and_shown_to_whoever_handed_it_in(live: LiveServer, acme: Tenancy) -> None:
    ann = as_user(live, acme, "ann")
    answer = hand_in(ann, uploads.photo_with_gps(), "holiday.jpg", "text/html")
    assert answer.status == 201
    made = answer.json
    assert re.fullmatch(r"up_[a-z2-7]{16}", made["id"])
    assert (made["name"], made["type"], made["width"], made["height"]) == ("holiday.jpg", "image/jpeg", 48, 64)
    assert len(made["blurhash"]) == 28
    found = links(ann, made["id"])
    assert made.items() <= found.items()
    whole, thumbnail = follow(ann, found["url"]), follow(ann, found["thumbnail_url"])
    assert (len(whole.body), whole.headers["Content-Type"]) == (made["size"], "image/jpeg")
    assert b"Exif" not in whole.body + thumbnail.body
    assert thumbnail.headers["Content-Type"] == "image/webp"


def test_another_file_is_kept_byte_by_byte(live: LiveServer, acme: Tenancy) -> None:
    ann = as_user(live, acme, "ann")
    content = b"%PDF-1.7\n" + bytes(range(256)) * 4_000
    made = hand_in(ann, content, "a.pdf").json
    assert (made["type"], made["size"], made["blurhash"]) == ("application/pdf", len(content), None)
    found = links(ann, made["id"])
    assert found["thumbnail_url"] is None
    assert follow(ann, found["url"]).body == content


def test_handing_in_again_with_the_same_key_makes_one_upload(live: LiveServer, acme: Tenancy) -> None:
    ann = as_user(live, acme, "ann")
    ann.headers["Idempotency-Key"] = "k1"
    first, again = hand_in(ann, b"hello"), hand_in(ann, b"hello")
    assert (first.status, first.json) == (again.status, again.json)
    assert rows(acme, "SELECT id FROM chat_upload") == [(first.json["id"],)]


# Who


def test_the_server_names_whose_it_is(live: LiveServer, acme: Tenancy) -> None:
    make_user(acme, "ann")
    make_user(acme, "bob")
    server, ann, bob = as_server(live, acme), as_user(live, acme, "ann"), as_user(live, acme, "bob")
    its_own, of_ann = hand_in(server, b"hello").json["id"], hand_in(server, b"hello", user="ann").json["id"]
    of_bob = hand_in(bob, b"hello", user="ann").json["id"]
    owners = dict(rows(acme, "SELECT id, user_id FROM chat_upload"))
    assert owners == {its_own: None, of_ann: "ann", of_bob: "bob"}
    assert hand_in(server, b"hello", user="nobody").code == "user_not_found"
    assert links(server, of_ann)["id"] == links(ann, of_ann)["id"]
    assert {client.get(f"{UPLOADS}/{its_own}").status for client in (ann, bob)} == {404}
    assert ann.get(f"{UPLOADS}/{of_bob}").code == "upload_not_found"


def test_without_a_credential_nothing_is_taken(live: LiveServer, acme: Tenancy, globex: Tenancy) -> None:
    nobody = Client(live, acme.host)
    assert hand_in(nobody, b"hello").code == "token_missing"
    for headers in ({"Authorization": f"Bearer {globex.api_key}"}, as_user(live, globex, "mallory").headers):
        assert hand_in(Client(live, acme.host, headers), b"hello").code == "token_invalid"
    assert rows(acme, "SELECT id FROM chat_upload") == []


def test_a_session_needs_its_csrf_token(live: LiveServer, acme: Tenancy) -> None:
    dora = with_session(live, acme, acme.account("dora"))
    assert hand_in(dora, b"hello").code == "csrf_failed"
    token = csrf_token(dora.get("/").text)
    dora.headers["Origin"] = dora.origin
    assert hand_in(dora, b"hello", csrfmiddlewaretoken=token).status == 201
    dora.headers["X-CSRFToken"] = token
    assert hand_in(dora, b"hello").status == 201


# How much


def test_a_file_that_is_too_large_is_refused_while_it_is_read(live: LiveServer, acme: Tenancy) -> None:
    set_limits(acme, upload_bytes=100_000)
    ann = as_user(live, acme, "ann")
    assert hand_in(ann, b"a" * 100_000).status == 201
    answer = hand_in(ann, b"a" * 100_001)
    assert (answer.status, answer.code) == (413, "too_big")
    assert len(rows(acme, "SELECT id FROM chat_upload")) == 1


def test_all_files_together_take_what_the_plan_allows(live: LiveServer, acme: Tenancy) -> None:
    set_limits(acme, storage_bytes=1_000)
    ann = as_user(live, acme, "ann")
    assert [hand_in(ann, b"a" * 400).status for _ in range(3)] == [201, 201, 402]
    assert hand_in(ann, b"a" * 201).code == "plan_limit_reached"
    assert hand_in(ann, b"a" * 200).status == 201
    assert rows(acme, "SELECT used_bytes FROM chat_storageuse") == [(1_000,)]
    assert rows(acme, "SELECT sum(size) FROM chat_upload") == [(1_000,)]


def test_files_that_come_at_once_take_no_more_than_the_plan_allows(live: LiveServer, acme: Tenancy) -> None:
    set_limits(acme, storage_bytes=1_000)
    server = as_server(live, acme)
    with ThreadPoolExecutor(8) as crowd:
        statuses = list(crowd.map(lambda _: hand_in(server, b"a" * 400).status, range(8)))
    assert sorted(statuses) == [201] * 2 + [402] * 6
    assert rows(acme, "SELECT used_bytes FROM chat_storageuse") == [(800,)]


# What is no upload

TEXT = ("file", "a.txt", "text/plain", b"hello")
BAD_FORMS = {
    "no file": multipart(user="ann"),
    "two files": multipart(TEXT, TEXT),
    "two fields with files": multipart(TEXT, ("other", "b.txt", "text/plain", b"hello")),
    "another field": multipart(("picture", "a.txt", "text/plain", b"hello")),
    "a field that is no file": multipart(file="hello"),
    "JSON": {"json": {"file": "hello"}},
    "no boundary": {"body": b"hello", "Content-Type": "multipart/form-data"},
    "another boundary": {**multipart(TEXT), "Content-Type": "multipart/form-data; boundary=another"},
    "a thousand fields and more": multipart(TEXT, **{f"field{number}": "x" for number in range(1_001)}),
    "nothing": {"body": b""},
}


@pytest.mark.parametrize("form", BAD_FORMS.values(), ids=BAD_FORMS)
def test_a_form_without_its_one_file_is_refused(live: LiveServer, standing: Tenancy, form: dict[str, object]) -> None:
    answer = as_user(live, standing, "ann").ask("POST", UPLOADS, **form)  # type: ignore[arg-type]
    assert (answer.status, answer.code) == (422, "invalid"), answer.text
    assert rows(standing, "SELECT id FROM chat_upload") == []


def test_a_form_that_breaks_off_is_refused(live: LiveServer, acme: Tenancy) -> None:
    form = multipart(("file", "a.txt", "text/plain", b"hello" * 1_000))
    answer = as_user(live, acme, "ann").ask("POST", UPLOADS, **{**form, "body": form["body"][:200]})
    assert answer.status in (201, 422)  # what came is a file as well, and no more than that
    assert rows(acme, "SELECT size FROM chat_upload WHERE size > 200") == []


# Files that were made to harm

REFUSED = {
    "HTML behind a PNG's beginning": (b"\x89PNG\r\n\x1a\n" + uploads.HTML, "a.png"),
    "a pixel bomb": (uploads.pixel_bomb(), "a.png"),
    "half a photo": (uploads.image("JPEG", (400, 400))[:900], "a.jpg"),
    "a program": (b"MZ\x90\x00" + b"\x00" * 200, "a.png"),
    "nothing": (b"", "a.txt"),
    "a gzipped SVG": (b"\x1f\x8b\x08\x00" + b"\x00" * 20, "a.svgz"),
}
KEPT = {
    "SVG with a script": (uploads.SVG, "a.svg", "application/octet-stream"),
    "SVG that calls itself PNG": (uploads.SVG, "a.png", "application/octet-stream"),
    "HTML that calls itself PNG": (uploads.HTML, "a.png", "application/octet-stream"),
    "a script": (uploads.SCRIPT, "a.js", "application/octet-stream"),
    "a zip bomb": (uploads.zip_bomb(), "a.zip", "application/zip"),
    "a PDF with HTML in it": (b"%PDF-1.7\n" + uploads.HTML, "a.pdf", "application/pdf"),
    "HTML that calls itself text": (uploads.HTML, "a.txt", "text/plain"),
}
REDRAWN = {
    "GIF that is JavaScript": (uploads.gif_that_is_javascript(), "a.js", "image/gif"),
    "PNG with HTML behind": (uploads.png_with_html_behind(), "a.html", "image/png"),
    "JPEG with HTML in its comment": (uploads.image("JPEG", comment=uploads.HTML), "a.jpg", "image/jpeg"),
}


def test_what_is_broken_or_of_no_known_kind_is_refused(live: LiveServer, acme: Tenancy) -> None:
    ann = as_user(live, acme, "ann")
    for what, (content, name) in REFUSED.items():
        answer = hand_in(ann, content, name, "image/png")
        assert (answer.status, answer.code) == (422, "file_refused"), what
    assert rows(acme, "SELECT id FROM chat_upload") == []
    assert rows(acme, "SELECT sum(used_bytes) FROM chat_storageuse") == [(None,)]


def test_what_a_browser_might_run_is_for_saving_only(live: LiveServer, acme: Tenancy) -> None:
    ann = as_user(live, acme, "ann")
    for what, (content, name, kind) in KEPT.items():
        made = hand_in(ann, content, name, "text/html").json
        assert made["type"] == kind, what
        answer = follow(ann, links(ann, made["id"])["url"])
        assert answer.body == content
        assert answer.headers["Content-Type"] == kind
        assert answer.headers["Content-Disposition"].startswith("attachment; ")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"


def test_an_image_loses_all_but_its_pixels(live: LiveServer, acme: Tenancy) -> None:
    ann = as_user(live, acme, "ann")
    for what, (content, name, kind) in REDRAWN.items():
        made = hand_in(ann, content, name, "text/html").json
        answer = follow(ann, links(ann, made["id"])["url"])
        assert (made["type"], answer.headers["Content-Type"]) == (kind, kind), what
        assert uploads.SCRIPT in content
        assert uploads.SCRIPT not in answer.body


NAMES = {
    "../../etc/passwd.txt": "passwd.txt",
    "..\\\\..\\\\boot.txt": "boot.txt",
    "invoice\u202efdp.txt": "invoicefdp.txt",
    "a\x00b.txt": "ab.txt",
    "<script>alert(1)</script>.txt": "script_.txt",
    "&lt;b&gt;.txt": "_b_.txt",
    "größe.txt": "größe.txt",
    "a" * 400 + ".txt": "a" * 116 + ".txt",
}


def test_a_name_is_no_path_and_misleads_nobody(live: LiveServer, acme: Tenancy) -> None:
    ann = as_user(live, acme, "ann")
    for given, kept in NAMES.items():
        answer = hand_in(ann, b"hello", given)
        assert answer.json["name"] == kept, given
        disposition = follow(ann, links(ann, answer.json["id"])["url"]).headers["Content-Disposition"]
        assert re.fullmatch(r"""attachment; (filename="[ -~]+"|filename\*=utf-8''[\w%.-]+)""", disposition), disposition
    paths = [path for (path,) in rows(acme, "SELECT path FROM chat_upload")]
    assert all(re.fullmatch(r"[a-z2-7]{2}/up_[a-z2-7]{16}\.file", path) for path in paths)
