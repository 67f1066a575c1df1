"""Private rooms are for their members, by page and by socket."""

from playwright.async_api import expect

from tenants.models import Account
from tests.e2e.conftest import Visit
from tests.support.cast import Tenancy

SUBSCRIBE = """room => new Promise(resolve => {
    const socket = new WebSocket("/ws/v1", ["parley.v1"]);
    socket.onmessage = ({data}) => {
        const frame = JSON.parse(data);
        if (frame.type === "hello") socket.send(JSON.stringify({type: "room.subscribe", ref: 1, room, since: 0}));
        if (frame.ref === 1) resolve(frame);
    };
})"""


async def test_an_outsider_is_refused_by_page_and_by_socket_until_invited(
    visit: Visit, acme: Tenancy, alice: Account, bob: Account
) -> None:
    ann, ben = await visit(acme, alice), await visit(acme, bob)
    for someone in (ann, ben):
        await someone.home()
    await ann.page.get_by_role("button", name="New room").click()
    dialog = ann.page.get_by_role("dialog")
    await dialog.get_by_label("Name", exact=True).fill("Board")
    await dialog.get_by_label("Private").check()
    await dialog.get_by_role("button", name="Make room").click()
    await expect(ann.page.get_by_role("region", name="Board")).to_be_visible()
    await ann.settled()
    await ann.say("secret")
    await ann.sees("secret")
    room = ann.page.url.rpartition("/")[2]

    assert (await ben.page.evaluate(SUBSCRIBE, room))["code"] == "not_allowed"
    ben.expect_complaint("403")
    answer = await ben.page.goto(f"/rooms/{room}")
    assert answer.status == 403
    await expect(ben.page.get_by_role("heading", name="This room is private")).to_be_visible()
    await expect(ben.page.locator("body")).not_to_contain_text("secret")

    await ann.page.get_by_role("button", name="Members").click()
    await ann.page.get_by_role("button", name="Add people").click()
    dialog = ann.page.get_by_role("dialog", name="Add people")
    await dialog.get_by_label("Bob").check()
    await dialog.get_by_role("button", name="Add people").click()
    await expect(ann.log.get_by_text("Bob joined")).to_be_visible()
    await ben.open(room)
    await ben.sees("secret")


async def test_a_room_that_is_not_there_says_so(visit: Visit, acme: Tenancy, alice: Account) -> None:
    ann = await visit(acme, alice)
    ann.expect_complaint("404")
    answer = await ann.page.goto("/rooms/nowhere")
    assert answer.status == 404
    await expect(ann.page.get_by_role("heading", name="There is no such room")).to_be_visible()
