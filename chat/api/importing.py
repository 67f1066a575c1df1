"""A room's history from elsewhere."""

from __future__ import annotations

from ninja import Router

from chat.api.caller import ApiRequest
from chat.api.door import admitted_server
from chat.api.openapi import refusals
from chat.api.schemas import ImportedOut, ImportIn, RoomPath
from chat.commands.importing import OldMessage, import_messages
from kit.errors import ROOM_ARCHIVED, ROOM_NOT_FOUND, USER_NOT_FOUND
from kit.ids import wire_id

router = Router(tags=["rooms"], auth=admitted_server)


@router.post(
    "/rooms/{room}/import",
    response=ImportedOut,
    openapi_extra=refusals(ROOM_NOT_FOUND, USER_NOT_FOUND, ROOM_ARCHIVED, body=True),
)
async def import_room(request: ApiRequest, room: RoomPath, body: ImportIn) -> object:
    """Up to 100 messages with times of their own, the oldest first, behind what the room has. Nobody is notified.
    Needs an API key."""
    messages = [OldMessage(each.user, each.client_id, each.text, each.created_at) for each in body.messages]
    imported = await import_messages(request.tenant, room, messages)
    return {
        "data": [{"id": wire_id("m", each.id), "seq": each.seq, "created_at": each.created_at} for each in imported]
    }
