"""``migrate``: Django's own for the public schema, and the template for new tenants recorded along with it."""

from typing import Any

from django.core.management.commands import migrate

from tenants.routers import SHARED
from tenants.schemas import template_sql


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        super().handle(*args, **options)
        whole = not options["app_label"] and not options["plan"] and not options["check_unapplied"]
        if options["database"] == SHARED and whole:
            template_sql()
