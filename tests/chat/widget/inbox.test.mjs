import assert from "node:assert/strict";
import { test } from "node:test";

import { countOf } from "../../../chat/widget/inbox/count.js";
import { byActivity, grouped, idFrom, lastLine, newer, roomAfter, roomRead, unreadIn } from "../../../chat/widget/inbox/listing.js";
import { Names } from "../../../chat/widget/inbox/names.js";
import { addressOf, placeAt } from "../../../chat/widget/inbox/places.js";
import { plainText } from "../../../chat/widget/inbox/plain_text.js";
import { wanted } from "../../../chat/widget/notices.js";
import { titleOf } from "../../../chat/widget/title.js";

const NOON = "2026-03-02T12:00:00.000001Z";
const room = (id, more = {}) => ({
  id, kind: "open", name: "", topic: "", epoch: "e", member: true, archived: false, muted: false, last_seq: 5,
  read_seq: 5, unread: 0, mentions: 0, active_at: NOON, last_message: null, ...more,
});
const said = (seq, user, more = {}) => ({
  type: "message.created", room: "general", seq,
  message: {
    id: `m_${seq}`, seq, user: { id: user, name: user }, text: `${seq}`, created_at: `2026-03-02T12:00:0${seq}Z`,
    ...more,
  },
});
const ids = (rooms) => rooms.map(({ id }) => id);

test("what others say is counted, moves the room up and is its last line", () => {
  const one = roomAfter(room("general"), said(6, "bob", { mentions: ["ann"] }), "ann");
  const two = roomAfter(roomAfter(one, said(7, "bob"), "ann"), said(8, "ann"), "ann");
  assert.deepEqual([two.last_seq, two.unread, two.mentions, two.active_at], [8, 2, 1, "2026-03-02T12:00:08Z"]);
  assert.deepEqual(lastLine(two, "ann"), { by: "you", name: "ann", text: "8" });
  const { unread } = roomAfter(room("general", { unread: 100 }), said(6, "bob"), "ann");
  assert.equal(countOf(unread), "99+");
});

test("reading counts down, as far as one has read", () => {
  const before = room("general", { last_seq: 9, unread: 4, mentions: 2 });
  assert.deepEqual([roomRead(before, 8).unread, roomRead(before, 8).mentions], [1, 1]);
  assert.deepEqual([roomRead(before, 9).unread, roomRead(before, 9).mentions], [0, 0]);
});

test("an edit changes the last line if it is of that message, whichever way its time is written", () => {
  const shown = { user_name: "bob", text: "old", created_at: "2026-03-02T12:00:06+00:00" };
  const message = { seq: 6, text: "new", created_at: "2026-03-02T12:00:06Z" };
  const edited = { ...said(9, "bob", message), type: "message.updated" };
  assert.equal(roomAfter(room("general", { last_message: shown }), edited, "ann").last_message.text, "new");
  const other = { ...edited, message: { ...edited.message, created_at: NOON } };
  assert.equal(roomAfter(room("general", { last_message: shown }), other, "ann").last_message.text, "old");
});

test("what one is shut out of, and settings that change, are told by events", () => {
  const removed = { type: "member.left", seq: 6, user: { id: "ann" }, reason: "removed" };
  assert.equal(roomAfter(room("general"), removed, "ann").member, false);
  assert.equal(roomAfter(room("general"), { type: "room.updated", seq: 6, name: "All" }, "ann").name, "All");
});

test("an answer that left before the latest event came does not count, one of another history does", () => {
  const held = room("general", { last_seq: 8 });
  assert.equal(newer(held, room("general")), held);
  assert.equal(newer(held, room("general", { epoch: "f" })).epoch, "f");
  assert.equal(newer(undefined, held), held);
});

test("rooms stand in groups, the latest active first, archived ones not, found by a part of the name", () => {
  const rooms = byActivity([
    room("old", { active_at: "2026-03-01T12:00:00Z" }), room("gone", { archived: true }), room("new"),
    room("d1", { kind: "direct", name: "Bob" }), room("lobby", { member: false }),
    room("left", { member: false, kind: "private" }),
  ]);
  const { rooms: mine, direct, open } = grouped(rooms);
  assert.deepEqual([ids(mine), ids(direct), ids(open)], [["new", "old"], ["d1"], ["lobby"]]);
  assert.deepEqual(Object.values(grouped(rooms, " bO")).map(ids), [[], ["d1"], []]);
});

test("a last line is plain words, near enough", () => {
  const texts = {
    "**bold** and _it_, ~~gone~~ `a_b`": "bold and it, gone a_b",
    "> quoted\n- one\n- two": "quoted one two",
    "```js\nlet a = 1;\n```": "let a = 1;",
    "[docs](https://a.example/x_y)!": "docs!",
    "2 * 3 * 4 snake_case_name @acc_a_b": "2 * 3 * 4 snake_case_name @acc_a_b",
    [`${"a".repeat(190)} @acc_0123456789`]: "a".repeat(190),
  };
  for (const [text, plain] of Object.entries(texts)) assert.equal(plainText(text), plain);
});

test("who is mentioned is asked for once, and called by name as soon as that is known", async () => {
  const asked = [];
  const get = async (path) => {
    asked.push(path);
    if (path !== "/users/acc_2") throw new Error("user_not_found");
    return { id: "acc_2", name: "Cy" };
  };
  const names = new Names({ me: { id: "acc_1", name: "Ann" }, rest: { get } });
  assert.equal(names.named("@acc_1, @acc_2: @room and @none."), "@Ann, @acc_2: @room and @none.");
  await new Promise((told) => { names.on("change", told); });
  assert.equal(names.named("@acc_1, @acc_2: @room and @none."), "@Ann, @Cy: @room and @none.");
  assert.deepEqual(asked, ["/users/acc_2", "/users/none"]);
});

test("a muted room calls only by name, and a room one is not in not at all", () => {
  const muted = room("b", { unread: 5, mentions: 1, muted: true });
  const rooms = [room("a", { unread: 3 }), muted, room("c", { unread: 9, member: false })];
  assert.equal(unreadIn(rooms), 4);
});

test("one is told of what one wants to be told of", () => {
  const [open, direct, muted] = [room("a"), room("b", { kind: "direct" }), room("c", { muted: true, kind: "direct" })];
  const [plain, named] = [{}, { mentions: ["ann"] }];
  assert.deepEqual([open, direct, muted].map((each) => wanted(each, plain, "ann", "all")), [true, true, false]);
  assert.deepEqual([open, direct, muted].map((each) => wanted(each, plain, "ann", "mine")), [false, true, false]);
  assert.equal(wanted(open, named, "ann", "mine"), true);
  assert.equal(wanted(open, { mentions_room: true }, "ann", "mine"), true);
  assert.equal(wanted(direct, named, "ann", "none"), false);
});

test("an id is made of a name as far as its letters go", () => {
  assert.equal(idFrom("  Pläne für März! "), "plane-fur-marz");
  assert.equal(idFrom("会議"), "");
  assert.match(idFrom(`${"a".repeat(63)} b`), /^[a-z0-9][a-z0-9-]{0,62}[a-z0-9]$/);
});

test("places have addresses, and addresses lead to their places", () => {
  const places = [
    { name: "rooms" }, { name: "search" }, { name: "people" }, { name: "room", id: "a:b" },
    { name: "room", id: "general", message: "m_1" }, { name: "room", id: "general", thread: "m_1" },
  ];
  for (const place of places) assert.deepEqual(placeAt(addressOf(place)), place);
  assert.deepEqual(placeAt("/rooms/%"), { name: "room", id: "%" });
  assert.deepEqual(placeAt("/nowhere/at/all"), { name: "rooms" });
});

test("the title has what calls for attention, where one is, and whose rooms these are", () => {
  assert.equal(titleOf({ unread: 0, here: "", organisation: "Acme" }), "Acme");
  assert.equal(titleOf({ unread: 3, here: "General", organisation: "Acme" }), "(3) General · Acme");
  assert.equal(titleOf({ unread: 120, here: "", organisation: "Acme" }), "(99+) Acme");
});
