import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { ApiServer } from "./api.mjs";
import { bob, me, settle } from "./server.mjs";

const MEMBERS = "/rooms/general/members";
const SINCE = "2026-01-01T10:00:00Z";

let server;
let client;
let room;

beforeEach(async () => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  server = new ApiServer();
  client = server.client();
  room = client.room("general", { last_seq: 0 });
  room.subscribe();
  await server.greet(client);
});

function hasMembers(...members) {
  server.answers[MEMBERS] = members;
}

function member(user, { online = false, last_seen = null, read_seq = 0 } = {}) {
  return { ...user, role: "member", online, last_seen, read_seq };
}

async function comeBack() {
  await server.cut();
  client.connection.wake();
  await server.greet();
  await settle();
}

test("who is online is known of everybody whom a room or a list has told of", async () => {
  const told = [];
  client.presence.on("change", (change) => told.push(change));
  hasMembers(member(bob, { online: true }), member(me));
  await room.members();
  assert.deepEqual(client.presence.of("bob"), { online: true, last_seen: null });
  server.socket.hear({ type: "presence.changed", room: "general", user: bob, online: false, last_seen: SINCE });
  assert.deepEqual(client.presence.of("bob"), { online: false, last_seen: SINCE });
  assert.equal(client.presence.of("cara"), undefined);
  assert.deepEqual(told.map(({ id, online }) => [id, online]), [["bob", true], ["ann", false], ["bob", false]]);
});

test("what is known already is told to nobody, though each room tells it", async () => {
  const elsewhere = client.room("lobby", { last_seq: 0 });
  const seen = [];
  const told = [];
  elsewhere.on("presence", ({ user }) => seen.push(user.id));
  client.presence.on("change", ({ id }) => told.push(id));
  for (const id of ["general", "lobby"]) {
    server.socket.hear({ type: "presence.changed", room: id, user: bob, online: true, last_seen: null });
  }
  assert.deepEqual([seen, told], [["bob"], ["bob"]]);
});

test("who came, went and read while one was away is asked for, where the members were shown", async () => {
  await comeBack();
  assert.deepEqual(server.asked, []);
  hasMembers(member(bob, { online: true, read_seq: 3 }));
  await room.members();
  hasMembers(member(bob, { online: false, last_seen: SINCE, read_seq: 7 }));
  await comeBack();
  assert.deepEqual(client.presence.of("bob"), { online: false, last_seen: SINCE });
  assert.deepEqual(room.reads.by(7), ["bob"]);
});

test("a crowd is not asked for again: its rooms tell of nobody's coming", async () => {
  hasMembers(...Array.from({ length: 101 }, (_, index) => member({ id: `u${index}`, name: "One" })));
  await room.members();
  await comeBack();
  assert.equal(server.asked.length, 1);
});

test("hiding is told to the server, and oneself is seen so", async () => {
  server.answers["/users/ann/presence"] = { online: false, last_seen: SINCE, invisible: true };
  await client.presence.setInvisible(true);
  assert.deepEqual(server.asked, [["PUT", "/users/ann/presence", { invisible: true }]]);
  assert.deepEqual(client.presence.of("ann"), { online: false, last_seen: SINCE });
});

test("a name that every object has is only a name", async () => {
  hasMembers(member({ id: "__proto__", name: "One" }, { online: true }), member({ id: "constructor", name: "Two" }));
  await room.members();
  assert.deepEqual(client.presence.of("__proto__"), { online: true, last_seen: null });
  assert.equal(client.presence.of("toString"), undefined);
  assert.equal({}.online, undefined);
});
