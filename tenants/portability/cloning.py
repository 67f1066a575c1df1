"""A tenant once more, beside itself."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from tenants.portability.arriving import Arrived
from tenants.portability.exporting import export_tenant
from tenants.portability.importing import import_tenant
from tenants.provisioning import check_new_slug


def clone_tenant(
    slug: str, new: str, *, masked: bool = False, progress: Callable[[str], None] = lambda _: None
) -> Arrived:
    """A copy of one moment, with keys of its own; ``masked``, it knows nobody. By a file, which goes: so it is made by
    the same steps, and verified as they are.

    Raises ParleyError ``tenant_not_found``, ``slug_taken`` (and what else a slug may be); OSError.
    """
    check_new_slug(new)
    with tempfile.TemporaryDirectory(prefix="parley-clone-") as folder:
        file = Path(folder) / "export.zip"
        export_tenant(slug, file, masked=masked, progress=progress)
        return import_tenant(file, new, progress=progress)
