"""What the operators' console costs where there are many tenants: as many statements as where there are few."""

from __future__ import annotations

import asyncio
import time
from functools import partial

from django.db import connections, transaction
from django.http import HttpRequest

from console.pages import operators
from tenants.sessions import SESSION_CONFIRMED_AT, SESSION_SECOND_FACTOR
from tests.support.console_pages import Made, in_a_loop, made_pages
from tests.support.furnished import Furnished, furnish
from tests.support.server import LiveServer

# Rows without schemas, which nobody but this transaction sees.
TENANTS = """
    INSERT INTO tenants_tenant
    SELECT (jsonb_populate_record(model, jsonb_build_object(
        'id', 1000000 + n, 'slug', 'many-' || n, 'name', 'Many ' || n, 'schema_name', 't_many_' || n))).*
    FROM tenants_tenant model, generate_series(%s::int, %s) n WHERE model.id = %s
"""
DOMAINS = """
    INSERT INTO tenants_domain
    SELECT (jsonb_populate_record(model, jsonb_build_object(
        'id', 1000000 + n, 'domain', 'many-' || n || '.example.com', 'tenant_id', 1000000 + n))).*
    FROM tenants_domain model, generate_series(%s::int, %s) n
    WHERE model.id = (SELECT min(id) FROM tenants_domain WHERE tenant_id = %s)
"""


def test_every_page_costs_with_a_thousand_tenants_what_it_costs_with_a_hundred(live: LiveServer) -> None:
    furnished = asyncio.run(furnish(live))
    few, many = in_a_loop(partial(_few_and_many, furnished))
    assert {page: len(made.statements) for page, made in many.items()} == {
        page: len(made.statements) for page, made in few.items()
    }
    assert max(len(made.statements) for made in many.values()) <= 20


def _few_and_many(furnished: Furnished) -> tuple[dict[str, Made], dict[str, Made]]:
    with transaction.atomic("default"):
        _grow(furnished, 1, 100)
        few = _pages(furnished)
        _grow(furnished, 101, 1_000)
        many = _pages(furnished)
        transaction.set_rollback(True, "default")
    return few, many


def _grow(furnished: Furnished, first: int, last: int) -> None:
    model = furnished.tenancy.record.id
    with connections["default"].cursor() as cursor:
        cursor.execute(TENANTS, (first, last, model))
        cursor.execute(DOMAINS, (first, last, model))


def _pages(furnished: Furnished) -> dict[str, Made]:
    def prepare(request: HttpRequest) -> None:
        request.user = furnished.operator
        request.session = {  # type: ignore[assignment]
            SESSION_CONFIRMED_AT: time.time(),
            SESSION_SECOND_FACTOR: furnished.operator.pk,
        }

    return made_pages(operators, partial(furnished.fill, "operators"), prepare)
