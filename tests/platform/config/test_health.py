"""``/health/ready`` says what is down; ``/health/live`` does not care."""

from __future__ import annotations

import asyncio
import json

import pytest

from config import health


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """What each part answers: an error, or how long it takes."""
    answers: dict[str, object] = {"_postgres": 0, "_redis": 0}

    def part(name: str) -> object:
        async def answer() -> None:
            found = answers[name]
            if isinstance(found, Exception):
                raise found
            await asyncio.sleep(float(found))  # type: ignore[arg-type]

        return answer

    for name in answers:
        monkeypatch.setattr(health, name, part(name))
    return answers


async def test_ready_when_both_answer(parts: dict[str, object]) -> None:
    answer = await health.ready()
    assert answer.status_code == 200
    assert json.loads(answer.content) == {"status": "ready", "postgres": "up", "redis": "up"}


@pytest.mark.parametrize("down", ["postgres", "redis"])
async def test_what_is_down_is_named(parts: dict[str, object], down: str) -> None:
    parts[f"_{down}"] = OSError("gone")
    answer = await health.ready()
    assert answer.status_code == 503
    assert json.loads(answer.content)[down] == "down"
    assert b"gone" not in answer.content, "particulars are nobody's business"


async def test_both_are_asked_at_once(parts: dict[str, object]) -> None:
    parts.update(_postgres=0.2, _redis=0.2)
    began = asyncio.get_running_loop().time()
    assert (await health.ready()).status_code == 200
    assert asyncio.get_running_loop().time() - began < 0.39
