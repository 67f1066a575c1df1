"""Answers by ``Idempotency-Key`` (https://docs.stripe.com/api/idempotent_requests)."""

from __future__ import annotations

import copy
from typing import Any

from tests.support.stripe.errors import Refused

_KEPT = 86_400

Asked = tuple[str, str, str]


class Replays:
    def __init__(self) -> None:
        self._known: dict[str, tuple[Asked, int, Any, int]] = {}

    def find(self, key: str | None, asked: Asked, now: int) -> tuple[int, Any] | None:
        """What was answered to the same. Raises ``Refused`` where the key belongs to something else."""
        if key is None or key not in self._known:
            return None
        before, status, answer, at = self._known[key]
        if at + _KEPT < now:
            return None
        if before != asked:
            message = (
                "Keys for idempotent requests can only be used with the same parameters they were first used with. "
                f"Try using a key other than '{key}' if you meant to execute a different request."
            )
            raise Refused(400, "idempotency_error", message)
        return status, copy.deepcopy(answer)

    def keep(self, key: str, asked: Asked, status: int, answer: Any, now: int) -> None:
        self._known[key] = asked, status, copy.deepcopy(answer), now
