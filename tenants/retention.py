"""For how long a tenant keeps what was said and handed in, and what a legal hold keeps beyond that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from tenants.keys import Owner
from tenants.models import Tenant
from tenants.settings import change_setting

Kind = Literal["open", "private", "direct"]
KINDS: tuple[Kind, ...] = ("open", "private", "direct")
MOST_DAYS = 3_650
MOST_HELD = 1_000

Days = Annotated[int, Field(ge=1, le=MOST_DAYS)]
Held = Annotated[list[str], Field(max_length=MOST_HELD), AfterValidator(lambda ids: sorted(set(ids)))]


class Periods(BaseModel):
    """After how many days ``messages`` and ``files`` go, by the kind of their room; of a kind that is not named, never.
    A file goes with its message at the latest."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    messages: dict[Kind, Days] = {}
    files: dict[Kind, Days] = {}


class LegalHold(BaseModel):
    """What retention leaves alone and nobody erases: ``everything``, or what stands in these rooms and what these users
    said."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    everything: bool = False
    rooms: Held = []
    users: Held = []


_GRACE = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Retention:
    periods: Periods = field(default_factory=Periods)
    hold: LegalHold = field(default_factory=LegalHold)


def read_retention(kept: Mapping[str, Any]) -> Retention:
    """A tenant's column ``retention``."""
    return Retention(Periods(**kept.get("periods", {})), LegalHold(**kept.get("hold", {})))


def retention_of(tenant: Tenant, now: datetime) -> Retention:
    """What holds for it by ``now``: its own, and no longer than its plan keeps anything, once it has had that plan for
    so many days that whoever wants to keep more has had the time to see to it."""
    own = read_retention(tenant.retention)
    most = tenant.retention_days
    if most is None or now - (tenant.plan_since or tenant.created_at) <= _GRACE:
        return own
    messages = {kind: min(own.periods.messages.get(kind, most), most) for kind in KINDS}
    return replace(own, periods=Periods.model_construct(messages=messages, files=own.periods.files))


def set_periods(tenant: Owner, periods: Periods) -> None:
    _put(tenant, "periods", periods, "retention.changed")


def set_hold(tenant: Owner, hold: LegalHold) -> None:
    _put(tenant, "hold", hold, "legal_hold.changed")


def _put(tenant: Owner, part: str, value: BaseModel, action: str) -> None:
    chosen = value.model_dump()
    change_setting(
        tenant,
        "retention",
        lambda kept: {**kept, part: chosen},
        action,
        told=lambda kept: kept.get(part, {}),
    )
