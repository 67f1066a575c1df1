"""Rooms and messages: what a tenant's people do. Everything here lives in the tenant's own schema."""
