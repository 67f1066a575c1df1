"""Plans: what each lets a tenant use. The numbers are copied to the tenant's row when it is made, and the row is what
counts: an operator may change a number there for one tenant alone."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from tenants.records import MOST_UPLOAD_BYTES, Limits


@dataclass(frozen=True, slots=True)
class Plan:
    """``limits`` become columns of the tenant."""

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
                calls_per_second=100,
                call_burst=1_000,
                key_calls_per_second=1_000,
                key_call_burst=4_000,
                searches_per_second=10,
                search_burst=60,
                uploads_per_minute=120,
                connects_per_minute=240,
                address_connects_per_minute=12_000,
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
                calls_per_second=200,
                call_burst=2_000,
                key_calls_per_second=2_500,
                key_call_burst=10_000,
                searches_per_second=20,
                search_burst=120,
                uploads_per_minute=300,
                connects_per_minute=600,
                address_connects_per_minute=30_000,
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
                calls_per_second=400,
                call_burst=4_000,
                key_calls_per_second=5_000,
                key_call_burst=20_000,
                searches_per_second=40,
                search_burst=240,
                uploads_per_minute=600,
                connects_per_minute=1_200,
                address_connects_per_minute=60_000,
                upload_bytes=MOST_UPLOAD_BYTES,
                storage_bytes=1 << 40,
            ),
        ),
    )
}
