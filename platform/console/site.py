"""The operators' console on the public host, at ``/operators/``."""

from __future__ import annotations

from django.http import HttpRequest

from console.permits import OPERATOR_PERMITS
from tenants.consoles.site import ConsoleSite
from tenants.models import Account, OperatorRole


class OperatorsConsole(ConsoleSite):
    site_header = site_title = "Parley operators"
    sections = ("Platform", "Tenants", "Team")

    def permits_of(self, request: HttpRequest) -> frozenset[str]:
        account = request.user
        if not isinstance(account, Account) or not account.is_operator:
            return frozenset()
        return OPERATOR_PERMITS[OperatorRole(account.operator_role)]


operators = OperatorsConsole(name="operators")
