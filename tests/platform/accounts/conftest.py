"""A server where anybody may sign up, and whose mails can be read."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.platform.accounts.mails import Mails
from tests.support.server import LiveServer


@pytest.fixture(scope="session")
def mails(tmp_path_factory: pytest.TempPathFactory) -> Mails:
    return Mails(tmp_path_factory.mktemp("mails"))


@pytest.fixture(scope="session")
def desk(mails: Mails, tmp_path_factory: pytest.TempPathFactory, database: None) -> Iterator[LiveServer]:
    log = tmp_path_factory.mktemp("desk") / "serve.log"
    server = LiveServer(log, SIGN_UP="open", OPERATOR_MFA="required", EMAIL_URL=f"filemail:///{mails.folder}").start()
    yield server
    server.stop()
