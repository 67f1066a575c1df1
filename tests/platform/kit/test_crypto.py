"""Secrets at rest, and how their keys rotate."""

from __future__ import annotations

import pytest
from cryptography.fernet import Fernet

from kit.crypto import Sealer, Unsealable


def key() -> str:
    return Fernet.generate_key().decode()


def test_what_is_sealed_is_opened_and_not_readable() -> None:
    sealer = Sealer([key()])
    sealed = sealer.seal("a secret 🙂")
    assert "secret" not in sealed
    assert sealer.open(sealed) == "a secret 🙂"


def test_the_same_secret_never_looks_the_same() -> None:
    sealer = Sealer([key()])
    assert sealer.seal("a secret") != sealer.seal("a secret")


def test_after_a_rotation_old_secrets_open_and_new_ones_need_the_new_key_alone() -> None:
    old, new = key(), key()
    before, during, after = Sealer([old]), Sealer([new, old]), Sealer([new])
    assert during.open(before.seal("old")) == "old"
    assert after.open(during.seal("new")) == "new"
    with pytest.raises(Unsealable):
        after.open(before.seal("old"))


@pytest.mark.parametrize("sealed", ["", "garbage", "é", "gAAAAA==", "gAAAAABm" + "A" * 90])
def test_what_was_never_sealed_is_refused(sealed: str) -> None:
    with pytest.raises(Unsealable):
        Sealer([key()]).open(sealed)


def test_a_changed_secret_is_refused() -> None:
    sealer = Sealer([key()])
    sealed = sealer.seal("a secret")
    for place in (10, 40, len(sealed) - 5):
        changed = "A" if sealed[place] != "A" else "B"
        with pytest.raises(Unsealable):
            sealer.open(sealed[:place] + changed + sealed[place + 1 :])


@pytest.mark.parametrize("keys", [[], [""], ["short"], ["x" * 44], [key()[:-4]], [key(), "short"]])
def test_what_is_no_key_is_refused(keys: list[str]) -> None:
    with pytest.raises(ValueError):
        Sealer(keys)
