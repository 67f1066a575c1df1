"""What delivery is handed: a room with its history, a reader, a channel layer, all in memory."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from chat.delivery.batch import Batch
from chat.delivery.rooms import Replay, RoomKey

KEY = RoomKey("t_acme", "general")


def payload(seq: int) -> bytes:
    return b"%d" % seq


class History:
    """A room's stored events. ``read`` is what a feed asks; it fails as often as ``failures`` says."""

    def __init__(self, last_seq: int = 0, most: int = 500) -> None:
        self.last_seq = last_seq
        self.superseded: set[int] = set()
        self.failures = 0
        self.reads: list[int] = []
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self._most = most

    async def read(self, key: RoomKey, after: int) -> Replay:
        self.reads.append(after)
        if self.failures:
            self.failures -= 1
            raise OSError("no answer")
        seqs = [seq for seq in range(after + 1, self.last_seq + 1) if seq not in self.superseded]
        page = seqs[: self._most]
        replay = Replay(self.last_seq, page, [payload(seq) for seq in page], more=len(seqs) > len(page))
        await asyncio.sleep(0)
        await self.may_answer.wait()
        return replay

    async def heads(self, schema: str, room_ids: Sequence[str]) -> Mapping[str, int]:
        return dict.fromkeys(room_ids, self.last_seq)


class Reader:
    """An outlet that remembers."""

    def __init__(self) -> None:
        self.given: list[bytes] = []
        self.closed: int | None = None

    def write(self, batch: Batch) -> None:
        self.given += batch.payloads

    async def drained(self) -> None: ...

    def close(self, code: int, reason: str) -> None:
        self.closed = code

    @property
    def seqs(self) -> list[int]:
        return [int(each) for each in self.given]


class Layer:
    """A pubsub channel layer that can be away, forget who is subscribed, and take its time."""

    def __init__(self) -> None:
        self.away = False
        self.hangs = False
        self.sent: list[tuple[str, dict[str, Any]]] = []
        self.added: list[str] = []
        self.discarded: list[str] = []
        self.groups: defaultdict[str, set[str]] = defaultdict(set)
        self._queues: dict[str, asyncio.Queue[dict[str, Any]]] = {}

    async def new_channel(self, prefix: str) -> str:
        await self._reached()
        channel = f"{prefix}{len(self._queues)}"
        self._queues[channel] = asyncio.Queue()
        return channel

    async def group_add(self, group: str, channel: str) -> None:
        await self._reached()
        self.added.append(group)
        self.groups[group].add(channel)

    async def group_discard(self, group: str, channel: str) -> None:
        await self._reached()
        self.discarded.append(group)
        self.groups[group].discard(channel)

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        await self._reached()
        self.sent.append((group, message))
        for channel in self.groups[group]:
            self._queues[channel].put_nowait(message)

    async def receive(self, channel: str) -> dict[str, Any]:
        return await self._queues[channel].get()

    async def _reached(self) -> None:
        await asyncio.sleep(0)
        if self.away:
            raise ConnectionError("no Redis")
        while self.hangs:
            await asyncio.sleep(0.01)


async def turns(number: int = 20) -> None:
    """Let whatever is ready run."""
    for _ in range(number):
        await asyncio.sleep(0)
