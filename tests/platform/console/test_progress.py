"""What a long run tells of itself."""

from __future__ import annotations

from console.progress import Progress


def test_a_long_run_tells_every_five_seconds_how_far_it_is() -> None:
    told: list[str] = []
    clock = iter([0.0, 1.0, 5.0, 9.0, 10.0])
    progress = Progress(2_000, "tenants", told.append, clock.__next__)
    for _ in range(4):
        progress.step()
    assert told == [
        "2 of 2,000 tenants, 0.4 a second, 4,995 s left",
        "4 of 2,000 tenants, 0.4 a second, 4,990 s left",
    ]
