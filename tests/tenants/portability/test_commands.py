"""``tenant export``, ``import`` and ``clone``, as people run them."""

from __future__ import annotations

import json
from pathlib import Path

from tests.support.cast import Tenancy
from tests.support.http import Client
from tests.support.manage import manage_here
from tests.support.server import LiveServer


def test_out_in_and_beside(live: LiveServer, acme: Tenancy, tmp_path: Path) -> None:
    file = tmp_path / "acme.zip"
    told = manage_here("tenant", "export", acme.slug, "--to", str(file), "--json")
    assert told.code == 0, told.err
    assert json.loads(told.out)["rows"] > 0
    assert oct(file.stat().st_mode & 0o777) == "0o600"
    assert "chat_message" in told.errors
    for arguments in (("import", str(file), "--slug", "brought-in"), ("clone", acme.slug, "cloned-beside")):
        told = manage_here("tenant", *arguments, "--json")
        assert told.code == 0, told.err
        made = json.loads(told.out)
        host = made["url"].partition("://")[2].partition(":")[0]
        there = Client(live, host, {"Authorization": f"Bearer {made['api_key']}"})
        assert [room["id"] for room in there.get("/api/v1/rooms").json["data"]] == ["general"]
        assert made["left"] == ["API keys", "signing keys"]


def test_refusals_are_one_line(acme: Tenancy, tmp_path: Path) -> None:
    there = tmp_path / "there.zip"
    there.write_bytes(b"x" * 1_000)
    short = tmp_path / "key"
    short.write_text("too short")
    for arguments, why in (
        (("export", "nobody", "--to", str(tmp_path / "no.zip")), "tenant_not_found"),
        (("export", acme.slug, "--to", str(there)), "exists already"),
        (("export", acme.slug, "--to", str(tmp_path / "no.zip"), "--secrets", str(short)), "must hold a key"),
        (("export", acme.slug, "--to", str(tmp_path / "no" / "where.zip")), "No such file"),
        (("import", str(there)), "file_refused"),
        (("import", str(tmp_path / "none.zip")), "No such file"),
        (("clone", acme.slug, "www"), "slug_reserved"),
        (("clone", acme.slug, acme.slug), "slug_taken"),
    ):
        told = manage_here("tenant", *arguments)
        assert (told.code, len(told.errors)) == (1, 1), told.err
        assert why in told.err
