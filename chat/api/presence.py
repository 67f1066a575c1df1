"""Being seen, or not."""

from __future__ import annotations

from datetime import datetime

from ninja import Router

from chat.api.caller import ApiRequest
from chat.api.openapi import refusals
from chat.api.schemas import Answer, Body, UserPath
from chat.commands.presence import PresenceView, set_invisible
from kit.errors import USER_NOT_FOUND

router = Router(tags=["users"])


class PresenceIn(Body):
    """An ``invisible`` user is shown as offline, and not as seen since."""

    invisible: bool


class PresenceOut(Answer):
    online: bool
    last_seen: datetime | None
    invisible: bool


@router.put("/users/{user}/presence", response=PresenceOut, openapi_extra=refusals(USER_NOT_FOUND, body=True))
async def put_presence(request: ApiRequest, user: UserPath, body: PresenceIn) -> PresenceView:
    """Everybody decides for themselves whether they are seen; an API key does for anybody."""
    return await set_invisible(request.auth, user, invisible=body.invisible)
