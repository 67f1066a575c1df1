"""So many tenants for the stage, a line of JSON about each: ``python -m tests.faults.make_tenants COUNT``.

A program, because the stage's database is none of the test's own. Their people may send as fast as they like, and
find three open rooms.
"""

from __future__ import annotations

import json
import os
import secrets
import sys

ROOMS = ("general", "lobby", "plans")
_UNHURRIED = dict.fromkeys(
    (
        *("sends_per_second", "send_burst", "calls_per_second", "call_burst", "key_calls_per_second", "key_call_burst"),
        *("connects_per_minute", "address_connects_per_minute"),
    ),
    1_000_000,
)


def main(count: int) -> None:
    from chat.models import Room
    from tenants.directory import record_of
    from tenants.provisioning import create_tenant
    from tenants.scope import tenant_scope

    for _ in range(count):
        slug = f"stage-{secrets.token_hex(4)}"
        made = create_tenant(slug, name=slug, owner_email="owner@stage.test", limits=_UNHURRIED)
        with tenant_scope(record_of(made.tenant)):
            for room in ROOMS[1:]:
                Room.objects.create(id=room, name=room.title())
        told = {"slug": slug, "schema_name": made.tenant.schema_name}
        print(
            json.dumps({**told, "key_id": made.signing_key.id, "secret": made.signing_secret, "api_key": made.api_key})
        )


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    main(int(sys.argv[1]))
