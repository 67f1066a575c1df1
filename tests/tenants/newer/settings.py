from config.settings import *

MIGRATION_MODULES = {"chat": "tests.tenants.newer.chat_migrations"}
