"""What is read, in one statement each, under the tenant in scope."""
