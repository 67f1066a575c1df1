"""Signing keys: secrets of ours, public keys of the customer's, or the URL where these are published."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from channels.db import database_sync_to_async
from django.http import HttpResponse
from ninja import Router
from pydantic import AfterValidator, Field
from typing_extensions import TypeAliasType

from chat.api.caller import ApiRequest
from chat.api.door import admitted_server
from chat.api.keys import KeyPath
from chat.api.openapi import refusals
from chat.api.schemas import Answer, Body, Page
from kit.errors import INVALID, KEY_NOT_FOUND, TOO_MANY_KEYS, URL_REFUSED, ParleyError
from kit.text import storable
from tenants import signing_keys as keys
from tenants.directory import directory
from tenants.key_sets import NoKeySet, fetch_key_set
from tenants.models import SigningKey
from tenants.public_keys import UnusableKey, from_jwk, from_pem
from tenants.records import TenantRecord

router = Router(tags=["keys"], auth=admitted_server)

_Claim = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(storable)]

JsonWebKey = TypeAliasType("JsonWebKey", dict[str, Any])
Algorithm = TypeAliasType("Algorithm", Literal["HS256", "EdDSA", "ES256", "RS256"])


class SigningKeyIn(Body):
    """``HS256`` makes a secret. The others come with one of ``public_key`` (PEM), ``jwk`` (a JSON Web Key) and
    ``key_set_url`` (of a JSON Web Key Set, by https). A key set that signs for others too needs ``audience``, and may
    have an ``issuer``, which its tokens must then carry."""

    algorithm: Algorithm = "HS256"
    public_key: Annotated[str, Field(min_length=1, max_length=10_000), AfterValidator(storable)] | None = None
    jwk: JsonWebKey | None = None
    key_set_url: Annotated[str, Field(min_length=1, max_length=2_000), AfterValidator(storable)] | None = None
    issuer: _Claim | None = None
    audience: _Claim | None = None


class SigningKeyOut(Answer):
    """``id`` is the ``kid`` of its tokens, unless they are signed with a key of ``key_set_url``."""

    id: str
    algorithm: Algorithm
    public_key: str
    key_set_url: str
    issuer: str
    audience: str
    created_at: datetime


class NewSigningKeyOut(SigningKeyOut):
    """``secret``, of HS256 alone, is shown this once."""

    secret: str | None


@router.get("/signing-keys", response=Page[SigningKeyOut], openapi_extra=refusals())
async def list_signing_keys(request: ApiRequest) -> object:
    """The active signing keys, the newest first. Needs an API key."""
    return {"data": [key async for key in keys.signing_keys(request.tenant)], "next": None}


@router.post(
    "/signing-keys",
    response={201: NewSigningKeyOut},
    openapi_extra=refusals(TOO_MANY_KEYS, URL_REFUSED, body=True, secret=True),
)
async def create_signing_key(request: ApiRequest, body: SigningKeyIn) -> tuple[int, dict[str, object]]:
    """A second active signing key, to come into use before the first is revoked. Needs an API key."""
    _check_one_source(body)
    if body.algorithm == "HS256":
        new = await database_sync_to_async(keys.issue_signing_key)(request.tenant)
        key, secret = new.row, new.secret
    else:
        key, secret = await _register(request.tenant, body), None
    directory.forget(request.tenant.id)
    return 201, {**{name: getattr(key, name) for name in SigningKeyOut.model_fields}, "secret": secret}


def _check_one_source(body: SigningKeyIn) -> None:
    given = [name for name in ("public_key", "jwk", "key_set_url") if getattr(body, name) is not None]
    wanted = 0 if body.algorithm == "HS256" else 1
    if len(given) != wanted:
        field = given[wanted] if len(given) > wanted else "public_key"
        detail = "HS256 takes no key: it makes one." if wanted == 0 else "Give one of public_key, jwk, key_set_url."
        raise ParleyError(INVALID, detail, errors=[{"field": field, "code": "exclusive" if given else "missing"}])
    for name in ("issuer", "audience"):
        if getattr(body, name) is not None and body.key_set_url is None:
            raise ParleyError(INVALID, "Only key sets have one.", errors=[{"field": name, "code": "exclusive"}])


async def _register(tenant: TenantRecord, body: SigningKeyIn) -> SigningKey:
    if body.key_set_url is not None:
        await _check_key_set(body.key_set_url, body.algorithm)
        register = database_sync_to_async(keys.register_key_set)
        claims = {"issuer": body.issuer or "", "audience": body.audience or ""}
        key: SigningKey = await register(tenant, body.algorithm, body.key_set_url, **claims)
    else:
        register = database_sync_to_async(keys.register_public_key)
        key = await register(tenant, body.algorithm, _public_key(body))
    return key


async def _check_key_set(url: str, algorithm: str) -> None:
    try:
        found = await fetch_key_set(url, algorithm)
    except NoKeySet as why:
        raise ParleyError(URL_REFUSED, f"This URL is no key set's: {why}.") from None
    if not found:
        raise ParleyError(URL_REFUSED, f"The key set at this URL has no key for {algorithm} that is named by a kid.")


def _public_key(body: SigningKeyIn) -> str:
    try:
        if body.jwk is not None:
            return from_jwk(body.jwk, body.algorithm)
        return from_pem(body.public_key or "", body.algorithm)
    except UnusableKey as why:
        field = "public_key" if body.jwk is None else "jwk"
        raise ParleyError(INVALID, f"The key is {why}.", errors=[{"field": field, "code": "key"}]) from None


@router.delete("/signing-keys/{key}", response={204: None}, openapi_extra=refusals(KEY_NOT_FOUND, body=True))
async def revoke_signing_key(request: ApiRequest, key: KeyPath) -> HttpResponse:
    """Its tokens are void from now on, and the sockets that they opened are closed. Needs an API key."""
    await database_sync_to_async(keys.revoke_signing_key)(request.tenant, key)
    directory.forget(request.tenant.id)
    return HttpResponse(status=204)
