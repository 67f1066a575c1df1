"""Connection: one open socket, its subscriptions and its standing."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from chat.commands.messages import writer
from chat.delivery.batch import Batch
from chat.delivery.feed import Subscription
from chat.delivery.outlet import Outlet
from chat.delivery.process import Delivery
from chat.payloads import encode, user_payload
from chat.policies import Actor
from chat.socket.handshake import Visitor
from kit import vitals
from kit.buckets import Bucket
from kit.errors import FLOOD, INTERNAL, TOKEN_EXPIRED, TOO_BIG, Code, ParleyError
from kit.ids import opaque
from tenants.records import TenantRecord

HEARTBEAT = 25  # seconds between a client's pings
MOST_ERRORS_IN_A_ROW = 10
MOST_UNANSWERED = 256
_FRAMES_FOR_EACH_SEND = 20  # frames a client may speak for each message that its tenant's limits let a user send
_PONG = Batch([b"pong"])


class Connection:
    """What a handler works with: who speaks, and how to answer."""

    def __init__(self, tenant: TenantRecord, host: str, visitor: Visitor, outlet: Outlet, delivery: Delivery) -> None:
        self.id = opaque("c")
        self.tenant = tenant
        self.host = host
        self.visitor = visitor
        self.outlet = outlet
        self.delivery = delivery
        self.subscriptions: dict[str, Subscription] = {}
        self.typing_in: set[str] = set()
        self.writer = writer()
        self.unanswered = 0  # sends that wait for their commit
        self.busy = False  # with a command that takes its time: what arrives meanwhile has to wait for its turn
        self.closed = False
        self._errors_in_a_row = 0
        self._frames = Bucket(*_frame_pace(tenant))
        self._fewer: asyncio.Future[None] | None = None
        self._expiry: asyncio.TimerHandle | None = None
        self.go_on_as(visitor)

    @property
    def actor(self) -> Actor:
        return self.visitor.actor

    # Answering

    def greet(self) -> None:
        entered, named = self.visitor.entered, self.actor.rooms
        rooms = [
            {"id": room.id, "last_seq": room.last_seq, "read_seq": room.read_seq}
            for room in entered.rooms
            if named is None or room.id in named
        ]
        user = user_payload(entered.id, entered.name, entered.avatar, guest=self.actor.is_guest)
        self.say({"type": "hello", "connection": self.id, "user": user, "heartbeat": HEARTBEAT, "rooms": rooms})

    def say(self, payload: dict[str, Any]) -> None:
        self.outlet.write(Batch([encode(payload)]))

    def ok(self, ref: int | str | None, **more: Any) -> None:
        self._errors_in_a_row = 0
        self.outlet.write(Batch((encode({"type": "ok", "ref": ref, **more}),)))

    def pong(self, ref: int | str | None) -> None:
        self._errors_in_a_row = 0
        self.say({"type": "pong", "ref": ref})

    def bare_pong(self) -> None:
        self._errors_in_a_row = 0
        self.outlet.write(_PONG)

    def fail(self, ref: int | str | None, error: ParleyError, **more: str) -> None:
        """Answer a command with an error, and fields of its own; the tenth bad frame in a row ends the socket."""
        answer: dict[str, Any] = {
            "type": "error",
            "ref": ref,
            "code": error.code.name,
            "message": error.detail,
            **more,
        }
        vitals.errors[error.code.name] += 1
        if error.code is INTERNAL:
            self.delivery.figures.of(self.tenant.schema_name).errors += 1
        if error.errors:
            answer["errors"] = list(error.errors)
        if error.retry_after is not None:
            answer["retry_after"] = error.retry_after
        self.say(answer)
        if error.code.close == 4400:
            self._errors_in_a_row += 1
            if self._errors_in_a_row >= MOST_ERRORS_IN_A_ROW:
                self.close(4400, error.code.name)

    def refuse(self, code: Code, **more: str) -> None:
        """Say why, then end the socket with the row's close code."""
        if not self.closed:
            self.fail(None, ParleyError(code), **more)
            self.close(code.close or 1000, code.name)

    def close(self, code: int, reason: str) -> None:
        if not self.closed:
            self.closed = True
            self.outlet.close(code, reason)

    def answered(self) -> None:
        """One send fewer waits."""
        self.unanswered -= 1
        if self._fewer is not None and not self._fewer.done():
            self._fewer.set_result(None)

    async def fewer_unanswered(self) -> None:
        """While too many sends wait, nothing more is read from the client."""
        while self.unanswered >= MOST_UNANSWERED:
            self._fewer = asyncio.get_running_loop().create_future()
            await self._fewer

    # Standing

    def go_on_as(self, visitor: Visitor) -> None:
        """The same user with another token: its rooms and its expiry hold from here."""
        self.visitor = visitor
        if self._expiry is not None:
            self._expiry.cancel()
            self._expiry = None
        if visitor.expires_at is not None:
            remaining = max(0.0, visitor.expires_at - time.time())
            self._expiry = asyncio.get_running_loop().call_later(remaining, self.refuse, TOKEN_EXPIRED)

    def adopt(self, tenant: TenantRecord) -> None:
        """Go on under the tenant as it is now: new limits hold from here."""
        self.tenant = tenant
        self._frames.rate, self._frames.burst = _frame_pace(tenant)

    def count_frame(self, text: str | None) -> bool:
        """Whether the client may go on: it is cut off when it floods, or says more at once than its tenant allows."""
        if self._frames.take():
            self.refuse(FLOOD)
        elif text is not None and _is_longer(text, self.tenant.limits.frame_bytes):
            self.refuse(TOO_BIG)
        return not self.closed

    def end(self) -> None:
        """Leave everything behind; the socket is gone or going."""
        self.closed = True
        if self._expiry is not None:
            self._expiry.cancel()
        for subscription in self.subscriptions.values():
            self.delivery.hub.leave(subscription)
        self.subscriptions.clear()


def _frame_pace(tenant: TenantRecord) -> tuple[int, int]:
    """Frames a second, and in a burst."""
    limits = tenant.limits
    return limits.sends_per_second * _FRAMES_FOR_EACH_SEND, limits.send_burst * _FRAMES_FOR_EACH_SEND


def _is_longer(text: str, most_bytes: int) -> bool:
    """Whether the text's UTF-8 is longer; short texts, which are nearly all, are not encoded to find out."""
    return len(text) * 4 > most_bytes and len(text.encode()) > most_bytes
