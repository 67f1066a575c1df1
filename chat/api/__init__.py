"""``/api/v1``: the same commands as the socket's, over HTTP."""
