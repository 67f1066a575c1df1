"""Who acts in a request, for the audit log."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from django.http import HttpRequest, HttpResponseBase
from django.utils.decorators import async_only_middleware

from tenants.audit import Actor, acting
from tenants.models import Account
from tenants.models.audit import ActorKind
from tenants.support import visitor


@async_only_middleware
def actors(get_response: Callable[[HttpRequest], Awaitable[HttpResponseBase]]) -> object:
    """Asked only when something is recorded, for a key is known only once its bearer has come in."""

    async def answer(request: HttpRequest) -> HttpResponseBase:
        with acting(lambda: actor_of(request)):
            return await get_response(request)

    return answer


def actor_of(request: HttpRequest) -> Actor:
    address = str(request.META.get("REMOTE_ADDR", ""))
    support = getattr(request, "support", None)
    if support is not None:
        return visitor(support, address)
    key = getattr(request, "api_key", None)
    if key is not None:
        return Actor(ActorKind.KEY, key.prefix, key.name, address)
    account = request.user
    return account_actor(request, account) if isinstance(account, Account) else Actor(address=address)


def account_actor(request: HttpRequest, account: Account) -> Actor:
    """An operator is one on the public host alone."""
    operates = getattr(request, "tenant", None) is None and account.is_operator
    kind = ActorKind.OPERATOR if operates else ActorKind.ACCOUNT
    return Actor(kind, account.pk, account.email, str(request.META.get("REMOTE_ADDR", "")))
