"""Bodies of the operators' API, in and out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from ninja import Path
from pydantic import AfterValidator, Field, create_model

from chat.api.schemas import Answer, Body
from kit.text import storable
from tenants.terms import LIMITS, OPTIONAL_LIMITS

SlugPath = Annotated[str, Path(..., min_length=1, max_length=32), AfterValidator(storable)]
DomainPath = Annotated[str, Path(..., min_length=1, max_length=253), AfterValidator(storable)]


def _line(most: int, least: int = 0) -> Any:
    return Annotated[str, Field(min_length=least, max_length=most), AfterValidator(storable)]


class TenantIn(Body):
    """``owner`` is an e-mail address, which is written to."""

    slug: _line(32, 1)  # type: ignore[valid-type]
    name: _line(120, 1)  # type: ignore[valid-type]
    owner: _line(254, 3)  # type: ignore[valid-type]
    plan: _line(32, 1) = "free"  # type: ignore[valid-type]
    region: _line(80) = ""  # type: ignore[valid-type]


class TenantChange(Body):
    """What is left out stays as it is. With a plan come its limits. ``paused``: in maintenance."""

    name: _line(120, 1) = None  # type: ignore[valid-type]
    plan: _line(32, 1) = None  # type: ignore[valid-type]
    region: _line(80) = None  # type: ignore[valid-type]
    notes: _line(20_000) = None  # type: ignore[valid-type]
    paused: bool = None  # type: ignore[assignment]


class SuspensionIn(Body):
    """The reason is the operators', and is shown to nobody else."""

    reason: _line(500) = ""  # type: ignore[valid-type]


class DomainIn(Body):
    domain: _line(253, 1)  # type: ignore[valid-type]


class TenantOut(Answer):
    """``delete_after`` is set while it is being deleted: until then ``resume`` brings it back."""

    slug: str
    name: str
    status: str
    status_reason: str
    plan: str
    region: str
    notes: str
    paused: bool
    support_access: str
    url: str
    created_at: datetime
    delete_after: datetime | None


class SigningKeyOut(Answer):
    id: str
    secret: str


class NewTenantOut(TenantOut):
    """The secrets are shown this once."""

    api_key: str
    signing_key: SigningKeyOut


class DomainOut(Answer):
    """``state`` is ``pending``, ``verified`` or ``failed``, then ``failure`` says why. A TXT record of the name
    ``record`` has to hold ``token``."""

    domain: str
    state: str
    record: str
    token: str
    failure: str
    checked_at: datetime | None
    verified_at: datetime | None


class ExportOut(Answer):
    """``state`` is ``queued``, ``running``, ``done``, ``failed``, then ``failure`` says why, or ``expired``: its file
    was removed. ``size`` is in bytes."""

    id: str
    state: str
    asked_by: str
    step: str
    failure: str
    size: int
    sha256: str
    created_at: datetime
    ended_at: datetime | None
    expires_at: datetime | None


class UseOut(Answer):
    """Of something that is limited, or only counted: then ``limit`` is null."""

    name: str
    used: int
    limit: int | None


class UsageOut(Answer):
    last_activity: datetime | None
    data: list[UseOut]


_NUMBERS: dict[str, Any] = {name: (int | None if name in OPTIONAL_LIMITS else int, ...) for name in LIMITS}
_NUMBER = Annotated[int, Field(ge=0, lt=2**63)]
_CHANGES: dict[str, Any] = {name: (_NUMBER | None if name in OPTIONAL_LIMITS else _NUMBER, None) for name in LIMITS}
LimitsOut: Any = create_model("LimitsOut", __base__=Answer, **_NUMBERS)
LimitsChange: Any = create_model(
    "LimitsChange", __base__=Body, __doc__="What is left out stays. Null, where it may be: no limit.", **_CHANGES
)


class PlanOut(Answer):
    name: str
    title: str
    limits: LimitsOut
