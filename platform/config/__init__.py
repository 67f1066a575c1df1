"""How the parts are put together: settings, hosts to URLs, the ASGI application, health, logs."""
