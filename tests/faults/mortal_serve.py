"""A server with a fault built in, for the product has no switch for it: when it has committed a message of the user
``BEFORE_ACK`` or ``BEFORE_RING``, it dies by SIGKILL before it acknowledges it, or before it rings and delivers it. It
rises again at once: each life is forked from a process that has everything loaded.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from typing import Any

BEFORE_ACK, BEFORE_RING = "dies-before-ack", "dies-before-ring"
_SENT_SECONDS = 0.02  # in which acks leave


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def make_mortal() -> None:
    from chat.delivery.writer import Writer

    conclude = Writer._conclude

    def conclude_or_die(writer: Any, tenant: Any, together: Sequence[Any], answers: Sequence[Any]) -> None:
        authors = {draft.user_id for (draft, *_), answer in zip(together, answers, strict=True) if _is_new(answer)}
        if BEFORE_ACK in authors:
            _die()
        if BEFORE_RING in authors:
            writer._announce = lambda *_: asyncio.get_running_loop().call_later(_SENT_SECONDS, _die)
        conclude(writer, tenant, together, answers)

    Writer._conclude = conclude_or_die  # type: ignore[method-assign]


def _is_new(answer: Any) -> bool:
    return getattr(answer, "event", None) is not None


def live_again_and_again(port: int) -> None:
    from servers import listening

    sockets = listening.bind(["127.0.0.1"], port)
    listening.start(sockets)  # by us, so that those who come between two lives wait
    told = False

    def end(*_: object) -> None:
        nonlocal told
        told = True
        os.kill(life, signal.SIGTERM)

    while not told:
        life = os.fork()
        if not life:
            _live(sockets)
            os._exit(0)
        signal.signal(signal.SIGTERM, end)
        os.waitpid(life, 0)


def _live(sockets: Any) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    import servers.uvicorn
    from config.asgi import application
    from servers.limits import Limits

    def ready() -> None:
        print("Listening on its socket", flush=True)

    servers.uvicorn.serve(application, sockets, limits=Limits(), on_ready=ready)


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    import config.asgi  # noqa: F401 - what takes long is loaded before the first life

    make_mortal()
    live_again_and_again(int(sys.argv[sys.argv.index("--port") + 1]))
