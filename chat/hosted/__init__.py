"""Hosted rooms: the pages on a tenant's own host."""
