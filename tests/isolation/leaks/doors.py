"""At the doors: who is let in, and as whose."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

from chat.api import caller
from tenants import middleware, scope, tokens
from tenants.directory import Directory
from tenants.keys import PREFIX_LENGTH
from tenants.middleware import MembershipMiddleware
from tenants.models import ApiKey
from tenants.sessions import SESSION_TENANT
from tests.isolation.leaks import instead_of, is_on, made_from

_entered: list[Any] = []
_named: list[str] = []
_asked: list[str] = []
_keys: dict[str, Any] = {}


@instead_of(middleware, "tenant_scope")
def scope_of_a_neighbour(enter: Any, tenant: Any) -> Any:
    """The door finds the tenant and enters the one that was here before."""
    _entered.append(tenant)
    return enter(_entered[max(0, len(_entered) - 2)])


@instead_of(middleware, "tenant_scope")
def scope_not_entered(enter: Any, tenant: Any) -> Any:
    """The door finds the tenant and enters nothing."""
    return nullcontext()


@made_from(scope, "_scope")
def scope_of_the_process(variable: Any) -> Any:
    """A plain variable where a ContextVar belongs."""

    class Variable:
        value: Any = None

        def get(self) -> Any:
            return self.value if is_on("scope_of_the_process") else variable.get()

        def set(self, value: Any) -> Any:
            before, self.value = self.value, value
            return before, variable.set(value)

        def reset(self, before: Any) -> None:
            self.value, token = before
            variable.reset(token)

    return Variable()


@instead_of(Directory, "find")
async def host_of_another(find: Any, directory: Directory, host: str) -> Any:
    """The directory now and then answers with the tenant that it was asked for last."""
    _asked.append(host)
    return await find(directory, _asked[-2] if len(_asked) % 5 == 0 else host)


@instead_of(MembershipMiddleware, "_identify")
async def session_of_any_host(identify: Any, door: MembershipMiddleware, request: Any) -> None:
    """Nobody asks on whose host a session was made."""
    await request.session.aset(SESSION_TENANT, request.tenant.id if request.tenant else None)
    await identify(door, request)


@instead_of(caller, "check_api_key")
async def key_of_any_tenant(check: Any, tenant: Any, secret: str) -> ApiKey:
    """An API key is looked for among everybody's."""
    return await ApiKey.objects.aget(prefix=secret[:PREFIX_LENGTH])


@instead_of(tokens, "_registered_key")
def token_of_any_tenant(find: Any, tenant: Any, kid: str) -> Any:
    """Signing keys are remembered by their ids alone."""
    _keys.update(tenant.signing_keys)
    return _keys.get(kid)


@instead_of(middleware, "bound_contextvars")
def log_of_another(bind: Any, tenant: str) -> Any:
    """The name in the lines of the log is bound a request late."""
    _named.append(tenant)
    return bind(tenant=next((name for name in reversed(_named) if name != tenant), tenant))
