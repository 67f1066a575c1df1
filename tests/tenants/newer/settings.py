from tests.support.settings import *  # noqa: F403

MIGRATION_MODULES = {"chat": "tests.tenants.newer.migrations"}
