"""Identifiers: what goes out comes back, nothing else does, and later ones sort later."""

from __future__ import annotations

import re
import time
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as some

from kit.ids import opaque, stored_id, uuid7, wire_id


@given(some.uuids())
def test_an_id_survives_its_way_out_and_back(value: uuid.UUID) -> None:
    text = wire_id("m", value)
    assert re.fullmatch(r"m_[a-z2-7]{26}", text)
    assert stored_id("m", text) == value


@given(some.text())
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not an id"):
        stored_id("m", text)


@pytest.mark.parametrize(
    "change",
    [
        str.upper,
        lambda text: text.replace("m_", "r_"),
        lambda text: text[2:],
        lambda text: text[:-1],
        lambda text: f"{text}a",
        lambda text: f"{text}\n",
        lambda text: f" {text}",
        lambda text: text.replace("_", "-"),
        lambda text: text[:-1] + "7",  # bits beyond the 128th
        lambda text: text[:10] + "1" + text[11:],  # not in the alphabet
        lambda text: text[:10] + "é" + text[11:],
    ],
)
def test_a_changed_id_is_refused(change: object) -> None:
    text = wire_id("m", uuid.UUID(int=0))
    with pytest.raises(ValueError):
        stored_id("m", change(text))  # type: ignore[operator]


def test_uuid7_is_a_uuid_of_version_7() -> None:
    made = [uuid7() for _ in range(1_000)]
    assert {value.version for value in made} == {7}
    assert {value.variant for value in made} == {uuid.RFC_4122}
    assert len(set(made)) == 1_000


def test_uuid7_and_its_wire_form_sort_by_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time_ns()
    made = []
    for millisecond in range(500):
        monkeypatch.setattr(time, "time_ns", lambda at=now + millisecond * 1_000_000: at)
        made.append(uuid7())
    assert made == sorted(made)
    assert made[0].int >> 80 == now // 1_000_000


@pytest.mark.parametrize(("size", "length"), [(5, 8), (10, 16)])
def test_an_opaque_name_fits_urls_hosts_and_sql(size: int, length: int) -> None:
    names = {opaque("t", size) for _ in range(1_000)}
    assert len(names) == 1_000
    assert all(re.fullmatch(rf"t_[a-z2-7]{{{length}}}", name) for name in names)
