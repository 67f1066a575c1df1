"""Parley's Daphne: bounded both ways, and stopped without losing anybody.

Importing this installs Twisted's asyncio reactor, so it comes before anything that imports the reactor.
"""

import daphne.server  # isort: skip  # noqa: F401 - installs the reactor

from servers.daphne.server import serve

__all__ = ["serve"]
