import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { ApiServer } from "./api.mjs";
import { me, settle } from "./server.mjs";

const MESSAGE = "/rooms/general/messages/m1";

let server;
let room;
let thread;

async function enter() {
  server.fill(1);
  const client = server.client();
  room = client.room("general", { last_seq: 1 });
  room.subscribe();
  await server.greet(client);
  thread = room.thread("m1");
  answerWith([]);
}

/** What the API tells of the thread. */
function answerWith(replies) {
  const parent = { ...server.messages[0], reply_count: replies.length };
  server.answers = { [MESSAGE]: parent, [`${MESSAGE}/replies`]: replies };
}

/** A reply, and its parent's change. */
function reply(text, { told = true, id = `r${text}` } = {}) {
  const { message } = server.tell({ type: "message.created", message: shape(text, id) }, told);
  server.change(1, { reply_count: (server.messages[0].reply_count ?? 0) + 1 }, { told });
  return message;
}

function shape(text, id) {
  return { id, seq: server.events.length + 1, kind: "message", user: me, text, client_id: null, parent: "m1" };
}

const texts = () => thread.list.map(({ text }) => text);

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  server = new ApiServer();
});

test("a thread is a message and the replies to it", async () => {
  await enter();
  answerWith([reply("a", { told: false }), reply("b", { told: false })]);
  await thread.load();
  assert.equal(thread.state, "ready");
  assert.equal(thread.parent.reply_count, 2);
  assert.deepEqual(texts(), ["a", "b"]);
});

test("replies come in live, with what becomes of them and of the message that they reply to", async () => {
  await enter();
  await thread.load();
  let changes = 0;
  thread.on("change", () => { changes++; });
  server.store("not in the thread");
  assert.equal(changes, 0);
  const { seq } = reply("a");
  reply("b");
  server.change(seq, { text: "A" });
  assert.deepEqual(texts(), ["A", "b"]);
  assert.equal(thread.parent.reply_count, 2);
});

test("what comes while a thread loads is kept, once", async () => {
  await enter();
  const loading = thread.load();
  const message = reply("a");
  answerWith([message]);
  await loading;
  reply("b");
  assert.deepEqual(texts(), ["a", "b"]);
  assert.equal(thread.parent.reply_count, 2);
});

test("a thread that could not be loaded says so and can be asked for again", async () => {
  await enter();
  const { get } = room.client.rest;
  room.client.rest.get = async () => { throw Object.assign(new Error(), { code: "message_not_found" }); };
  await thread.load();
  assert.deepEqual([thread.state, thread.error.code], ["failed", "message_not_found"]);
  room.client.rest.get = get;
  await thread.load();
  assert.equal(thread.state, "ready");
});

test("a thread is loaded anew when more was missed than is replayed", async () => {
  server.mostReplayed = 1;
  await enter();
  await thread.load();
  await server.cut();
  answerWith([reply("a", { told: false }), reply("b", { told: false })]);
  room.client.connection.wake();
  await server.greet();
  await settle();
  assert.deepEqual(texts(), ["a", "b"]);
});

test("what is said in a thread is a reply, and shown as on its way until it is told", async () => {
  await enter();
  await thread.load();
  server.acks = false;
  thread.send("hi", { data: { color: "red" } });
  room.send("elsewhere");
  assert.deepEqual(thread.unsent.map(({ text }) => text), ["hi"]);
  await settle();
  const { parent, data } = server.heard.find(({ type }) => type === "message.send");
  assert.deepEqual([parent, data], ["m1", { color: "red" }]);
});

test("a closed thread hears nothing more", async () => {
  await enter();
  await thread.load();
  thread.close();
  reply("a");
  assert.deepEqual(texts(), []);
});
