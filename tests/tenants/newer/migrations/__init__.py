"""chat's migrations, and three more: plain DDL, Python that reads each tenant's rows, DDL that relies on it."""

from chat import migrations

__path__.extend(migrations.__path__)
