"""What was stored together, or one by one because something among it cannot be stored, is told under its own seqs."""

from __future__ import annotations

import asyncio

import pytest

from chat.commands import messages
from tests.chat.commands.sockets import Socket
from tests.chat.commands.stored import draft, run, sent, with_extras
from tests.support.cast import Tenancy

pytestmark = pytest.mark.usefixtures("delivery")


@pytest.mark.parametrize("poison", [False, True], ids=["together", "one by one"])
async def test_replies_and_their_parents_are_told_in_order(people: Tenancy, poison: bool) -> None:
    one, other = await sent(people, draft("one"), draft("other"))
    drafts = [with_extras("re", parent=parent.id) for parent in (other, one, other)]
    if poison:
        drafts.insert(1, draft("\x00"))
    socket = Socket(people, token=people.token("bob"))
    async with socket.connected():
        await socket.ask("room.subscribe", room="general")
        answers = [messages.writer().submit(people.record, each) for each in drafts]
        await asyncio.gather(*answers, return_exceptions=True)
        heard = []
        while len(heard) < (6 if poison else 5):
            frame = await socket.next()
            if frame["type"].startswith("message."):
                heard.append((frame["seq"], frame["message"]["seq"]))
    stored = await run(people, "SELECT changed_seq, seq FROM chat_message WHERE changed_seq > 2")
    assert [seq for seq, _ in heard] == list(range(3, 3 + len(heard)))
    assert set(stored) <= set(heard)
