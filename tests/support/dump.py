"""A schema as pg_dump writes it, without the names that differ from tenant to tenant."""

from __future__ import annotations

import os
import re
import subprocess

from embedded.binaries import find_binaries
from embedded.owner import server_owner


def dumped(schema: str) -> str:
    """DDL, owners and grants of ``schema``, which is called SCHEMA in it."""
    return _dump(schema, "--schema-only")


def dumped_rows(schema: str) -> str:
    """All that its tables hold; bytes as text, where they are."""
    told = _dump(schema, "--data-only")
    return re.sub(r"\\\\x([0-9a-f]*)", lambda found: bytes.fromhex(found[1]).decode(errors="replace"), told)


def _dump(schema: str, what: str) -> str:
    program = find_binaries(server_owner()).postgres / "pg_dump"
    database = os.environ["DATABASE_URL"]
    # A tenant's tables are readable as its own role only.
    command = [program, what, f"--schema={schema}", f"--role={schema}", f"--dbname={database}"]
    told = subprocess.run(command, capture_output=True, text=True, check=True)
    # Newer releases guard their output with a random word.
    lines = [line for line in told.stdout.splitlines() if not line.startswith(("\\restrict", "\\unrestrict"))]
    return "\n".join(lines).replace(schema, "SCHEMA")
