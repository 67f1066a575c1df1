"""Telling a tenant's own servers what happened, and asking them before it does."""
