"""An import that is killed at any moment goes on where it was, and nobody sees anything of it before it is whole."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connections
from django.utils import timezone

from kit.errors import ParleyError
from tenants.models import Tenant, TenantImport
from tenants.portability import importing
from tenants.portability.exporting import export_tenant
from tests.support.cast import Tenancy
from tests.support.http import Client
from tests.support.plugin import ROOT
from tests.support.portability import files_of, heads_of, tables_of, tenancy_of
from tests.support.server import LiveServer
from tests.support.tables import fill
from tests.tenants.portability.conftest import Exported
from tests.tenants.portability.test_hostile_files import folders, schemas


class Killed(BaseException):
    """As if the process were gone: nothing tidies up."""


def killed_at(step: int) -> Callable[[str], None]:
    left = iter(range(step))

    def progress(_: str) -> None:
        if next(left, None) is None:
            raise Killed

    return progress


def test_killed_at_each_step_it_goes_on_and_comes_out_equal(live: LiveServer, exported: Exported) -> None:
    """Each run gets one step further than the one before; what is done is not done again."""
    steps: list[str] = []
    for step in range(100):
        try:
            arrived = importing.import_tenant(exported.plain, "killed-often", progress=killed_at(step))
        except Killed:
            assert not Tenant.objects.filter(slug="killed-often").exists()
            assert Client(live, f"killed-often.{exported.original.host.partition('.')[2]}").get("/").status == 404
            steps.append("killed")
        else:
            break
    assert len(steps) > 5, "it was killed on the way"
    copy = tenancy_of(arrived)
    assert heads_of(copy) == heads_of(exported.original)
    assert files_of(copy.schema_name) == files_of(exported.original.schema_name)
    assert tables_of(copy)["chat_message"] == tables_of(exported.original)["chat_message"]


def test_a_process_that_is_killed_leaves_what_the_next_one_finishes(acme: Tenancy, tmp_path: Path) -> None:
    """SIGKILL, at moments that nobody chose."""
    fill(acme, 20_000)
    export_tenant(acme.slug, tmp_path / "acme.zip")
    command = [sys.executable, "manage.py", "tenant", "import", str(tmp_path / "acme.zip"), "--slug", "killed-for-good"]
    for lines in random.Random(11).sample(range(1, 25), 3):
        with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ) as run:
            assert run.stderr is not None
            for _ in range(lines):
                run.stderr.readline()
            run.kill()
    while "tenant_state" in (done := subprocess.run(command, cwd=ROOT, capture_output=True, text=True)).stderr:
        pass  # PostgreSQL is still ending the last statement of the one that was killed
    assert done.returncode == 0 or "slug_taken" in done.stderr, done.stderr
    copy = Tenant.objects.get(slug="killed-for-good")
    made = tenancy_of(importing.Arrived(copy))
    assert heads_of(made) == heads_of(acme)


def test_two_at_once_are_one(exported: Exported) -> None:
    refusals = []

    def meanwhile(_: str) -> None:
        def other() -> None:
            try:
                importing.import_tenant(exported.plain, "at-once-too")
            except ParleyError as refusal:
                refusals.append(refusal.code.name)
            finally:
                connections.close_all()

        if not refusals:
            thread = threading.Thread(target=other)
            thread.start()
            thread.join()

    importing.import_tenant(exported.plain, "at-once", progress=meanwhile)
    assert refusals == ["tenant_state"]


def test_a_slug_that_is_taken_meanwhile_costs_nothing(exported: Exported, acme: Tenancy) -> None:
    """What was loaded is there for the next run, under another name."""

    def take(step: str) -> None:
        if step == "tenant":
            Tenant.objects.filter(pk=acme.record.id).update(slug="wanted-by-two")

    with pytest.raises(ParleyError) as refusal:
        importing.import_tenant(exported.plain, "wanted-by-two", progress=take)
    assert refusal.value.code.name == "slug_taken"
    told: list[str] = []
    importing.import_tenant(exported.plain, "wanted-by-one", progress=told.append)
    assert told == ["migrations", "tenant"]


def test_what_nobody_went_on_with_is_cleared_away(exported: Exported) -> None:
    before = schemas(), folders()
    with pytest.raises(Killed):
        importing.import_tenant(
            exported.plain, "given-up", progress=lambda step: killed_at(int(step != "verification"))(step)
        )
    assert importing.clear_abandoned() == 0
    assert TenantImport.objects.count() == 1
    TenantImport.objects.update(touched_at=timezone.now() - timedelta(days=2))
    assert importing.clear_abandoned() == 1
    assert (schemas(), folders()) == before


def test_an_export_that_breaks_off_leaves_no_file(acme: Tenancy, tmp_path: Path) -> None:
    file = tmp_path / "acme.zip"
    seen = []

    def stop(step: str) -> None:
        seen.extend(path.name for path in tmp_path.iterdir())
        if step == "files":
            raise Killed

    with pytest.raises(Killed):
        export_tenant(acme.slug, file, progress=stop)
    assert set(seen) == {"acme.zip.partial"}
    assert list(tmp_path.iterdir()) == []
