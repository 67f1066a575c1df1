"""The environment: each value typed, each fault one line that names the variable."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from environ import FileAwareEnv

from config.environment import Environment

KEY = f"{'A' * 43}="


@pytest.fixture
def env(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Environment:
    monkeypatch.setattr(FileAwareEnv.ENVIRON, "files_cache", {})  # what was in a file is remembered for the process
    return Environment(tmp_path / "none")


Read = Callable[[Environment], Any]

READS: dict[str, Read] = {
    "text": lambda env: env.text("X"),
    "flag": lambda env: env.flag("X", True),
    "number": lambda env: env.number("X", 5, low=1, high=10),
    "host": lambda env: env.host("X", "localhost"),
    "choice": lambda env: env.choice("X", "a", ("a", "b")),
    "database": lambda env: env.database("X"),
    "redis": lambda env: env.redis("X"),
    "encryption_keys": lambda env: env.encryption_keys("X"),
    "email": lambda env: env.email("X", "consolemail://"),
    "storage": lambda env: env.storage("X", "file:///var/media"),
}


@pytest.mark.parametrize(
    ("kind", "value", "wanted"),
    [
        ("text", " secret\n", "secret"),
        ("flag", "true", True),
        ("flag", "ON", True),
        ("flag", "1", True),
        ("flag", "false", False),
        ("flag", "No", False),
        ("flag", "0", False),
        ("number", "10", 10),
        ("number", " 1\n", 1),
        ("host", "Chat.Example.COM", "chat.example.com"),
        ("choice", "b", "b"),
        ("redis", "redis://h:6379/0\n", "redis://h:6379/0"),
        ("redis", "unix:///run/valkey.sock?db=1", "unix:///run/valkey.sock?db=1"),
        ("encryption_keys", f"{KEY}, {KEY},\n", [KEY, KEY]),
    ],
)
def test_good_values_are_read(
    env: Environment, monkeypatch: pytest.MonkeyPatch, kind: str, value: str, wanted: object
) -> None:
    monkeypatch.setenv("X", value)
    assert READS[kind](env) == wanted


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("text", ""),
        ("text", " \n"),
        ("flag", ""),
        ("flag", "maybe"),
        ("flag", "2"),
        ("number", ""),
        ("number", "many"),
        ("number", "0"),
        ("number", "11"),
        ("number", "5.5"),
        ("host", ""),
        ("host", "http://example.com"),
        ("host", "example.com:8000"),
        ("host", "-example.com"),
        ("host", "exa_mple.com"),
        ("host", "*.example.com"),
        ("choice", "c"),
        ("choice", "A"),
        ("database", ""),
        ("database", "parley"),
        ("database", "mysql://u:p@h/db"),
        ("database", "postgres://u:p@h"),
        ("database", "postgres://u:p@h/"),
        ("database", "postgres://u:p@h:port/db"),
        ("database", "postgres://u:p@h:99999/db"),
        ("database", "postgres://[::1/db"),
        ("redis", ""),
        ("redis", "http://h"),
        ("redis", "redis://h:port"),
        ("redis", "redis://[::1"),
        ("encryption_keys", ""),
        ("encryption_keys", ","),
        ("encryption_keys", "short"),
        ("encryption_keys", f"{KEY},short"),
        ("encryption_keys", "é" * 44),
        ("email", "nonsense"),
        ("email", "carrier-pigeon://x"),
        ("email", "smtp://h:port"),
        ("storage", "media"),
        ("storage", "https://files.example.com/"),
        ("storage", "file://host/media"),
        ("storage", "file:media"),
        ("storage", "s3:///folder/only"),
        ("storage", "s3://[::1"),
    ],
)
def test_bad_values_are_named(env: Environment, monkeypatch: pytest.MonkeyPatch, kind: str, value: str) -> None:
    monkeypatch.setenv("X", value)
    with pytest.raises(ImproperlyConfigured) as wrong:
        READS[kind](env)
    line = str(wrong.value)
    assert line.startswith("X ")
    assert "\n" not in line
    assert value in ("", "0", "11", "c", "A", " \n", ",", "2") or value not in line, "a value may be a secret"


@pytest.mark.parametrize("kind", ["text", "database", "redis", "encryption_keys"])
def test_what_has_no_default_must_be_set(env: Environment, kind: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^X is not set \(nor X_FILE\)$"):
        READS[kind](env)


@pytest.mark.parametrize(("kind", "wanted"), [("flag", True), ("number", 5), ("host", "localhost"), ("choice", "a")])
def test_what_has_a_default_may_be_left_out(env: Environment, kind: str, wanted: object) -> None:
    assert READS[kind](env) == wanted


def test_files_lie_in_a_folder(env: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    assert env.storage("X", "file:///var/media")["OPTIONS"]["location"] == "/var/media"
    monkeypatch.setenv("X", "file:///srv/our%20files")
    storage = env.storage("X", "")
    assert (storage["BACKEND"].rpartition(".")[2], storage["OPTIONS"]["location"]) == (
        "FileSystemStorage",
        "/srv/our files",
    )


def test_or_in_a_bucket_for_which_boto3_must_be_there(env: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X", "s3://ID:a%2Fb@bucket/parley/?region=eu-central-1&endpoint=https://s3.example.com")
    monkeypatch.setattr("config.environment.find_spec", lambda name: None)
    with pytest.raises(ImproperlyConfigured, match=r"^X needs boto3"):
        env.storage("X", "")
    monkeypatch.setattr("config.environment.find_spec", lambda name: name)
    assert env.storage("X", "") == {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": "bucket",
            "location": "parley",
            "access_key": "ID",
            "secret_key": "a/b",
            "region_name": "eu-central-1",
            "endpoint_url": "https://s3.example.com",
        },
    }


def test_a_file_may_hold_the_value_and_wins(env: Environment, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("from the file\n")
    monkeypatch.setenv("X", "from the environment")
    monkeypatch.setenv("X_FILE", str(tmp_path / "secret"))
    assert env.text("X") == "from the file"


def test_a_file_that_cannot_be_read_is_named(env: Environment, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    for place, line in (
        ("nowhere", "X_FILE cannot be read"),
        ("", "X_FILE cannot be read"),
        ("binary", "X is malformed"),
    ):
        monkeypatch.setenv("X_FILE", str(tmp_path / place))
        for kind in ("text", "number", "email"):
            with pytest.raises(ImproperlyConfigured, match=f"^{line}"):
                READS[kind](env)


def test_the_environment_wins_over_the_kept_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    kept = tmp_path / "parley.env"
    kept.write_text("PARLEY_TEST_KEPT=kept\nPARLEY_TEST_BOTH=kept\n")
    for name in ("PARLEY_TEST_KEPT", "PARLEY_TEST_BOTH"):
        monkeypatch.setenv(name, "registered, to be taken away again")
        monkeypatch.delenv(name)
    monkeypatch.setenv("PARLEY_TEST_BOTH", "environment")
    env = Environment(kept)
    assert (env.text("PARLEY_TEST_KEPT"), env.text("PARLEY_TEST_BOTH")) == ("kept", "environment")
