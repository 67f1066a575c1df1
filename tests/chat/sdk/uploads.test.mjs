import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { install, Locks, Storage } from "./storage.mjs";
import { Server, settle } from "./server.mjs";

/** The part of the API that takes files. Each waits to be finished, refused or aborted. */
class Intake {
  /** All that were begun: {path, name, progress, finish, refuse}. */
  begun = [];

  upload(path, file, { onProgress, signal }) {
    return new Promise((resolve, reject) => {
      const id = `u${this.begun.length + 1}`;
      const made = { id, name: "kept.png", type: "image/png", size: 3, width: 2, height: 1, blurhash: "x" };
      signal?.addEventListener("abort", () => reject(problem("aborted")));
      this.begun.push({ path, file, signal, progress: onProgress, finish: () => resolve(made), refuse: reject });
    });
  }

  get last() {
    return this.begun.at(-1);
  }
}

const problem = (code, more) => Object.assign(new Error(code), { code, ...more });
const picture = () => new Blob(["abc"], { type: "image/png" });

let server;
let intake;
let client;
let room;

beforeEach(async () => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  server = new Server();
  intake = new Intake();
  await enter();
});

afterEach(() => client.connection.close());

async function enter() {
  client = server.client();
  client.rest = { get: (path, query) => server.get(query), upload: (...all) => intake.upload(...all) };
  room = client.room("general", {});
  room.subscribe();
  await server.greet(client);
  await room.messages.loadLatest();
}

function shown() {
  return room.outbox.list.map(({ text, state }) => [text, state]);
}

function sends() {
  return server.heard.filter(({ type }) => type === "message.send");
}

async function finish() {
  intake.last.finish();
  await settle();
}

test("a file goes to the uploads, its progress to who asked", async () => {
  const seen = [];
  const handed = client.upload(picture(), { onProgress: (done) => seen.push(done) });
  intake.last.progress(0.5);
  intake.last.finish();
  assert.equal((await handed).id, "u1");
  assert.deepEqual([intake.last.path, seen], ["/uploads", [0.5]]);
});

test("a file is handed in with its progress to be seen, and then its message sent", async () => {
  const seen = [];
  room.outbox.on("change", () => {
    const [first] = room.outbox.list;
    if (first) seen.push(`${first.state} ${first.attachments[0].progress}`);
  });
  room.outbox.send("look", { attachments: [picture()] });
  await settle();
  assert.deepEqual(sends(), []);
  intake.last.progress(0.25);
  await finish();
  assert.deepEqual([...new Set(seen)], ["pending 0", "uploading 0", "uploading 0.25", "uploading 1", "pending 1"]);
  assert.deepEqual(sends().map(({ text, attachments }) => [text, attachments]), [["look", ["u1"]]]);
  assert.deepEqual(shown(), []);
});

test("uploads that are there already are named, in the order given, beside files", async () => {
  room.outbox.send("", { attachments: ["u8", picture(), { id: "u9", name: "b.pdf" }] });
  await settle();
  await finish();
  assert.deepEqual(sends().map(({ attachments }) => attachments), [["u8", "u1", "u9"]]);
});

test("what was written after a file waits for it", async () => {
  room.outbox.send("first", { attachments: [picture()] });
  room.outbox.send("second");
  await settle();
  assert.deepEqual(shown(), [["first", "uploading"], ["second", "pending"]]);
  await finish();
  assert.deepEqual(sends().map(({ text }) => text), ["first", "second"]);
});

test("what is discarded while its file is on the way is called off, and the next goes on", async () => {
  const { clientId } = room.outbox.send("first", { attachments: [picture()] });
  room.outbox.send("second");
  await settle();
  room.outbox.discard(clientId);
  await settle();
  assert.ok(intake.last.signal.aborted);
  assert.deepEqual(sends().map(({ text }) => text), ["second"]);
});

test("an upload that found no server is tried again by itself", async () => {
  room.outbox.send("look", { attachments: [picture()] });
  await settle();
  intake.last.refuse(problem("unreachable", { retryable: true }));
  await settle();
  assert.deepEqual(shown(), [["look", "pending"]]);
  mock.timers.tick(3_000);
  await settle();
  await finish();
  assert.deepEqual(sends().map(({ attachments }) => attachments), [["u2"]]);
});

test("a file that is refused leaves the text, and a retry hands in only what is missing", async () => {
  room.outbox.send("look", { attachments: [picture(), picture()] });
  await settle();
  await finish();
  intake.last.refuse(problem("file_refused"));
  await settle();
  assert.deepEqual(shown(), [["look", "failed"]]);
  assert.equal(room.outbox.list[0].error.code, "file_refused");
  room.outbox.retry(room.outbox.list[0].clientId);
  await settle();
  await finish();
  assert.equal(intake.begun.length, 3);
  assert.deepEqual(sends().map(({ attachments }) => attachments), [["u1", "u3"]]);
});

test("an upload that nobody attached for a day is handed in again", async () => {
  server.refusals = [{ code: "rate_limited", message: "Too fast", retry_after: 100_000 }];
  room.outbox.send("look", { attachments: [picture()] });
  await settle();
  await finish();
  server.refusals = [{ code: "upload_not_found", message: "No such upload" }];
  mock.timers.tick(100_000_000);
  await settle();
  await finish();
  assert.deepEqual(sends().map(({ attachments }) => attachments), [["u1"], ["u1"], ["u2"]]);
  assert.deepEqual(shown(), []);
});

test("an upload that is not found although it was just handed in fails", async () => {
  server.refusals = [{ code: "upload_not_found", message: "No such upload" }];
  room.outbox.send("look", { attachments: [picture()] });
  await settle();
  await finish();
  assert.deepEqual(shown(), [["look", "failed"]]);
});

test("files outlive the page with their message, and what was handed in stays so", async () => {
  mock.timers.reset();
  const storage = new Storage();
  const openPage = async () => {
    client.connection.close();
    install({ storage, locks: new Locks() }); // those that a closed page held are free
    await enter();
    await settleAll();
  };
  await openPage();
  room.outbox.send("look", { attachments: [picture(), picture()] });
  await settleAll();
  await finish();
  await openPage();
  assert.equal(await intake.last.file.text(), "abc");
  await finish();
  await settleAll();
  assert.equal(intake.begun.length, 3);
  assert.deepEqual(sends().map(({ attachments }) => attachments), [["u1", "u3"]]);
});

/** As settle, with a storage to wait for. */
async function settleAll() {
  for (let turn = 0; turn < 12; turn++) await settle();
}
