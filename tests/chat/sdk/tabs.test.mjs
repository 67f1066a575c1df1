import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { Parley } from "../../../chat/sdk/client.js";
import { Browser } from "./browser.mjs";
import { jwt } from "./jwt.mjs";
import { me, Server, settle } from "./server.mjs";

let browser;
let server;
let tabs;

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  server = new Server();
  browser = new Browser();
  browser.install();
  tabs = [];
});

afterEach(async () => {
  for (const { client } of tabs) client.close();
  await settle();
  browser.uninstall();
});

/** Another tab, in the room; `seqs` are the events that it is told of. */
async function openTab(options = { me }) {
  const client = new Parley({ socket: "ws://test", api: "/api/v1", ...options });
  const seqs = [];
  const room = client.room("general", { epoch: "one", last_seq: server.events.length });
  room.on("event", ({ seq }) => seqs.push(seq));
  room.subscribe();
  client.connect();
  const tab = { client, room, seqs };
  tabs.push(tab);
  await settle();
  return tab;
}

async function greet() {
  server.socket.hear({ type: "hello", connection: "c", user: me, heartbeat: 25, rooms: [] });
  await settle();
}

const alive = () => server.sockets.filter(({ dead }) => !dead).length;
const asked = (type) => server.heard.filter((frame) => frame.type === type).length;

async function pass(milliseconds) {
  mock.timers.tick(milliseconds);
  await settle();
}

test("tabs of one user share a connection, and each is told of everything once", async () => {
  const [first, second] = [await openTab(), await openTab()];
  await greet();
  const third = await openTab();
  server.store("1");
  await settle();
  server.store("2");
  await settle();
  assert.equal(server.sockets.length, 1);
  for (const { client, seqs } of [first, second, third]) {
    assert.equal(client.connection.state, "open");
    assert.deepEqual(seqs, [1, 2]);
  }
});

test("an answer goes to the tab that asked, though tabs count their commands alike", async () => {
  const [first, second] = [await openTab(), await openTab()];
  await greet();
  const sent = [first, second].map(({ client }, tab) => {
    return client.connection.request("message.send", { room: "general", client_id: `c${tab}`, text: `${tab}` });
  });
  const answers = await Promise.all(sent);
  assert.deepEqual(answers.map(({ id }) => id), ["m1", "m2"]);
  server.refusals.push({ code: "busy", message: "Busy" });
  const refused = second.client.connection.request("message.send", { room: "general", text: "x" });
  await assert.rejects(refused, { code: "busy" });
});

test("when the tab that holds the connection is closed, another goes on and nobody misses a word", async () => {
  const [first, second, third] = [await openTab(), await openTab(), await openTab()];
  await greet();
  server.store("1");
  await settle();
  first.client.close();
  await settle();
  server.store("2");
  await pass(100);
  await pass(500);
  await greet();
  await pass(500);
  server.store("3");
  await settle();
  assert.equal(alive(), 1);
  assert.equal(server.sockets.length, 2);
  assert.deepEqual([first.seqs, second.seqs, third.seqs], [[1], [1, 2, 3], [1, 2, 3]]);
});

test("a frozen tab that holds the connection has it taken away", async () => {
  const frozen = await openTab();
  await greet();
  browser.freeze();
  const waking = await openTab();
  assert.equal(server.sockets.length, 1);
  await pass(2_000);
  assert.equal(server.sockets.length, 2);
  await greet();
  assert.equal(alive(), 1);
  assert.equal(waking.client.connection.state, "open");
  assert.equal(frozen.client.connection.state, "offline");
  await pass(500);
  assert.equal(frozen.client.connection.state, "open");
  assert.equal(server.sockets.length, 2);
});

test("a room is left once the last tab has left it, or gone", async () => {
  const [first, second, third] = [await openTab(), await openTab(), await openTab()];
  await greet();
  const leave = ({ client }) => client.connection.request("room.unsubscribe", { room: "general" });
  assert.equal((await leave(first)).room, "general");
  second.client.close();
  await settle();
  assert.equal(asked("room.unsubscribe"), 0);
  server.store("1");
  await settle();
  assert.deepEqual(third.seqs, [1]);
  third.client.close();
  await settle();
  assert.equal(asked("room.unsubscribe"), 1);
});

test("the server's refusal reaches every tab", async () => {
  const both = [await openTab(), await openTab()];
  await greet();
  server.socket.hear({ type: "error", ref: null, code: "tenant_suspended", message: "Suspended" });
  await server.cut(4403);
  assert.deepEqual(both.map(({ client }) => client.connection.state), ["refused", "refused"]);
});

test("after the network was gone the tabs come back on one connection", async () => {
  const [first, second] = [await openTab(), await openTab()];
  await greet();
  await server.cut();
  server.store("1");
  await pass(500);
  await greet();
  await pass(1_000);
  assert.equal(alive(), 1);
  for (const { client, seqs } of [first, second]) {
    assert.equal(client.connection.state, "open");
    assert.deepEqual(seqs, [1]);
  }
});

test("each user has a connection of their own, and each set of rooms that a token is good for", async () => {
  await openTab({ token: jwt(60) });
  await openTab({ token: jwt(60, { rooms: ["general"] }) });
  await openTab({ token: jwt(60, { sub: "bob" }) });
  await openTab({ token: jwt(60, { sub: undefined, user_id: "eve" }) });
  await openTab({ me: { id: "dan", name: "Dan" } });
  assert.equal(server.sockets.length, 5);
  await openTab({ token: jwt(600) });
  await openTab({ token: jwt(600, { rooms: ["general"] }) });
  await openTab({ me: { id: "dan", name: "Dan" } });
  assert.equal(server.sockets.length, 5);
});

test("a connection is not shared where it is not wanted, cannot be, or nobody knows for whom", async () => {
  await openTab({ me, tabs: false });
  await openTab({});
  await openTab({ token: "sk_1" });
  assert.equal(browser.channels, 0);
  navigator.locks.request = async () => { throw new DOMException("", "SecurityError"); };
  await openTab();
  await openTab();
  assert.equal(server.sockets.length, 5);
  browser.uninstall();
  await openTab();
  assert.equal(server.sockets.length, 6);
});
