"""Eight tasks that commit batches of three into one room, as a program: prints the seqs that they were given.

python -m tests.chat.commands.many_senders SCHEMA NAME
"""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import dataclass

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from chat.commands.sending import Draft, Sent, commit  # noqa: E402
from kit.ids import uuid7  # noqa: E402
from tenants.connections import close_pool  # noqa: E402


@dataclass(frozen=True)
class Tenant:
    schema_name: str


async def main(tenant: Tenant, name: str) -> None:
    await asyncio.gather(*(send(tenant, f"{name}-{task}") for task in range(8)))
    await close_pool()


async def send(tenant: Tenant, name: str) -> None:
    for turn in range(40):
        drafts = [Draft(uuid7(), "general", "ann", f"{name}-{turn}-{place}", "hi") for place in range(3)]
        answers = await commit(tenant, drafts)
        print(*[answer.seq for answer in answers if isinstance(answer, Sent)])


if __name__ == "__main__":
    asyncio.run(main(Tenant(sys.argv[1]), sys.argv[2]))
