import os
from pathlib import Path

import pytest

from embedded.errors import CannotRun
from embedded.folders import LONGEST_SOCKET, SOCKET_PATH_LIMIT, Folders, open_socket_folder
from embedded.owner import server_owner
from tests.platform.embedded.checkout import Checkout
from tests.platform.embedded.conftest import as_root


def test_the_socket_path_is_short_however_long_the_checkouts_is() -> None:
    folders = Folders(Path("/" + "deep/" * 200))
    assert len(str(folders.sockets / LONGEST_SOCKET)) < SOCKET_PATH_LIMIT
    assert folders.sockets != Folders(Path("/elsewhere")).sockets


def test_a_socket_folder_is_its_owners_alone_whatever_it_was_before(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    folder.mkdir(mode=0o777)
    open_socket_folder(folder, server_owner())
    found = folder.stat()
    assert (found.st_mode & 0o777, found.st_uid) == (0o700, server_owner().uid)


def test_a_link_in_the_place_of_the_socket_folder_is_refused(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o755)
    (tmp_path / "s").symlink_to(elsewhere)
    with pytest.raises(CannotRun, match="is not ours"):
        open_socket_folder(tmp_path / "s", server_owner())
    assert elsewhere.stat().st_mode & 0o777 == 0o755


def test_a_file_in_the_place_of_the_socket_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "s").write_text("")
    with pytest.raises(CannotRun, match="is not ours"):
        open_socket_folder(tmp_path / "s", server_owner())


@as_root
def test_somebody_elses_socket_folder_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    folder.mkdir(mode=0o755)
    os.chown(folder, 12345, 12345)
    with pytest.raises(CannotRun, match="belongs to user 12345"):
        open_socket_folder(folder, server_owner())
    assert folder.stat().st_mode & 0o777 == 0o755


def test_a_path_too_long_for_a_socket_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CannotRun, match="too long a path"):
        open_socket_folder(tmp_path / ("s" * 100), server_owner())


def test_a_squatted_socket_folder_stops_a_run(checkout: Checkout) -> None:
    sockets = Folders(checkout.folder).sockets
    sockets.symlink_to(checkout.top)
    try:
        assert f"{sockets} is not ours" in checkout.start().refused()
    finally:
        sockets.unlink()
