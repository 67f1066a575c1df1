"""Which of its month's limits a tenant has used up: judged every minute, and written to its row, where every process
hears of it. So a month's limit holds to within the minute, and nothing is counted when somebody writes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db import connections

from tenants.models import Tenant
from tenants.routers import SHARED
from tenants.usage import month_of

MESSAGES: Final = "monthly_messages"
ACTIVE_USERS: Final = "monthly_active_users"
_LATELY = timedelta(minutes=15)
_JUST_NOW = timedelta(minutes=3)


def judge(now: datetime, tenant: Tenant | None = None) -> None:
    """Write which of the month's limits are used up: of this tenant, or of all that wrote lately or had used one up.
    At a month's start, and when limits rise, none is.

    Hours that are final count as they were counted from the messages; in those since, what the processes noted counts
    too, which is seconds behind.
    """
    parameters = {"month": month_of(now), "lately": now - _LATELY, "tenant": tenant.pk if tenant else None}
    with connections[SHARED].cursor() as cursor:
        cursor.execute(_JUDGE, parameters)
    if tenant is not None:
        tenant.refresh_from_db(fields=["reached"])


def limited_writers(now: datetime) -> list[int]:
    """Tenants whose people are limited and wrote in the last minutes, by their keys."""
    with connections[SHARED].cursor() as cursor:
        cursor.execute(_LIMITED_WRITERS, {"lately": now - _JUST_NOW})
        return [tenant_id for (tenant_id,) in cursor.fetchall()]


_WROTE_LATELY = """
    tenant.id IN (
        SELECT tenant_id FROM tenants_figure
        WHERE span = 'minute' AND at >= %(lately)s AND messages > 0 AND tenant_id IS NOT NULL
    )
"""
_LIMITED_WRITERS = f"""
    SELECT id FROM tenants_tenant tenant WHERE monthly_active_users IS NOT NULL AND {_WROTE_LATELY} ORDER BY id
"""  # noqa: S608 - constants
_REACHED = """
    to_jsonb(array_remove(ARRAY[
        CASE WHEN used.active_users >= tenant.monthly_active_users THEN 'monthly_active_users' END,
        CASE WHEN used.messages >= tenant.monthly_messages THEN 'monthly_messages' END
    ], NULL))
"""
_JUDGE = f"""
    WITH judged AS (
        SELECT id FROM tenants_tenant tenant
        WHERE (%(tenant)s::bigint IS NULL AND (tenant.reached <> '[]' OR (
            (monthly_active_users IS NOT NULL OR monthly_messages IS NOT NULL) AND {_WROTE_LATELY}
        ))) OR tenant.id = %(tenant)s::bigint
    ), used AS (
        SELECT judged.id, counted.messages, people.active_users
        FROM judged CROSS JOIN LATERAL (
            SELECT COALESCE(max(hour) + interval '1 hour', %(month)s) AS open_since FROM tenants_usage
            WHERE tenant_id = judged.id AND hour >= %(month)s AND final
        ) settled CROSS JOIN LATERAL (
            SELECT COALESCE(sum(
                CASE WHEN final THEN hours.messages ELSE GREATEST(hours.messages, noted.messages) END
            ), 0) AS messages FROM (
                SELECT hour, messages, final FROM tenants_usage WHERE tenant_id = judged.id AND hour >= %(month)s
            ) hours FULL JOIN (
                SELECT date_trunc('hour', at, 'UTC') AS hour, sum(messages) AS messages FROM tenants_figure
                WHERE tenant_id = judged.id AND span = 'minute' AND at >= settled.open_since GROUP BY 1
            ) noted USING (hour)
        ) counted CROSS JOIN LATERAL (
            SELECT count(*) AS active_users FROM tenants_activeuser
            WHERE tenant_id = judged.id AND month = (%(month)s AT TIME ZONE 'UTC')::date
        ) people
    )
    UPDATE tenants_tenant tenant SET reached = {_REACHED}
    FROM used WHERE used.id = tenant.id AND tenant.reached <> {_REACHED}
"""  # noqa: S608 - constants
