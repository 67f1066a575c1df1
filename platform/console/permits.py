"""Who may do what in the operators' console, and over the operators' API: one table of roles and permits."""

from __future__ import annotations

import enum
from typing import Final

from tenants.models import OperatorRole


class OperatorPermit(enum.StrEnum):
    """What a page, an action or a route asks for. Those that end in ``.view`` change nothing."""

    PLATFORM_VIEW = "platform.view"
    PLATFORM_PAUSE = "platform.pause"
    """Maintenance of everything at once."""
    TENANTS_VIEW = "tenants.view"
    TENANTS_CREATE = "tenants.create"
    TENANTS_CHANGE = "tenants.change"
    """Plan, limits, domains, notes, maintenance."""
    TENANTS_SUSPEND = "tenants.suspend"
    TENANTS_DELETE = "tenants.delete"
    TENANTS_EXPORT = "tenants.export"
    """Take out all that a tenant has, what its people said among it."""
    SUPPORT_VIEW = "support.view"
    SUPPORT_ENTER = "support.enter"
    """Enter a tenant's console, with a reason and for a while."""
    OPERATORS_VIEW = "operators.view"
    OPERATORS_CHANGE = "operators.change"
    """Operators, their roles, their API keys."""
    AUDIT_VIEW = "audit.view"
    REVENUE_VIEW = "revenue.view"
    REVENUE_CHANGE = "revenue.change"


_VIEWER: Final = frozenset({OperatorPermit.PLATFORM_VIEW, OperatorPermit.TENANTS_VIEW})
_SUPPORT: Final = _VIEWER | {OperatorPermit.SUPPORT_VIEW, OperatorPermit.SUPPORT_ENTER}
_OPERATOR: Final = _SUPPORT | {
    OperatorPermit.TENANTS_CREATE,
    OperatorPermit.TENANTS_CHANGE,
    OperatorPermit.TENANTS_SUSPEND,
    OperatorPermit.PLATFORM_PAUSE,
    OperatorPermit.OPERATORS_VIEW,
    OperatorPermit.AUDIT_VIEW,
    OperatorPermit.REVENUE_VIEW,
}
_OWNER: Final = frozenset(OperatorPermit)

OPERATOR_PERMITS: Final[dict[OperatorRole, frozenset[OperatorPermit]]] = {
    OperatorRole.VIEWER: _VIEWER,
    OperatorRole.SUPPORT: _SUPPORT,
    OperatorRole.OPERATOR: _OPERATOR,
    OperatorRole.OWNER: _OWNER,
}
