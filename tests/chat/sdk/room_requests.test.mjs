import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { ApiServer } from "./api.mjs";
import { bob, me } from "./server.mjs";

const ROOM = "/rooms/a%3Aroom";
const MESSAGE = `${ROOM}/messages/m_1`;
const INFO = { id: "a:room", kind: "private", name: "A room", muted: false, last_seq: 1, member: true, role: "owner" };

let server;
let client;
let room;

beforeEach(() => {
  server = new ApiServer();
  client = server.client();
  room = client.room("a:room", INFO);
});

const asked = () => server.asked.map((request) => request.filter((part) => part !== undefined));

for (const [name, act, ...request] of [
  ["a message", () => room.message("m_1"), "GET", MESSAGE],
  ["an edit", () => room.edit("m_1", { text: "b" }), "PATCH", MESSAGE, { text: "b" }],
  ["a deletion", () => room.delete("m_1"), "DELETE", MESSAGE],
  ["earlier wordings", () => room.edits("m_1"), "GET", `${MESSAGE}/edits`],
  ["all replies", () => room.replies("m_1"), "GET", `${MESSAGE}/replies`, {}],
  ["a reaction", () => room.react("m_1", "👍🏽"), "PUT", `${MESSAGE}/reactions/${encodeURIComponent("👍🏽")}`],
  ["a reaction taken back", () => room.unreact("m_1", ":yes:"), "DELETE", `${MESSAGE}/reactions/%3Ayes%3A`],
  ["a pin", () => room.pin("m_1"), "PUT", `${MESSAGE}/pin`],
  ["a pin taken off", () => room.unpin("m_1"), "DELETE", `${MESSAGE}/pin`],
  ["a report", () => room.report("m_1", { reason: "spam" }), "POST", `${MESSAGE}/reports`, { reason: "spam" }],
  ["the pins", () => room.pins(), "GET", `${ROOM}/pins`],
  ["an invitation", () => room.invite("bob"), "PUT", `${ROOM}/members/bob`, {}],
  ["a role", () => room.invite("b@b", "moderator"), "PUT", `${ROOM}/members/b%40b`, { role: "moderator" }],
  ["somebody sent away", () => room.remove("bob"), "DELETE", `${ROOM}/members/bob`],
  ["leaving", () => room.leave(), "DELETE", `${ROOM}/members/ann`],
  ["the bans", () => room.bans(), "GET", `${ROOM}/bans`],
  ["a ban", () => room.ban("bob", { reason: "spam" }), "PUT", `${ROOM}/bans/bob`, { reason: "spam" }],
  ["a ban lifted", () => room.unban("bob"), "DELETE", `${ROOM}/bans/bob`],
]) {
  test(`${name} is asked of the API`, async () => {
    await act();
    const [got] = asked();
    assert.deepEqual(JSON.parse(JSON.stringify(got)), request);
  });
}

test("a room that is changed is known as changed at once", async () => {
  const changed = { ...INFO, topic: "Other things" };
  server.answers[ROOM] = changed;
  const told = [];
  room.on("info", (info) => told.push(info));
  assert.equal(await room.update({ topic: "Other things" }), changed);
  assert.deepEqual(asked(), [["PATCH", ROOM, { topic: "Other things" }]]);
  assert.deepEqual([room.info, told], [changed, [changed]]);
});

test("a muted room is known as muted", async () => {
  await room.mute();
  assert.equal(room.info.muted, true);
  await room.unmute();
  assert.equal(room.info.muted, false);
  assert.deepEqual(asked(), [["PUT", `${ROOM}/mute`], ["DELETE", `${ROOM}/mute`]]);
});

test("joining follows the room", async () => {
  await room.join();
  assert.deepEqual(asked(), [["PUT", `${ROOM}/members/ann`, { role: undefined }]]);
  assert.equal(room.state, "waiting");
});

test("the history comes in parts, which say whether there is more on either side", async () => {
  server.fill(100);
  const part = async (where) => {
    const { messages, older, newer } = await room.history(where);
    return [messages[0]?.seq, messages.at(-1)?.seq, older, newer];
  };
  assert.deepEqual(await part(), [51, 100, true, false]);
  assert.deepEqual(await part({ limit: 200 }), [1, 100, false, false]);
  assert.deepEqual(await part({ before: 11, limit: 20 }), [1, 10, false, true]);
  assert.deepEqual(await part({ after: 90, limit: 5 }), [91, 95, true, true]);
  assert.deepEqual(await part({ after: 0, limit: 200 }), [1, 100, false, false]);
  assert.deepEqual(await part({ around: 50, limit: 10 }), [46, 55, true, true]);
  assert.deepEqual(await part({ around: 100, limit: 10 }), [96, 100, true, false]);
});

test("a room is searched by itself, everything by the client, times as they are written", async () => {
  await room.search("two words", { user: "bob", hasAttachment: true, limit: 5 });
  await client.search("two", { after: new Date(0), before: "2026-01-01T00:00:00Z", cursor: "c" });
  const [[, path, here], [, , everywhere]] = server.asked;
  assert.equal(path, "/search");
  assert.deepEqual(given(here), { q: "two words", room: "a:room", user: "bob", has_attachment: true, limit: 5 });
  assert.deepEqual(given(everywhere), {
    q: "two", after: "1970-01-01T00:00:00.000Z", before: "2026-01-01T00:00:00Z", cursor: "c",
  });
});

test("who has read how far is known of the members and of those who read since", async () => {
  server.answers[`${ROOM}/members`] = [{ ...bob, read_seq: 4 }, { ...me, read_seq: 9 }, { id: "cara", read_seq: 2 }];
  await room.members();
  assert.deepEqual(room.reads.by(3), ["bob"]);
  const told = [];
  room.on("read", ({ user, seq }) => told.push([user.id, seq]));
  room.receive({ type: "read.moved", room: "a:room", user: { id: "cara", name: "Cara" }, seq: 5 });
  room.receive({ type: "read.moved", room: "a:room", user: me, seq: 6 });
  assert.deepEqual(room.reads.by(5), ["cara"]);
  assert.deepEqual([told, room.readSeq], [[["cara", 5], ["ann", 6]], 6]);
});

function given(query) {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined));
}
