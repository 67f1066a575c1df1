"""Which of the two aliases a model lives behind: ``tenant`` for the apps in TENANT_APPS, ``default`` for the rest."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db.models import Model

from tenants.scope import is_in_scope

TENANT, SHARED = "tenant", "default"


class TenantRouter:
    def db_for_read(self, model: type[Model], **hints: Any) -> str:
        return _home(model._meta.app_label)

    db_for_write = db_for_read

    def allow_relation(self, left: Model, right: Model, **hints: Any) -> bool:
        return _home(left._meta.app_label) == _home(right._meta.app_label)

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        """A tenant's tables are made only with that tenant in scope."""
        return _home(app_label) == db and (db == SHARED or is_in_scope())


@cache
def tenant_app_labels() -> set[str]:
    return {config.label for config in apps.get_app_configs() if config.name in settings.TENANT_APPS}


def _home(app_label: str) -> str:
    return TENANT if app_label in tenant_app_labels() else SHARED
