import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from embedded.owner import UNPRIVILEGED, server_owner
from tests.platform.embedded.checkout import Checkout
from tests.platform.embedded.conftest import as_root


@pytest.fixture
def root_in_many_groups() -> Iterator[None]:
    groups = os.getgroups()
    os.setgroups([0, 4, 12345])
    yield
    os.setgroups(groups)


@as_root
@pytest.mark.usefixtures("root_in_many_groups")
def test_root_becomes_nobody_and_no_group_comes_along() -> None:
    owner = server_owner()
    assert owner.name == UNPRIVILEGED
    identity = 'test "$(id -u):$(id -G)" = "$1"'
    assert owner.succeeds("/bin/sh", "-c", identity, "sh", f"{owner.uid}:{owner.group}")


@as_root
def test_reach_is_tried_not_read_from_mode_bits(private_checkout: Checkout) -> None:
    private_checkout.folder.chmod(0o777)
    assert not server_owner().succeeds("/bin/sh", "-c", 'cd -- "$1"', "sh", private_checkout.folder)
    private_checkout.top.chmod(0o711)
    assert server_owner().succeeds("/bin/sh", "-c", 'cd -- "$1"', "sh", private_checkout.folder)


def test_a_program_that_does_not_exist_is_a_no(tmp_path: Path) -> None:
    assert not server_owner().succeeds(tmp_path / "none")
