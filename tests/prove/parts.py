"""Parts: what can be proved, by name, and by which tests."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Part:
    """``tests`` are pytest's names; ``about`` begins its place on the page."""

    name: str
    about: str
    tests: tuple[str, ...]


PARTS = (
    Part(
        "storm",
        "Every fault, in an order of chance, while 72 people send and 576 listen in 18 rooms of six tenants.",
        ("tests/faults/test_storm.py",),
    ),
    Part(
        "kills",
        "SIGKILL to servers, PostgreSQL and Valkey at random moments of a load.",
        ("tests/faults/test_killed_at_random.py",),
    ),
    Part(
        "between",
        "SIGKILL between a commit and its ack, and between the ack and the bell.",
        ("tests/faults/test_between.py",),
    ),
    Part("herd", "A lone server dies with thousands of sockets on it.", ("tests/faults/test_herd.py",)),
    Part(
        "soak",
        "Two hours of faults that a server process survives; what it uses at rest before and after, and how it grows.",
        ("tests/faults/test_soak.py",),
    ),
    Part(
        "isolation",
        "Tenants with identical ids behind all doors at once; leaks that were planted are found.",
        ("tests/isolation",),
    ),
    Part("input", "Hostile input at every door.", ("tests/input",)),
    Part(
        "billing",
        "Deaths between any two steps of billing, every order of Stripe's events, a million messages metered.",
        ("tests/billing/test_crashes.py", "tests/billing/test_orders.py", "tests/billing/test_metering.py"),
    ),
    Part("alerts", "Each alert is fired by its fault, as Prometheus sees it.", ("tests/deploy/test_alerts.py",)),
    Part("nginx", "Processes replaced under load behind nginx.", ("tests/deploy/test_nginx.py",)),
)
