"""What changes a tenant's conversation: each command checks, does, and then announces. Both doors, socket and
REST, call these."""
