"""One tenant with something of everything, and its file."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet

from tenants.models import TenantImport
from tenants.portability.exporting import export_tenant
from tenants.portability.secrets import sealer_from
from tests.support.cast import Tenancy
from tests.support.furnished import furnish
from tests.support.http import as_server
from tests.support.server import LiveServer
from tests.support.uploads import hand_in, image


@dataclass(frozen=True)
class Exported:
    """``whole`` has the secrets, sealed under what ``key`` holds; ``plain`` has none."""

    original: Tenancy
    plain: Path
    whole: Path
    key: Path
    manifest: dict[str, Any]


@pytest.fixture(scope="session")
def exported(live: LiveServer, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    original = asyncio.run(furnish(live)).tenancy
    server = as_server(live, original)
    for picture in (image(), image("JPEG", (400, 300), colour="blue")):
        uploaded = hand_in(server, picture, "secretphoto.png", user="ann")
        said = server.post(
            "/api/v1/rooms/plans/messages",
            {"user": "ann", "text": "**look** @bob", "attachments": [uploaded.json["id"]]},
        )
        assert said.status == 201, said.text
        assert (
            server.put(f"/api/v1/rooms/plans/messages/{said.json['id']}/reactions/%F0%9F%91%8D?user=bob").status < 300
        )
    folder = tmp_path_factory.mktemp("exported")
    key = folder / "key"
    key.write_bytes(Fernet.generate_key())
    export_tenant(original.slug, folder / "whole.zip", under=sealer_from(key))
    manifest = export_tenant(original.slug, folder / "plain.zip")
    return Exported(original, folder / "plain.zip", folder / "whole.zip", key, manifest)


@pytest.fixture(autouse=True)
def nothing_half_done() -> Iterator[None]:
    """What a test begins it ends."""
    yield
    assert not TenantImport.objects.exists()
