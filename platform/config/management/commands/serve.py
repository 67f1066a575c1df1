"""``manage.py serve``: HTTP and WebSocket, until SIGTERM or Ctrl-C."""

import gc
import socket
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.module_loading import import_string

from servers import listening, systemd, workers
from servers.lifespan import StartupFailed
from servers.limits import Limits


class Command(BaseCommand):
    help = "Serve HTTP and WebSocket until SIGTERM or Ctrl-C, then let everything under way end."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--server", choices=("daphne", "uvicorn"), default="daphne")
        parser.add_argument("--workers", type=int, default=1, help="processes on the same port")
        parser.add_argument("--host", help="numeric address; by default all, or with DEBUG this machine only")
        parser.add_argument("--port", default=str(settings.PORT))

    def handle(self, *args: Any, **options: Any) -> None:
        limits = Limits()
        try:
            worker = workers.inherited(limits.grace)
            if worker:
                self._serve(options["server"], worker.sockets, limits, worker.ready)
            else:
                self._start(options, limits)
        except listening.CannotListen as error:
            raise CommandError(str(error)) from error
        except StartupFailed as error:
            raise CommandError(f"The application could not start: {error}") from error
        except workers.WorkerFailed as error:
            raise CommandError(f"The server could not start: {error}") from error

    def _start(self, options: dict[str, Any], limits: Limits) -> None:
        if options["workers"] < 1:
            raise CommandError("--workers must be at least 1")
        handed_down = systemd.handed_down()
        sockets = handed_down or listening.bind(_hosts(options["host"]), _port(options["port"]))
        urls = [listening.url(each) for each in sockets]

        def announce() -> None:
            self.stdout.write(f"Listening on {' and '.join(urls)}")
            self.stdout.flush()
            systemd.notify("READY=1")

        if options["workers"] > 1 or handed_down:  # of these the supervisor can start new ones beside the old
            workers.supervise(options["workers"], sockets, grace=limits.grace, on_ready=announce)
        else:
            self._serve(options["server"], sockets, limits, announce)

    def _serve(
        self, server: str, sockets: Sequence[socket.socket], limits: Limits, on_ready: Callable[[], None]
    ) -> None:
        # The server first: Daphne's must install Twisted's reactor before an application imports it.
        serve = import_string(f"servers.{server}.serve")
        application = import_string(settings.ASGI_APPLICATION)

        def ready() -> None:
            _calm_the_collector()
            on_ready()

        serve(application, sockets, limits=limits, proxies=settings.TRUSTED_PROXIES, on_ready=ready)


def _calm_the_collector() -> None:
    """What is loaded by now stays, and is not looked at again. How seldom the rest is, ``manage.py`` says."""
    gc.collect()
    gc.freeze()


def _hosts(host: str | None) -> list[str]:
    if host:
        return [host.strip("[]")]
    return listening.loopback_hosts() if settings.DEBUG else ["0.0.0.0"]  # noqa: S104 - a proxy or container in front


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise CommandError(f"--port {text} is not a number between 0 and 65535")
    return int(text)
