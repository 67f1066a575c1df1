"""Whose what is counted is: the busiest tenants by name, all others together, so that what Prometheus keeps is bounded.

Who is named changes with time. A share only ever grows, or ends with its tenant's name: what is counted while a tenant
has no name goes to ``other`` for good, so the sum over all shares grows by what happened and by nothing else.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from kit.figures import Tally

OTHER = "other"
_FADES = 0.9  # of a tenant's weight, at each look
_STAYS = 1.5  # as many times the weight has whoever is named, or two alike would take turns


@dataclass(slots=True)
class Share:
    connections: int = 0
    sends: int = 0
    deliveries: int = 0
    failures: int = 0


@dataclass(slots=True)
class _Seen:
    counts: tuple[int, int, int] = (0, 0, 0)
    weight: float = 0.0


@dataclass(slots=True)
class Shares:
    """``most`` tenants have a share of their own."""

    most: int = 50
    _shares: dict[str, Share] = field(default_factory=dict)
    _seen: dict[str, _Seen] = field(default_factory=dict)

    def look(self, tallies: Iterable[tuple[str, Tally]], slugs: Mapping[str, str]) -> Mapping[str, Share]:
        """The shares by slug, after what ``tallies`` counted since the last look. ``slugs`` of the schemas that are
        known; the others' goes to ``other``."""
        now = dict(tallies)
        fresh = {schema: self._fresh(schema, tally) for schema, tally in now.items()}
        self._seen = {schema: self._seen[schema] for schema in now}
        named = self._name(slugs)
        self._shares = {name: share for name, share in self._shares.items() if name in {OTHER, *named.values()}}
        for share in self._shares.values():
            share.connections = 0
        for schema, (sends, deliveries, failures) in fresh.items():
            share = self._shares.setdefault(named.get(schema, OTHER), Share())
            share.connections += now[schema].connections
            share.sends += sends
            share.deliveries += deliveries
            share.failures += failures
        return self._shares

    def _fresh(self, schema: str, tally: Tally) -> tuple[int, int, int]:
        """What was counted since the last look. A tally that is new, its tenant having been quiet, begins with 0."""
        seen = self._seen.setdefault(schema, _Seen())
        counts, before = (tally.messages, tally.deliveries, tally.errors), seen.counts
        if any(count < earlier for count, earlier in zip(counts, before, strict=True)):
            before = (0, 0, 0)
        sends, deliveries, failures = (count - earlier for count, earlier in zip(counts, before, strict=True))
        seen.counts = counts
        seen.weight = seen.weight * _FADES + sends + deliveries + failures + tally.connections
        return sends, deliveries, failures

    def _name(self, slugs: Mapping[str, str]) -> Mapping[str, str]:
        """The slugs of the busiest, by schema."""

        def weight(schema: str) -> float:
            return self._seen[schema].weight * (_STAYS if slugs[schema] in self._shares else 1.0)

        known = [schema for schema in self._seen if schema in slugs]
        return {schema: slugs[schema] for schema in heapq.nlargest(self.most, known, key=weight)}
