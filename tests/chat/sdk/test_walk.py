"""The JavaScript client against a real server: what it calls is there, and what it tells is so."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.support.cast import Tenancy
from tests.support.node import ON_LOOPBACK, node
from tests.support.server import LiveServer

WALK = Path(__file__).with_name("walk.mjs")


def test_two_people_do_in_a_room_all_that_the_client_offers(live: LiveServer, acme: Tenancy) -> None:
    tokens = [acme.token(user, name=user.title()) for user in ("ann", "bob")]
    walked = subprocess.run(
        [
            node(),
            "--no-warnings",
            "--experimental-websocket",  # what Node has without being asked since version 22
            "--import",
            ON_LOOPBACK,
            WALK,
            f"http://{acme.host}:{live.port}",
            acme.api_key,
            *tokens,
        ],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert walked.returncode == 0, walked.stdout + walked.stderr
    assert walked.stdout == "walked\n"
