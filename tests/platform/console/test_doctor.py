"""``manage.py doctor``: each fault is made for real, seen, and comes with what to do."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from billing.models import StripeEvent
from console.doctor import AREAS, certificates, postgres
from console.doctor.finding import Finding, State
from console.tasks import sum_up_figures
from kit.ids import opaque
from tenants.models import Domain, Process, Tenant, TenantImport
from tenants.scope import tenant_scope
from tests.support.cast import Tenancy
from tests.support.certificates import put_certificate
from tests.support.manage import manage, manage_here
from tests.support.server import free_port


def faults(area: str) -> list[Finding]:
    """What is not ok there; each says what to do."""
    found = [finding for finding in AREAS[area]() if finding.state is not State.OK]
    assert all(finding.advice for finding in found)
    return found


def says(area: str, state: State, words: str) -> bool:
    return any(finding.state is state and words in finding.text for finding in faults(area))


def execute(statement: str, *parameters: object) -> None:
    with connections["default"].cursor() as cursor:
        cursor.execute(statement, parameters)


def test_it_ends_with_1_where_something_fails_and_says_so_as_json() -> None:
    told = manage("doctor", "--json", REDIS_URL=f"redis://127.0.0.1:{free_port()}/0")
    assert told.code == 1
    findings = json.loads(told.out)
    assert {finding["area"] for finding in findings} == AREAS.keys()
    assert ("redis", "fail") in {(finding["area"], finding["state"]) for finding in findings}


def test_a_postgresql_that_is_away_fails_each_area_that_needs_it_and_stops_no_other() -> None:
    url = f"postgres://parley:x@127.0.0.1:{free_port()}/parley"
    told = manage("doctor", "--json", DATABASE_URL=url, DATABASE_POOL_SIZE="0")
    assert told.code == 1
    states = {finding["area"]: finding["state"] for finding in json.loads(told.out)}
    assert (states["postgres"], states["jobs"], states["redis"]) == ("fail", "fail", "ok")


def test_a_line_says_what_is_wrong_and_what_to_do() -> None:
    assert any("→" in line for line in manage_here("doctor").out.splitlines())


def test_settings(settings: Any) -> None:
    settings.SECRET_KEY, settings.DEBUG, settings.SECURE = "change-me-please", True, True
    assert says("settings", State.FAIL, "SECRET_KEY")
    assert says("settings", State.FAIL, "DEBUG")
    assert says("settings", State.WARN, "TRUSTED_PROXIES")
    assert says("settings", State.WARN, "security.")


@contextmanager
def acting_as(*rights: str) -> Iterator[None]:
    """As a role with these rights, which may read what the check reads."""
    role = f"doctor_{secrets.token_hex(4)}"
    execute(f"CREATE ROLE {role} {' '.join(rights)}; GRANT {role} TO CURRENT_USER")
    execute(f"GRANT USAGE ON SCHEMA public TO {role}; GRANT SELECT ON tenants_process TO {role}; SET ROLE {role}")
    try:
        yield
    finally:
        execute("RESET ROLE")
        execute(f"REVOKE ALL ON tenants_process FROM {role}; REVOKE USAGE ON SCHEMA public FROM {role}")
        execute(f"DROP ROLE {role}")


def test_the_role_has_other_rights() -> None:
    with acting_as("INHERIT", "NOCREATEROLE"):
        assert says("postgres", State.FAIL, "inherits")
        assert says("postgres", State.FAIL, "cannot make")
    assert not says("postgres", State.FAIL, "role")


def test_the_pools_want_more_than_the_server_has(settings: Any) -> None:
    settings.DATABASE_POOL_SIZE = 500
    assert says("postgres", State.FAIL, "connections")


def test_the_server_does_not_write_through() -> None:
    """The tests' own server does not, for speed."""
    assert says("postgres", State.FAIL, "fsync")


def test_a_clock_that_is_wrong() -> None:
    [finding] = postgres.clock(1_000_000.0, 1_000_060.0)
    assert (finding.state, finding.text) == (State.FAIL, "Its clock is 60 s from this machine's")
    assert not says("redis", State.FAIL, "clock")


def test_redis_is_away(settings: Any) -> None:
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port()}/0"
    assert says("redis", State.FAIL, "does not answer")


def test_migrations_wait(acme: Tenancy) -> None:
    recorder = MigrationRecorder(connections["default"])
    recorder.record_unapplied("billing", "0001_initial")
    try:
        assert says("migrations", State.FAIL, "billing.0001_initial")
    finally:
        recorder.record_applied("billing", "0001_initial")
    with tenant_scope(acme.record), connections["tenant"].cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE id = (SELECT max(id) FROM django_migrations)")
    try:
        assert says("migrations", State.FAIL, "tenants' schemas are behind")
    finally:
        make_room_again(acme)


def make_room_again(tenancy: Tenancy) -> None:
    """Broken tenants are not left to the other tests."""
    Tenant.objects.filter(pk=tenancy.record.id).delete()
    connections["tenant"].close()


def test_schemas_and_roles_without_a_tenant(acme: Tenancy) -> None:
    orphan = opaque("t")
    execute(f"CREATE SCHEMA {orphan}")
    try:
        assert says("schemas", State.WARN, orphan)
        arriving = TenantImport.objects.create(seal=orphan, schema_name=orphan)
        assert not says("schemas", State.WARN, orphan)
        arriving.delete()
    finally:
        execute(f"DROP SCHEMA {orphan}")
    execute(f"CREATE ROLE {orphan}")
    try:
        assert says("schemas", State.WARN, orphan)
    finally:
        execute(f"DROP ROLE {orphan}")


def test_a_tenant_without_a_schema() -> None:
    lost = Tenant.objects.create(slug=f"lost-{secrets.token_hex(4)}", schema_name=opaque("t"), name="Lost")
    try:
        assert says("schemas", State.FAIL, "have no schema")
        assert says("schemas", State.FAIL, "have no role")
    finally:
        lost.delete()


def test_nobody_works_and_somebody_is_silent() -> None:
    long_ago = datetime.now(UTC) - timedelta(minutes=5)
    gone = Process.objects.create(
        id=opaque("p"), kind="worker", version="0.0.7", host="node-7", pid=77, started_at=long_ago, beat_at=long_ago
    )
    try:
        assert says("processes", State.WARN, "worker 77 on node-7 is silent")
        assert says("processes", State.FAIL, "None of kind worker")
    finally:
        gone.delete()


def test_jobs_wait_and_fail() -> None:
    job_id = sum_up_figures.configure(schedule_at=datetime.now(UTC) - timedelta(minutes=10)).defer(timestamp=0)
    try:
        assert says("jobs", State.FAIL, "jobs have waited")
        execute("UPDATE procrastinate_jobs SET status = 'failed' WHERE id = %s", job_id)
        assert says("jobs", State.WARN, "failed for good")
        execute("UPDATE procrastinate_jobs SET status = 'doing' WHERE id = %s", job_id)
        execute("UPDATE procrastinate_events SET at = now() - interval '2 hours' WHERE job_id = %s", job_id)
        assert says("jobs", State.WARN, "have run")
    finally:
        execute("DELETE FROM procrastinate_jobs WHERE id = %s", job_id)


def test_a_domain_fails(acme: Tenancy) -> None:
    domain = f"{acme.slug}.example.test"
    Domain.objects.create(tenant_id=acme.record.id, domain=domain, failed_at=timezone.now(), failure="no record")
    assert says("domains", State.WARN, f"{domain}: no record")


def test_certificates_end_or_cannot_be_read(tmp_path: Path) -> None:
    assert [finding.state for finding in certificates.check(tmp_path / "nowhere")] == [State.OK]
    put_certificate(tmp_path / "good.test", days=60)
    assert [finding.state for finding in certificates.check(tmp_path)] == [State.OK]
    put_certificate(tmp_path / "bad.test", days=5)
    (tmp_path / "odd.test").mkdir()
    (tmp_path / "odd.test" / "fullchain.pem").write_text("not a certificate")
    bad, odd = certificates.check(tmp_path)
    assert (bad.state, bad.text) == (State.FAIL, "bad.test: ends in 4 days")
    assert (odd.state, odd.text) == (State.WARN, "odd.test: cannot be read (ValueError)")


def test_nothing_can_be_written_where_files_lie(settings: Any, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    uploads = {**settings.STORAGES["uploads"], "OPTIONS": {"location": tmp_path / "file" / "folder"}}
    settings.STORAGES = {**settings.STORAGES, "uploads": uploads}
    assert says("media", State.FAIL, "Nothing can be written")


def test_no_backup_was_taken_or_not_lately_or_it_cannot_be_read(settings: Any, tmp_path: Path) -> None:
    settings.BACKUP_FOLDER = tmp_path
    assert says("backups", State.WARN, "holds no backup")
    _note_backup(tmp_path, datetime.now(UTC) - timedelta(hours=30))
    assert says("backups", State.FAIL, "is 30 hours old")
    newest = _note_backup(tmp_path, datetime.now(UTC) - timedelta(hours=3))
    assert faults("backups") == []
    newest.write_text("{")
    assert says("backups", State.FAIL, "its manifest cannot be read")


def _note_backup(folder: Path, ended_at: datetime) -> Path:
    manifest = folder / "backups" / f"{ended_at:%Y%m%dT%H%M%SZ}" / "manifest.json"
    manifest.parent.mkdir(parents=True)
    manifest.write_text(json.dumps({"format": 1, "ended_at": ended_at.isoformat()}))
    return manifest


def test_mail_cannot_be_reached(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    assert says("mail", State.WARN, "not sent")
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    assert says("mail", State.FAIL, "takes no mail")


@pytest.mark.parametrize(
    ("key", "secret", "words"),
    [
        ("", "whsec_x", "STRIPE_SECRET_KEY is not"),
        ("sk_test_x", "", "STRIPE_WEBHOOK_SECRET is missing"),
        ("pk_live_x", "whsec_x", "no secret key"),
    ],
)
def test_stripe_is_set_up_by_half(settings: Any, key: str, secret: str, words: str) -> None:
    settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRET = key, secret
    assert says("stripe", State.FAIL, words)


def test_what_stripe_told_is_left_lying(settings: Any) -> None:
    settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRET = "sk_test_x", "whsec_x"
    left = StripeEvent.objects.create(stripe_id=opaque("evt"), type="x", created_at=timezone.now())
    StripeEvent.objects.filter(pk=left.pk).update(received_at=timezone.now() - timedelta(hours=1))
    try:
        assert says("stripe", State.WARN, "not handled")
    finally:
        left.delete()
