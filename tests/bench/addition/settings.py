from config.settings import *  # noqa: F403 - Parley's, and one app more
from config.settings import INSTALLED_APPS, TENANT_APPS

TENANT_APPS = [*TENANT_APPS, "tests.bench.addition"]
INSTALLED_APPS = [*INSTALLED_APPS, "tests.bench.addition"]
