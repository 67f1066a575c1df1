"""What people write comes back exactly as they wrote it, by every way in and every way out."""

from __future__ import annotations

import pytest

from tests.input.hostile import ODD_TEXTS
from tests.support.cast import Tenancy, make_tenant
from tests.support.http import as_user
from tests.support.server import LiveServer
from tests.support.sockets import person
from tests.support.tables import rows, set_limits


@pytest.fixture(scope="module")
def tenant(database: None) -> Tenancy:
    made = make_tenant("acme")
    set_limits(made, sends_per_second=1_000, send_burst=1_000, connects_per_minute=1_000_000)
    return made


@pytest.mark.parametrize("text", ODD_TEXTS.values(), ids=ODD_TEXTS)
async def test_odd_text_is_stored_and_given_back_unchanged(live: LiveServer, tenant: Tenancy, text: str) -> None:
    ann_by_rest = as_user(live, tenant, "ann")
    async with person(live, tenant, "ann", name=text[:120]) as ann, person(live, tenant, "bob") as bob:
        await bob.subscribe()
        sent = await ann.send(text, client_id=text)
        posted = ann_by_rest.post("/api/v1/rooms/general/messages", {"text": text}).json
        heard = [await bob.event("message.created", seq=seq) for seq in (sent["seq"], posted["seq"])]
        replay_from = sent["seq"] - 1
        await bob.subscribe(since=replay_from)
        replayed = [await bob.event("message.created") for _ in heard]
    page = ann_by_rest.get(f"/api/v1/rooms/general/messages?after_seq={replay_from}").json["data"]
    for messages in ([frame["message"] for frame in heard], [frame["message"] for frame in replayed], page):
        assert [message["text"] for message in messages] == [text, text]
        assert messages[0]["client_id"] == text
        assert messages[0]["user"]["name"] == text[:120]
    stored = rows(tenant, "SELECT text FROM chat_message WHERE seq > %s ORDER BY seq", replay_from)
    assert stored == [(text,), (text,)]
