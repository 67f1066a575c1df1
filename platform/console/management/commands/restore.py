"""``manage.py restore``: everything into an empty folder, one tenant beside the others, or a rehearsal."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from console.backups import one_tenant
from console.backups.programs import BackupError
from console.backups.rehearsing import rehearse
from console.backups.restoring import restore_all
from console.backups.store import Backup, Store
from kit.errors import ParleyError


class Command(BaseCommand):
    help = "Restore from BACKUP_FOLDER (deploy/BACKUP.md)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        everything = actions.add_parser("all", help="Everything, into an empty folder.")
        everything.add_argument("--into", type=Path, required=True, help="Gets postgres/ and media/.")
        everything.add_argument("--to", type=_moment, help="As of then; without it, all that was archived.")
        everything.add_argument("--backup", help="Another than the newest from before.")
        tenant = actions.add_parser("tenant", help="One tenant, while it and its neighbours live.")
        tenant.add_argument("slug")
        tenant.add_argument("--to", type=_moment, required=True, help="As of then: 2026-11-22T14:05, in UTC.")
        for name, text in (("confirm", "What a tenant was before goes."), ("undo", "It comes back.")):
            actions.add_parser(name, help=text).add_argument("slug")
        rehearsal = actions.add_parser("rehearse", help="Restore into a scratch server and compare every room.")
        rehearsal.add_argument("--backup", help="Another than the newest.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, f"_{options['action']}")(Store(), **options)
        except BackupError as error:
            raise CommandError(str(error)) from None
        except ParleyError as refusal:
            raise CommandError(f"{refusal.code.name}: {refusal.detail}") from None

    def _all(self, store: Store, into: Path, to: datetime | None, backup: str | None, **options: Any) -> None:
        done = restore_all(store, _chosen(store, backup, to), into.resolve(), to, self.stderr.write)
        self.stdout.write(
            f"{done.tenants} tenants and {done.files} files are in {into}; {done.missing} files are in no backup."
        )

    def _tenant(self, store: Store, slug: str, to: datetime, **options: Any) -> None:
        done = one_tenant.restore_tenant(store, slug, to, self.stderr.write)
        self.stdout.write(
            f"{slug} is as it was at {to:%Y-%m-%d %H:%M:%S} UTC: {done.rooms} rooms, {done.messages} messages,"
            f" {done.files} files put back, {done.missing} in no backup, {done.erased_again} people erased again.\n"
            f"What it was before is kept: `restore confirm {slug}` removes it, `restore undo {slug}` brings it back."
        )

    def _confirm(self, store: Store, slug: str, **options: Any) -> None:
        one_tenant.confirm(slug)
        self.stdout.write(f"What {slug} was before is gone.")

    def _undo(self, store: Store, slug: str, **options: Any) -> None:
        one_tenant.undo(slug)
        self.stdout.write(f"{slug} is what it was before. `restore undo {slug}` again undoes that.")

    def _rehearse(self, store: Store, backup: str | None, **options: Any) -> None:
        chosen = _chosen(store, backup, None)
        done = rehearse(store, chosen, self.stderr.write)
        verdict = "are what they were" if done.compared else "came out; what they were, nobody could note at the time"
        found = f"{done.rooms} rooms, {done.messages} messages, {done.files} files"
        self.stdout.write(f"{chosen.name} can be restored: {found} {verdict}.")


def _chosen(store: Store, name: str | None, until: datetime | None) -> Backup:
    return store.named(name) if name else store.newest(until)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is no moment such as 2026-11-22T14:05:00") from None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
