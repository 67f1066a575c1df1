"""Who may do what in a tenant's console: one table of roles and permits."""

from __future__ import annotations

import enum
from typing import Final

from tenants.models import Role, SupportAccess
from tenants.records import Service


class Permit(enum.StrEnum):
    """What a page or one of its actions asks for. Those that end in ``.view`` change nothing."""

    OVERVIEW_VIEW = "overview.view"
    USERS_VIEW = "users.view"
    USERS_CHANGE = "users.change"
    USERS_IMPORT = "users.import"
    USERS_ERASE = "users.erase"
    """Erase or hand out all that is known of one person."""
    TEAM_VIEW = "team.view"
    TEAM_CHANGE = "team.change"
    ROOMS_VIEW = "rooms.view"
    ROOMS_CHANGE = "rooms.change"
    ROOMS_EXPORT = "rooms.export"
    CONVERSATIONS_VIEW = "conversations.view"
    """Read what was said, in private rooms too."""
    MODERATION_VIEW = "moderation.view"
    MODERATION_ACT = "moderation.act"
    MODERATION_RULES = "moderation.rules"
    KEYS_VIEW = "keys.view"
    KEYS_CHANGE = "keys.change"
    """API keys, signing keys, origins."""
    HOOKS_VIEW = "hooks.view"
    HOOKS_CHANGE = "hooks.change"
    """Webhooks, bots, incoming webhooks."""
    SETTINGS_VIEW = "settings.view"
    SETTINGS_CHANGE = "settings.change"
    """Appearance, languages, retention, e-mails, whether support may come in."""
    AUDIT_VIEW = "audit.view"
    BILLING_VIEW = "billing.view"
    BILLING_CHANGE = "billing.change"


_AGENT: Final = frozenset({Permit.OVERVIEW_VIEW, Permit.USERS_VIEW, Permit.ROOMS_VIEW})
_MODERATOR: Final = _AGENT | {
    Permit.CONVERSATIONS_VIEW,
    Permit.MODERATION_VIEW,
    Permit.MODERATION_ACT,
    Permit.TEAM_VIEW,
}
_OWNER: Final = frozenset(Permit)

PERMITS: Final[dict[Role, frozenset[Permit]]] = {
    Role.AGENT: _AGENT,
    Role.MODERATOR: _MODERATOR,
    Role.ADMIN: _OWNER - {Permit.BILLING_CHANGE},
    Role.OWNER: _OWNER,
}

_UNPAID: Final = frozenset({Permit.BILLING_VIEW, Permit.BILLING_CHANGE, Permit.ROOMS_VIEW, Permit.ROOMS_EXPORT})
"""What is left of a console whose tenant was suspended for not being paid: to pay, and to take out what was said."""
_SECRETS: Final = frozenset(
    {Permit.TEAM_VIEW, Permit.TEAM_CHANGE, Permit.BILLING_VIEW, Permit.KEYS_CHANGE, Permit.HOOKS_CHANGE}
)
"""What support has no business with: who may come in, what is paid, what is shown once or would outlast the visit."""


def permits_of_role(role: Role, service: Service) -> frozenset[str]:
    """What a member may do. Where nothing is paid, those who look after billing may still see to that."""
    permits = PERMITS[role]
    if service is not Service.SUSPENDED:
        return permits
    return permits & _UNPAID if Permit.BILLING_VIEW in permits else frozenset()


def support_permits(mode: SupportAccess) -> frozenset[str]:
    """What an operator may do who was let in."""
    permits = PERMITS[Role.ADMIN]
    return permits - _SECRETS if mode is SupportAccess.CHANGE else views_among(permits)


def views_among(permits: frozenset[str]) -> frozenset[str]:
    """Those that only look."""
    return frozenset(permit for permit in permits if permit.endswith(".view"))
