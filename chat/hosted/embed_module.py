"""``/embed.js``: the widget as customers' pages load it, from the host of their organisation."""

from __future__ import annotations

import json
from hashlib import blake2b

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from chat.assets.bundle import asset
from chat.assets.serving import for_every_origin
from tenants.appearance import appearance_payload
from tenants.records import TenantRecord


@require_safe
async def embed_module(request: HttpRequest) -> HttpResponse:
    tenant: TenantRecord = request.tenant  # type: ignore[attr-defined]
    script = _script(tenant).encode()
    response = HttpResponse(script, content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "public, max-age=300"
    response["ETag"] = f'"{blake2b(script, digest_size=10).hexdigest()}"'
    return for_every_origin(request, response)


def _script(tenant: TenantRecord) -> str:
    """Where it came from is where the organisation is, whatever proxy stands in front."""
    widget = asset("widget/embed.js")
    given = {"organisation": tenant.name, "appearance": appearance_payload(tenant.appearance)}
    return "\n".join(
        [
            f'import {{ configure }} from "{widget}";',
            f'export * from "{widget}";',
            f"configure({{ origin: new URL(import.meta.url).origin, ...{json.dumps(given)} }});",
            "",
        ]
    )
