"""People who have met in the room General, with something said there."""

from __future__ import annotations

from typing import Any

from playwright.async_api import expect

from tenants.models import Account
from tests.e2e.conftest import Visit
from tests.e2e.visitor import Visitor
from tests.support.cast import Tenancy
from tests.support.http import Client

GENERAL = "/api/v1/rooms/general"


def gather(server: Client, owner: Account, *members: Account) -> None:
    """They are in the room; the first of them owns it."""
    people = [owner, *members]
    server.put("/api/v1/users", {"users": [{"id": person.id, "name": person.name} for person in people]})
    for person in people:
        server.put(f"{GENERAL}/members/{person.id}", {"role": "owner" if person is owner else "member"})


def say(server: Client, author: Account, text: str) -> str:
    """The message's id."""
    return str(server.post(f"{GENERAL}/messages", {"text": text, "user": author.id}).json["id"])


async def enter(visit: Visit, tenant: Tenancy, account: Account, **options: Any) -> Visitor:
    """A member, who sees the room and can write in it."""
    visitor = await visit(tenant, account, **options)
    await visitor.open()
    await expect(visitor.composer).to_be_visible()
    return visitor
