"""Migrations that do what tests/migrations/expanding.py refuses, and why that is right: ``(app, name): reason``."""

ALLOWED: dict[tuple[str, str], str] = {}
