"""The operators' console on the public host, at ``/operators/``."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from console.permits import OPERATOR_PERMITS
from tenants.consoles.site import ConsoleSite
from tenants.maintenance import maintenance
from tenants.models import Account, OperatorRole
from tenants.sessions import SESSION_SECOND_FACTOR


class OperatorsConsole(ConsoleSite):
    site_header = site_title = "Parley operators"
    sections = ("Platform", "Tenants", "Team")

    def permits_of(self, request: HttpRequest) -> frozenset[str]:
        account = request.user
        if not isinstance(account, Account) or not account.is_operator or self.lacks_second_factor(request):
            return frozenset()
        return OPERATOR_PERMITS[OperatorRole(account.operator_role)]

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        context = super().each_context(request)
        return {**context, "site_url_label": "Public page", "in_maintenance": maintenance() is not None}

    def lacks_second_factor(self, request: HttpRequest) -> bool:
        account = request.user
        asked = settings.OPERATOR_MFA == "required" and isinstance(account, Account) and account.is_operator
        return asked and request.session.get(SESSION_SECOND_FACTOR) != account.pk


operators = OperatorsConsole(name="operators")
