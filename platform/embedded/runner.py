"""`make run`: private servers, Parley on top of them, until somebody asks to stop."""

import contextlib
import os
from pathlib import Path

from embedded import environment
from embedded.folders import Folders
from embedded.leftovers import end_leftovers
from embedded.parley import Parley, all_live
from embedded.port import answers_ready, free_port
from embedded.pretence import pretended_stripe
from embedded.private import private_servers
from embedded.progress import say, step
from embedded.record import Record
from embedded.shelter import SHELTER
from embedded.stop import StopAsked, stop_signals

# What is asked of manage.py, in this order.
PREPARATION = (
    ("Database: migrating", "migrate"),
    ("Tenants: migrating", "tenant migrate"),
    ("Demo tenants: seeding what is missing", "seed --quiet"),
)
SERVICES = ("serve --port {port}", "worker")
SHOW = "seed --show"
SELL = "billing setup"

SERVERS = ("DATABASE_URL", "REDIS_URL")
READY_SECONDS = 60.0
WATCH_SECONDS = 0.1


def run(checkout: Path, shelter: Path = SHELTER) -> None:
    """Run until Ctrl-C, SIGTERM or a closed terminal. Raises CannotRun when it cannot begin or go on."""
    folders = Folders(checkout)
    with contextlib.suppress(StopAsked), stop_signals() as stop, folders.lock():
        record = Record(folders.processes)
        end_leftovers(record, folders.servers_work_in)
        kept = environment.read(folders.environment)
        settings = environment.settled(kept, os.environ)
        port = free_port(settings["PORT"])
        wanted = {name for name in SERVERS if not environment.chosen_by_user(name, os.environ)}
        webhook = f"http://{settings['BASE_DOMAIN']}:{port}/billing/webhook"
        with (
            pretended_stripe(folders, os.environ, webhook, record, stop.sleep) as pretence,
            private_servers(wanted, kept, folders, record, stop.sleep, shelter) as private,
        ):
            settings |= private.urls
            environment.write(folders.environment, settings)
            env = environment.for_children(settings, os.environ) | (pretence.settings() if pretence else {})
            parley = Parley(folders, env, record, stop.sleep)
            for what, command in PREPARATION:
                with step(what):
                    parley.do(command)
            with parley.serving([command.format(port=port) for command in SERVICES]) as services:
                children = [*private.children, *services]
                with step(f"Parley: starting on http://localhost:{port}"):
                    services[0].wait_until(lambda: all_live(children) and answers_ready(port), READY_SECONDS)
                parley.do(SHOW, logged=False)
                if pretence:
                    parley.do(SELL)
                    say("Plans are sold by a pretence of Stripe: no money moves.")
                say("Ctrl-C stops everything.")
                while all_live(children):
                    stop.sleep(WATCH_SECONDS)
