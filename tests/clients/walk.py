"""A customer's backend on the generated client: ``walk.py ORIGIN API_KEY``. ``walk.ts`` does the same."""

from __future__ import annotations

import json
import sys
from io import BytesIO
from typing import Any, TypeVar

from parley_client import AuthenticatedClient
from parley_client.api.members import add_members
from parley_client.api.messages import add_reaction, get_message, list_messages, send_message
from parley_client.api.rooms import create_room, get_room
from parley_client.api.uploads import upload_file
from parley_client.api.users import create_token, put_user
from parley_client.models import (
    MembersIn,
    MessageIn,
    MessageOut,
    MessagePage,
    NamedMemberIn,
    PlacedOut,
    Problem,
    Role,
    RoomIn,
    RoomKind,
    RoomOut,
    SentOut,
    TokenIn,
    TokenOut,
    UploadFileIn,
    UploadOut,
    UserIn,
    UserOut,
)
from parley_client.types import UNSET, File, Unset

Answer = TypeVar("Answer")


def main(origin: str, api_key: str) -> None:
    def client(credential: str) -> AuthenticatedClient:
        return AuthenticatedClient(base_url=origin, token=credential)

    backend = client(api_key)
    for user in ("ann", "bob"):
        wanted(UserOut, put_user.sync(user, client=backend, body=UserIn(name=user.title())))
    new = RoomIn(kind=RoomKind.PRIVATE, name="Order 1002")
    room = wanted(RoomOut, create_room.sync(client=backend, body=new, idempotency_key="order-1002")).id
    people = MembersIn([NamedMemberIn(user="ann", role=Role.OWNER), NamedMemberIn(user="bob")])
    placed = wanted(PlacedOut, add_members.sync(room, client=backend, body=people))
    token = wanted(TokenOut, create_token.sync("ann", client=backend, body=TokenIn(ttl=60))).token

    ann = client(token)
    for text in ("one", "two", "three", "four"):
        wanted(SentOut, send_message.sync(room, client=ann, body=MessageIn(text=text)))
    form = UploadFileIn(file=File(BytesIO(b"Order 1002"), "order.txt", "text/plain"))
    upload = wanted(UploadOut, upload_file.sync(client=ann, body=form))
    question = MessageIn(text="Has it been sent?", client_id="c1", attachments=[upload.id])
    sent = wanted(SentOut, send_message.sync(room, client=ann, body=question))
    assert sent == send_message.sync(room, client=ann, body=question)
    assert add_reaction.sync_detailed(room, sent.id, "👍", client=backend, user="bob").status_code == 204
    message = wanted(MessageOut, get_message.sync(room, sent.id, client=ann))

    bob = client(wanted(TokenOut, create_token.sync("bob", client=backend, body=TokenIn())).token)
    seen = wanted(RoomOut, get_room.sync(room, client=bob))
    report = {
        "room": {"name": seen.name, "kind": seen.kind, "members": seen.member_count},
        "joined": sorted(placed.joined),
        "token": token,
        "history": history(bob, room),
        "reactions": [each.to_dict() for each in message.reactions],
        "attachments": [{"name": each.name, "type": each.type_, "size": each.size} for each in message.attachments],
        "unread": seen.unread,
        "refusals": [
            refusal(get_room.sync("nowhere", client=backend)),
            refusal(put_user.sync("ann", client=backend, body=UserIn(name=""))),
        ],
    }
    print(json.dumps(report))


def wanted(kind: type[Answer], answer: object) -> Answer:
    assert isinstance(answer, kind), answer
    return answer


def history(client: AuthenticatedClient, room: str) -> list[str]:
    texts: list[str] = []
    cursor: str | Unset | None = UNSET
    while cursor is not None:
        page = wanted(MessagePage, list_messages.sync(room, client=client, limit=2, cursor=cursor))
        # Who came in stands among the messages, without a text.
        texts = [message.text for message in page.data if message.kind == "message"] + texts
        cursor = page.next_
    return texts


def refusal(answer: object) -> dict[str, Any]:
    problem = wanted(Problem, answer)
    return {"status": problem.status, "code": problem.code, "fields": [each.field for each in problem.errors]}


main(*sys.argv[1:])
