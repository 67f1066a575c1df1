"""The operators' API put together. Errors, bodies and answers are those of the tenants' API."""

from __future__ import annotations

from chat.api.api import StrictParser, WireRenderer
from chat.api.failures import answer_with_problems
from console.api import domains, exports, tenants
from console.api.door import admitted, with_permit
from console.api.openapi import CREDENTIALS, DESCRIPTION, OperatorsAPI

api = OperatorsAPI(
    title="Parley for operators",
    version="1.0.0",
    description=DESCRIPTION,
    urls_namespace="operators_api",
    auth=admitted,
    parser=StrictParser(),
    renderer=WireRenderer(),
    openapi_extra={"security": [{name: []} for name in CREDENTIALS]},
    docs_url=None,
)
api.add_router("", tenants.router)
api.add_router("", domains.router)
api.add_router("", exports.router)
api.add_decorator(with_permit, mode="view")
answer_with_problems(api)
