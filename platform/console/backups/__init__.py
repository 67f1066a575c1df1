"""Backups: all of the database as of any moment, and people's files; put back whole, or one tenant alone."""
