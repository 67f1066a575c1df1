"""The ASGI servers: Daphne with bounds and a drain, and uvicorn. They know no app and no Django."""
