import base64
from pathlib import Path

import environ
from cryptography.fernet import Fernet

from embedded import environment


def test_secrets_are_made_once_and_kept(tmp_path: Path) -> None:
    file = tmp_path / "parley.env"
    first = environment.settled({}, {})
    environment.write(file, first)
    assert environment.settled(environment.read(file), {}) == first
    assert environment.settled({}, {})["SECRET_KEY"] != first["SECRET_KEY"]


def test_the_encryption_key_is_a_fernet_key() -> None:
    key = environment.fernet_key()
    assert Fernet(key).decrypt(Fernet(key).encrypt(b"secret")) == b"secret"
    assert len(base64.urlsafe_b64decode(key)) == 32


def test_the_file_is_private_even_over_an_open_one(tmp_path: Path) -> None:
    file = tmp_path / "parley.env"
    file.write_text("")
    file.chmod(0o644)
    environment.write(file, {"SECRET_KEY": "s"})
    assert file.stat().st_mode & 0o777 == 0o600


def test_django_environ_reads_the_file_as_we_do(tmp_path: Path, monkeypatch) -> None:
    file = tmp_path / "parley.env"
    values = environment.settled({}, {}) | {"REDIS_URL": "unix:///tmp/s?password=p"}
    environment.write(file, values)
    monkeypatch.setattr(environ.Env, "ENVIRON", {})
    environ.Env.read_env(file)
    assert environ.Env.ENVIRON == values == environment.read(file)


def test_the_users_environment_wins() -> None:
    assert environment.for_children({"PORT": "8000"}, {"PORT": "9000"})["PORT"] == "9000"
    assert environment.settled({"PORT": "8000"}, {"PORT": "9000"})["PORT"] == "9000"


def test_a_port_of_one_run_is_not_the_next_ones() -> None:
    assert environment.settled({"PORT": "9000"}, {})["PORT"] == "8000"


def test_a_variable_that_names_a_file_counts_as_set() -> None:
    user = {"DATABASE_URL_FILE": "/run/secrets/database"}
    assert environment.chosen_by_user("DATABASE_URL", user)
    assert "DATABASE_URL" not in environment.for_children({"DATABASE_URL": "ours"}, user)
    assert not environment.chosen_by_user("REDIS_URL", user | {"REDIS_URL": ""})


def test_the_password_of_a_url_is_kept_and_a_missing_one_made() -> None:
    assert environment.password_in("postgres://parley:kept@:5432/parley?host=/tmp/s") == "kept"
    assert environment.password_in("unix:///tmp/s?password=kept") == "kept"
    assert len(environment.password_in(None)) == 32
    assert environment.password_in("unix:///tmp/s") != environment.password_in("unix:///tmp/s")
