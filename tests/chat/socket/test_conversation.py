"""Two people, one room: what the protocol promises, over real sockets."""

from tests.support.cast import Tenancy
from tests.support.server import LiveServer
from tests.support.sockets import person


async def test_what_one_sends_the_other_hears(live: LiveServer, acme: Tenancy) -> None:
    async with person(live, acme, "ann", name="Ann") as ann, person(live, acme, "bob", name="Bob") as bob:
        await ann.subscribe()
        await bob.subscribe()
        sent = await ann.send("hi", client_id="c1")
        heard = await bob.event("message.created")
    assert sent["type"] == "ok"
    assert sent["seq"] == 1
    assert heard["seq"] == 1
    assert heard["message"]["id"] == sent["id"]
    assert heard["message"]["user"] == {"id": "ann", "name": "Ann"}
    assert heard["message"]["text"] == "hi"
    assert heard["message"]["client_id"] == "c1"
