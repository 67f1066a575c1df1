"""Host -> tenant, once, at the door: for HTTP requests and for WebSocket scopes alike.

No host, no tenant; no tenant, no answer but a bare 404. Everything behind runs inside the tenant's scope.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any, Final
from urllib.parse import urlsplit

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from structlog.contextvars import bind_contextvars, bound_contextvars

from kit.errors import TENANT_MOVED, TENANT_SUSPENDED, ParleyError
from tenants.directory import directory, host_name, is_public_host
from tenants.models import Account, Membership
from tenants.problems import problem
from tenants.records import TenantRecord, TenantStatus
from tenants.scope import tenant_scope
from tenants.sessions import SESSION_SECOND_FACTOR, SESSION_TENANT, SessionStore
from tenants.support import SESSION_SUPPORT, grant_in_force

_TO_PAY: Final = ("/admin/", "/sign-in", "/sign-out", "/account", "/static/", "/assets/", "/favicon.ico")
_BACK_SECONDS = 2.0
"""After which a name may lead to the new place."""
GetResponse = Callable[[HttpRequest], Awaitable[HttpResponseBase]]


class _AsyncMiddleware:
    sync_capable = False
    async_capable = True

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)  # type: ignore[type-var]


class TenantMiddleware(_AsyncMiddleware):
    """Sets ``request.tenant`` (None on the public host) and the host's URLs."""

    async def __call__(self, request: HttpRequest) -> HttpResponseBase:
        host = request.META.get("HTTP_HOST", "")
        if is_public_host(host):
            request.tenant = None  # type: ignore[attr-defined]
            return await self.get_response(request)
        tenant = await directory.find(host)
        if tenant is None:
            return HttpResponse(status=404)
        if tenant.moved_to:
            return _sent_on(tenant, request)
        if not tenant.active and not _leads_to_paying(tenant, request.path):
            return problem(TENANT_SUSPENDED)
        request.tenant = tenant  # type: ignore[attr-defined]
        request.urlconf = settings.TENANT_URLCONF
        with tenant_scope(tenant), bound_contextvars(tenant=tenant.slug):
            return await self.get_response(request)


def _sent_on(tenant: TenantRecord, request: HttpRequest) -> HttpResponseBase:
    """Pages lead to the new place. Programs are told: a redirect to another origin would cost them their credential,
    and one to the same host, whose name does not lead there yet, would come back here."""
    leads_on = urlsplit(tenant.moved_to).hostname != host_name(request.META.get("HTTP_HOST", ""))
    if leads_on and request.method in ("GET", "HEAD") and not request.path.startswith("/api/"):
        response = HttpResponse(status=308)
        response["Location"] = tenant.moved_to + request.get_full_path()
        return response
    told = ParleyError(TENANT_MOVED, f"It lives at {tenant.moved_to} now.", retry_after=_BACK_SECONDS)
    return problem(TENANT_MOVED, told, location=tenant.moved_to)


def _leads_to_paying(tenant: TenantRecord, path: str) -> bool:
    """A tenant that is suspended because it was not paid for keeps the way to its console, whose permits say what is
    left there."""
    return tenant.status is TenantStatus.ACTIVE and path.startswith(_TO_PAY)


class MembershipMiddleware(_AsyncMiddleware):
    """Sets ``request.user`` and, on a tenant's host, ``request.membership``, the account's place there, or
    ``request.support``, the grant by which an operator looks in: who that is is ``request.user`` and no member.
    ``request.lacks_second_factor``: there is no place for as long as the session has seen no second factor, which the
    tenant asks for.

    A session is made on one host, a tenant's or the public one; on any other it is dropped, and its bearer is nobody.
    """

    async def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.user = AnonymousUser()
        request.membership = request.support = None  # type: ignore[attr-defined]
        request.lacks_second_factor = False  # type: ignore[attr-defined]
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            await self._identify(request)
        response = await self.get_response(request)
        self._bind(request)
        return response

    async def _identify(self, request: HttpRequest) -> None:
        tenant: TenantRecord | None = request.tenant  # type: ignore[attr-defined]
        if await request.session.aget(SESSION_TENANT) != (tenant.id if tenant else None):
            request.session = SessionStore()
            return
        if tenant is not None and SESSION_SUPPORT in (await request.session.akeys()):
            await self._let_support_in(request, tenant)
            return
        account = await request.auser()
        if not isinstance(account, Account):
            return
        request.user = account
        bind_contextvars(user=account.pk)  # until the request ends, whose context is its own
        if tenant is not None:
            membership = await Membership.objects.filter(account=account, tenant_id=tenant.id).afirst()
            shown = await request.session.aget(SESSION_SECOND_FACTOR) == account.pk
            lacking = membership is not None and tenant.requires_mfa and not shown
            request.lacks_second_factor = lacking  # type: ignore[attr-defined]
            request.membership = None if lacking else membership  # type: ignore[attr-defined]

    async def _let_support_in(self, request: HttpRequest, tenant: TenantRecord) -> None:
        grant_id = str(await request.session.aget(SESSION_SUPPORT))
        grant = await sync_to_async(grant_in_force)(grant_id, tenant)
        if grant is None:
            await request.session.aflush()
            return
        request.support = grant  # type: ignore[attr-defined]
        request.user = grant.account
        bind_contextvars(user=grant.account.pk)

    def _bind(self, request: HttpRequest) -> None:
        """What was put into a session on a tenant's host is of that host."""
        tenant: TenantRecord | None = request.tenant  # type: ignore[attr-defined]
        if tenant is not None and request.session.modified and not request.session.is_empty():
            request.session.setdefault(SESSION_TENANT, tenant.id)


class TenantSocketMiddleware:
    """The same for WebSocket scopes: sets ``scope["tenant"]`` or refuses the handshake."""

    def __init__(self, application: Any) -> None:
        self.application = application

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        tenant = await directory.find(_host(scope))
        if tenant is None:
            await refuse_handshake(scope, receive, send, 404)
            return
        if tenant.moved_to:
            moved = {"code": TENANT_MOVED.name, "title": TENANT_MOVED.title, "status": TENANT_MOVED.status}
            body = {**moved, "location": tenant.moved_to}
            await refuse_handshake(scope, receive, send, TENANT_MOVED.status, body)
            return
        if not tenant.active:
            body = {"code": TENANT_SUSPENDED.name, "title": TENANT_SUSPENDED.title, "status": 403}
            await refuse_handshake(scope, receive, send, 403, body)
            return
        with tenant_scope(tenant), bound_contextvars(tenant=tenant.slug):
            await self.application({**scope, "tenant": tenant}, receive, send)


def _host(scope: dict[str, Any]) -> str:
    hosts = [value for name, value in scope["headers"] if name == b"host"]
    return hosts[0].decode("latin-1") if len(hosts) == 1 else ""


async def refuse_handshake(
    scope: dict[str, Any], receive: Any, send: Any, status: int, body: dict[str, object] | None = None
) -> None:
    """Answer the handshake with an HTTP status (ASGI's WebSocket Denial Response), or plainly refuse where the
    server cannot."""
    await receive()
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close"})
        return
    content = json.dumps(body).encode() if body else b""
    headers = [(b"content-type", b"application/problem+json")] if body else []
    headers.append((b"content-length", str(len(content)).encode()))
    await send({"type": "websocket.http.response.start", "status": status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": content})
