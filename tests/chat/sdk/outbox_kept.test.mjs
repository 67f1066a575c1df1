/** What was written outlives the page, and several pages of one user agree about it. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { setImmediate as soon } from "node:timers/promises";

import { install, Locks, Storage } from "./storage.mjs";
import { bob, me, Server } from "./server.mjs";

/** One that tells every page. */
class Everywhere extends Server {
  store(text, options) {
    const event = super.store(text, { ...options, told: false });
    if (options?.told ?? true) for (const socket of this.sockets) socket.hear(event);
    return event;
  }
}

let server;
let storage;
let pages;

beforeEach(() => {
  pages = [];
  server = new Everywhere();
  storage = new Storage();
  install({ storage, locks: new Locks() });
});

afterEach(() => pages.forEach(close));

/** Lets everything that waits for nothing but the storage run. */
async function settle() {
  for (let turn = 0; turn < 60; turn++) await soon();
}

/** A page that shows the room, not connected yet. */
async function page({ host = "acme.example", user = me } = {}) {
  const client = server.client();
  Object.assign(client, { host, me: user });
  const room = client.room("general", {});
  room.subscribe();
  await settle();
  pages.push({ client, room, outbox: room.outbox });
  return pages.at(-1);
}

async function connect({ client, room }) {
  client.connection.open();
  server.socket.hear({ type: "hello", connection: "c", user: client.me, heartbeat: 25, rooms: [] });
  await room.messages.loadLatest();
  await settle();
}

async function connected(options) {
  const one = await page(options);
  await connect(one);
  return one;
}

/** Its tab is closed. */
function close({ client }) {
  client.connection.close();
}

async function until(is) {
  for (let turn = 0; turn < 500 && !is(); turn++) await soon();
  assert.ok(is(), `in vain: ${is}`);
}

function shown({ outbox }) {
  return outbox.list.map(({ text, state }) => [text, state]);
}

function said() {
  return server.events.map(({ message }) => message.text);
}

function sends() {
  return server.heard.filter(({ type }) => type === "message.send").map(({ text }) => text);
}

const FIVE = ["1", "2", "3", "4", "5"];

test("five messages written offline in a page that was closed appear once, in order, from the next", async () => {
  const first = await connected();
  await server.cut();
  for (const text of FIVE) first.outbox.send(text);
  await settle();
  assert.ok(first.outbox.list.every(({ kept }) => kept));
  close(first);
  const second = await page();
  assert.deepEqual(shown(second), FIVE.map((text) => [text, "pending"]));
  await connect(second);
  assert.deepEqual(said(), FIVE);
  assert.deepEqual(second.room.messages.list.map(({ text }) => text), FIVE);
  assert.deepEqual(shown(second), []);
  assert.equal(storage.rows.size, 0);
});

test("what was stored is kept no longer", async () => {
  const { outbox } = await connected();
  await outbox.send("hello").stored;
  await settle();
  assert.equal(storage.rows.size, 0);
});

test("a message whose ack went down with its page is stored and shown once", async () => {
  const first = await connected();
  server.acks = false;
  first.outbox.send("hello");
  await settle();
  close(first);
  server.acks = true;
  assert.equal(storage.rows.size, 1);
  const second = await connected();
  assert.deepEqual(said(), ["hello"]);
  assert.deepEqual(second.room.messages.list.map(({ text }) => text), ["hello"]);
  assert.deepEqual(shown(second), []);
  assert.equal(storage.rows.size, 0);
});

for (const [whose, other] of [["user", { user: bob }], ["organisation", { host: "globex.example" }]]) {
  test(`what was written is neither shown to nor sent for another ${whose} of the same browser`, async () => {
    close(await writtenOffline("mine"));
    const stranger = await connected(other);
    assert.deepEqual(shown(stranger), []);
    assert.deepEqual(said(), []);
    close(stranger);
    await connected();
    assert.deepEqual(said(), ["mine"]);
  });
}

async function writtenOffline(...texts) {
  const one = await page();
  for (const text of texts) one.outbox.send(text);
  await settle();
  return one;
}

test("what was written does not go out once the connection comes back in another's name", async () => {
  const one = await writtenOffline("mine");
  one.client.connection.open();
  server.socket.hear({ type: "hello", connection: "c", user: bob, heartbeat: 25, rooms: [] });
  await settle();
  assert.deepEqual(sends(), []);
  assert.deepEqual(shown(one), [["mine", "pending"]]);
});

test("what was written before it was known whose it is, is kept once it is known", async () => {
  const one = await page({ user: null });
  one.outbox.send("early");
  await settle();
  assert.equal(storage.rows.size, 0);
  server.send = () => {}; // nothing is answered
  one.client.me = me;
  await connect(one);
  assert.deepEqual([...storage.rows.values()].map(({ user, text }) => [user, text]), [["ann", "early"]]);
});

test("what failed is still there after a reload, with its reason, and can be tried again", async () => {
  const first = await connected();
  server.refusals = [{ code: "room_frozen", message: "Frozen" }];
  first.outbox.send("no");
  await settle();
  close(first);
  const second = await connected();
  assert.deepEqual(shown(second), [["no", "failed"]]);
  const [{ clientId, error, stored }] = second.outbox.list;
  assert.deepEqual([error.code, error.message, error.retryable], ["room_frozen", "Frozen", false]);
  await assert.rejects(stored, { code: "room_frozen" });
  second.outbox.retry(clientId);
  await settle();
  assert.deepEqual(said(), ["no"]);
});

test("what was discarded does not come back", async () => {
  const first = await writtenOffline("1", "2");
  first.outbox.discard(first.outbox.list[0].clientId);
  await settle();
  close(first);
  await connected();
  assert.deepEqual(said(), ["2"]);
});

const TROUBLE = {
  "that is full": (storage) => { storage.full = new DOMException("", "QuotaExceededError"); },
  "that cannot be opened": (storage) => { storage.shut = new DOMException("", "SecurityError"); },
  "that never answers": (storage) => { storage.silent = true; },
};

for (const [which, trouble] of Object.entries(TROUBLE)) {
  test(`a storage ${which} costs no message and bothers nobody`, async () => {
    trouble(storage);
    mock.timers.enable({ apis: ["setTimeout"] });
    const one = await page();
    one.outbox.send("1");
    one.outbox.send("2");
    await settle();
    mock.timers.tick(3_000);
    await settle();
    assert.deepEqual(one.outbox.list.map(({ text, kept }) => [text, kept]), [["1", false], ["2", false]]);
    await connect(one);
    mock.timers.tick(3_000);
    await settle();
    mock.timers.reset();
    assert.deepEqual(said(), ["1", "2"]);
    assert.deepEqual(shown(one), []);
  });
}

test("what cannot be copied is sent all the same", async () => {
  const { outbox } = await page();
  outbox.send("hello", { data: { toJSON: () => ({ mood: "good" }) } });
  await settle();
  assert.deepEqual(outbox.list.map(({ text, kept }) => [text, kept]), [["hello", false]]);
});

test("a storage that is emptied under the page is filled again from memory", async () => {
  const { outbox } = await writtenOffline("1", "2");
  storage.clear();
  await settle();
  assert.deepEqual(outbox.list.map(({ text, kept }) => [text, kept]), [["1", true], ["2", true]]);
  assert.equal(storage.rows.size, 2);
});

test("without IndexedDB and locks, as in Node, messages are sent from memory", async () => {
  install({ storage: undefined, locks: undefined });
  const one = await writtenOffline("1", "2");
  await connect(one);
  assert.deepEqual(said(), ["1", "2"]);
});

test("two pages never have the same message under way at once", async () => {
  const one = await connected();
  const other = await connected();
  const answer = mock.method(server, "send", () => {}); // the first try hangs
  one.outbox.send("hello");
  await until(() => shown(other).length === 1);
  await settle();
  assert.deepEqual(sends(), ["hello"]);
  answer.mock.restore();
  const { ref, client_id } = server.heard.find(({ type }) => type === "message.send");
  server.send(server.sockets[0], ref, "hello", client_id);
  await until(() => !shown(one).length && !shown(other).length);
  await settle();
  assert.deepEqual(sends(), ["hello"]);
  assert.deepEqual(said(), ["hello"]);
});

test("what one page had stored is not sent again by another that has not heard of it", async () => {
  const one = await connected();
  const other = await connected();
  server.send = () => {};
  one.outbox.send("hello");
  await until(() => shown(other).length === 1);
  const { ref, client_id } = server.heard.find(({ type }) => type === "message.send");
  const { seq, message } = server.store("hello", { user: me, client_id, told: false });
  server.sockets[0].hear({ type: "ok", ref, id: message.id, seq });
  await until(() => !shown(other).length);
  await settle();
  assert.deepEqual(sends(), ["hello"]);
  other.outbox.send("next");
  await until(() => shown(one).length === 2);
  assert.deepEqual(shown(one), [["hello", "stored"], ["next", "pending"]]);
});

test("what is discarded while the storage is being read stays discarded", async () => {
  const { room, outbox } = await writtenOffline("1");
  room.emit("state", { state: "live" });
  for (let turn = 0; turn < 5; turn++) await null;
  outbox.discard(outbox.list[0].clientId);
  await settle();
  assert.deepEqual(outbox.list, []);
});

test("only what failed is tried again", async () => {
  const one = await page();
  const { clientId, stored } = one.outbox.send("1");
  one.outbox.retry(clientId);
  await connect(one);
  await until(() => !shown(one).length);
  assert.equal(await Promise.race([stored.then(({ seq }) => seq), settle()]), 1);
});

test("what is written in two pages at once goes out once each, each page's in its order", async () => {
  await connected();
  await connected();
  for (const text of FIVE) pages.forEach(({ outbox }, number) => outbox.send(`${number}.${text}`));
  await until(() => said().length === 10 && pages.every((each) => !shown(each).length));
  assert.equal(sends().length, 10);
  for (const number of ["0", "1"]) {
    assert.deepEqual(said().filter((text) => text.startsWith(number)), FIVE.map((text) => `${number}.${text}`));
  }
  assert.equal(storage.rows.size, 0);
});

test("a page that has a connection sends for one that has none, which hears of it", async () => {
  await connected();
  const cut = await page();
  const { stored } = cut.outbox.send("from the other page");
  await until(() => said().length === 1);
  await until(() => !shown(cut).length);
  await connect(cut);
  assert.equal((await stored).seq, 1);
  assert.deepEqual(sends(), ["from the other page"]);
});

test("what one page discards is gone from the others, and called off there", async () => {
  const one = await page();
  const other = await page();
  const { clientId, stored } = one.outbox.send("never mind");
  await until(() => shown(other).length === 1);
  other.outbox.discard(clientId);
  await until(() => !shown(one).length);
  await assert.rejects(stored, { code: "aborted" });
  await connect(one);
  assert.deepEqual(said(), []);
});

test("what failed in one page and is tried again in another goes out", async () => {
  const one = await connected();
  const other = await connected();
  server.refusals = [{ code: "room_frozen", message: "Frozen" }];
  one.outbox.send("no");
  await until(() => shown(other)[0]?.[1] === "failed");
  other.outbox.retry(other.outbox.list[0].clientId);
  await until(() => said().length === 1 && !shown(one).length);
});
