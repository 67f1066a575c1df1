"""Exports, imports and clones of tenants that operators ask for: the worker makes them, by ``manage.py tenant``."""
