"""``manage.py worker``: jobs from PostgreSQL, until told to stop."""

from typing import Any

from django.core.management.base import BaseCommand
from procrastinate.contrib.django import app


class Command(BaseCommand):
    help = "Run background jobs."

    def handle(self, *args: Any, **options: Any) -> None:
        connector = app.connector.get_worker_connector()  # type: ignore[attr-defined]
        with app.replace_connector(connector) as worker_app:
            worker_app.run_worker(name="parley", install_signal_handlers=True, delete_jobs="successful")
