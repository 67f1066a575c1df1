"""``manage.py backup``: one backup of everything, beside the living server."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from console.backups.files import keep_files
from console.backups.programs import BackupError
from console.backups.store import Store
from console.backups.taking import take_backup


class Command(BaseCommand):
    help = "Back everything up into BACKUP_FOLDER (deploy/BACKUP.md)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--keep", type=int, default=7, help="How many backups stay (7); older ones go.")
        parser.add_argument("--files", action="store_true", help="Only files that came since the newest backup.")
        parser.add_argument("--list", action="store_true", help="Only name the backups that are there.")

    def handle(self, *args: Any, keep: int, files: bool, **options: Any) -> None:
        if keep < 1:
            raise CommandError("At least one backup has to stay.")
        store = Store()
        try:
            if options["list"]:
                self._list(store)
            elif files:
                kept = keep_files(store, store.newest())
                self.stdout.write(f"{kept['kept']} files, {kept['bytes']:,} bytes.")
            else:
                self._take(store, keep)
        except BackupError as error:
            raise CommandError(str(error)) from None

    def _list(self, store: Store) -> None:
        for backup in store.backups:
            self.stdout.write(f"{backup.name}  for moments from {backup.ended_at:%Y-%m-%d %H:%M:%S} UTC on")

    def _take(self, store: Store, keep: int) -> None:
        backup = take_backup(store, self.stderr.write)
        for gone in store.prune(keep):
            self.stderr.write(f"{gone} is removed")
        self.stdout.write(f"{backup.name} is whole: {backup.manifest['files']['kept']} files.")
