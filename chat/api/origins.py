"""The pages of other hosts that may call this tenant."""

from __future__ import annotations

from typing import Annotated

from ninja import Router
from pydantic import AfterValidator, Field

from chat.api.caller import ApiRequest
from chat.api.door import admitted_server
from chat.api.openapi import refusals
from chat.api.schemas import Answer, Body
from kit.text import storable
from tenants.origins import MOST_ORIGINS, origins_of, set_origins

router = Router(tags=["settings"], auth=admitted_server)


class OriginsIn(Body):
    """Each a scheme, a host and, unless it is the scheme's own, a port: ``https://app.example.com``."""

    origins: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=300), AfterValidator(storable)]],
        Field(max_length=MOST_ORIGINS),
    ]


class OriginsOut(Answer):
    origins: list[str]


@router.get("/settings/origins", response=OriginsOut, openapi_extra=refusals())
async def get_origins(request: ApiRequest) -> dict[str, list[str]]:
    """The origins whose pages may call this API and, as soon as there is one, open sockets with a token. Needs an API
    key."""
    return {"origins": await origins_of(request.tenant.id)}


@router.put("/settings/origins", response=OriginsOut, openapi_extra=refusals(body=True))
async def put_origins(request: ApiRequest, body: OriginsIn) -> dict[str, list[str]]:
    """Others in their place. The tenant's own pages need not be among them. Needs an API key."""
    return {"origins": await set_origins(request.tenant, body.origins)}
