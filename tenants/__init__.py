"""Tenancy: who the tenants are, which one a request belongs to, and the one door into its schema."""
