"""Users, by the customer's own ids, and tokens for them."""

from __future__ import annotations

from datetime import UTC, datetime

from django.http import HttpResponse
from ninja import Router

from chat.api.caller import ApiRequest
from chat.api.cursors import make_cursor, read_cursor
from chat.api.door import admitted_server
from chat.api.openapi import refusals
from chat.api.rooms import Limit, Name
from chat.api.schemas import Page, TokenIn, TokenOut, UserChange, UserIn, UserOut, UserPath, UsersIn, UsersOut
from chat.commands import profiles
from chat.commands.users import revoke
from chat.policies import SERVER
from chat.queries import people
from kit.errors import BAD_CURSOR, INVALID, NOT_ALLOWED, USER_NOT_FOUND, ParleyError
from tenants.accounts import rename_account
from tenants.models import Account
from tenants.records import TenantRecord
from tenants.tokens import mint

router = Router(tags=["users"])


@router.get("/users", response=Page[UserOut], openapi_extra=refusals(BAD_CURSOR))
async def list_users(request: ApiRequest, limit: Limit, name: Name, cursor: str | None = None) -> object:
    """Everybody who may be written to, by name. ``name``: part of it, whatever the case. No guest is among them; guests
    see the members of their room."""
    place = read_cursor(cursor, str, str) if cursor else None
    after = (str(place[0]), str(place[1])) if place else None
    found, more = await people.users(request.auth, limit=limit, name=name, after=after)
    return {"data": found, "next": make_cursor(found[-1].name, found[-1].id) if more else None}


@router.get("/users/{user}", response=UserOut, openapi_extra=refusals(USER_NOT_FOUND))
async def get_user(request: ApiRequest, user: UserPath) -> people.UserView:
    return await people.user(user, request.auth)


@router.put("/users/{user}", auth=admitted_server, response=UserOut, openapi_extra=refusals(body=True))
async def put_user(request: ApiRequest, user: UserPath, body: UserIn) -> people.UserView:
    """Make or update a user. Needs an API key."""
    await profiles.save_user(user, name=body.name, avatar=body.avatar)
    return await people.user(user)


@router.put("/users", auth=admitted_server, response=UsersOut, openapi_extra=refusals(body=True))
async def put_users(request: ApiRequest, body: UsersIn) -> dict[str, object]:
    """Make or update up to 100 users at once. Needs an API key."""
    given = {user.id: profiles.Profile(user.id, user.name, user.avatar) for user in body.users}
    if len(given) < len(body.users):
        raise ParleyError(INVALID, "Each user once.", errors=[{"field": "users", "code": "repeated"}])
    return {"data": await profiles.save_users(list(given.values()))}


@router.patch("/users/{user}", response=UserOut, openapi_extra=refusals(USER_NOT_FOUND, body=True))
async def update_user(request: ApiRequest, user: UserPath, body: UserChange) -> people.UserView:
    """Change name, picture, or whether the user may come in. Without an API key signed-in accounts change their own
    name; of others their tokens say it."""
    if not request.auth.is_server:
        await _rename_oneself(request, user, body)
    return await profiles.update_user(request.auth, user, name=body.name, avatar=body.avatar, active=body.active)


async def _rename_oneself(request: ApiRequest, user: str, body: UserChange) -> None:
    """Everywhere the account has a place: each entry takes the name from there."""
    if user != request.auth.user_id or body.model_fields_set - {"name"}:
        raise ParleyError(NOT_ALLOWED, "Without an API key one changes one's own name and nothing else.")
    account: Account | None = getattr(request, "account", None)
    if account is None:
        raise ParleyError(NOT_ALLOWED, "Signed-in accounts change their names here; of others their tokens say them.")
    if body.name is not None:
        await rename_account(account, body.name)


@router.delete(
    "/users/{user}", auth=admitted_server, response={204: None}, openapi_extra=refusals(USER_NOT_FOUND, body=True)
)
async def deactivate_user(request: ApiRequest, user: UserPath) -> HttpResponse:
    """Let the user in no more, and close what is open; what the user has said stays. A PATCH with ``active`` undoes it.
    Needs an API key."""
    await profiles.update_user(SERVER, user, active=False)
    return HttpResponse(status=204)


@router.post("/users/{user}/revoke", auth=admitted_server, response={204: None}, openapi_extra=refusals(body=True))
async def revoke_user(request: ApiRequest, user: UserPath) -> HttpResponse:
    """Make every token void that was issued before now, or does not say when (``iat``), and close the sockets that
    those opened. Needs an API key."""
    await revoke(user)
    return HttpResponse(status=204)


@router.post(
    "/users/{user}/tokens",
    auth=admitted_server,
    response={201: TokenOut},
    openapi_extra=refusals(body=True, secret=True),
)
async def create_token(request: ApiRequest, user: UserPath, body: TokenIn) -> tuple[int, dict[str, object]]:
    """A user token, for servers without a JWT library. Needs an API key; the user is made on the token's first use."""
    tenant: TenantRecord = request.tenant
    key = next((key for key in tenant.signing_keys.values() if key.algorithm == "HS256"), None)
    if key is None:
        raise ParleyError(INVALID, "This tenant has no HS256 signing key.")
    token, expires_at = mint(key, user, ttl=body.ttl)
    return 201, {"token": token, "expires_at": datetime.fromtimestamp(expires_at, UTC)}
