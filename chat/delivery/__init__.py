"""Delivery: from a committed message to every local socket. Knows no Django; what it reads is handed to it."""
