"""The operators' side: commands and, on the public host, their console."""
