"""A legal message, a broken rule right behind it, and what comes after that (in sections 3 to 5)."""

from tests.platform.servers.conformance.case import failed

REASON = "the rule may be found broken before the application has answered the message; its answer is dropped then"


def overtaken(number, steps, echo):
    """The message's echo may come or not, as the suite has it; nothing may answer what follows the broken rule."""
    return failed(number, steps, ("text", echo), non_strict=(), tolerated=REASON)
