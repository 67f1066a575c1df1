"""Plans: what each lets a tenant use. The numbers are copied to the tenant's row when its plan is set."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from tenants.records import MOST_UPLOAD_BYTES, Limits


@dataclass(frozen=True, slots=True)
class Plan:
    """``limits`` become columns of the tenant, where an operator may change them for one tenant alone."""

    name: str
    title: str
    limits: Limits

    @property
    def columns(self) -> dict[str, int]:
        return asdict(self.limits)


PLANS = {
    plan.name: plan
    for plan in (
        Plan("free", "Free", Limits()),
        Plan(
            "pro",
            "Pro",
            Limits(
                sends_per_second=20,
                send_burst=60,
                rooms_per_connection=200,
                upload_bytes=MOST_UPLOAD_BYTES,
                storage_bytes=20 << 30,
            ),
        ),
        Plan(
            "scale",
            "Scale",
            Limits(
                sends_per_second=50,
                send_burst=150,
                rooms_per_connection=500,
                upload_bytes=MOST_UPLOAD_BYTES,
                storage_bytes=200 << 30,
            ),
        ),
        Plan(
            "custom",
            "Custom",
            Limits(
                sends_per_second=50,
                send_burst=150,
                rooms_per_connection=1_000,
                upload_bytes=MOST_UPLOAD_BYTES,
                storage_bytes=1 << 40,
            ),
        ),
    )
}
