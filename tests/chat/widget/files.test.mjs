import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { pixelsOf } from "../../../chat/widget/conversation/blurhash.js";
import { ChosenFiles, MOST } from "../../../chat/widget/conversation/chosen_files.js";
import { LinksToFiles } from "../../../chat/widget/conversation/links_to_files.js";
import { FIT, moved, scaled } from "../../../chat/widget/conversation/zoom.js";

const HOUR = 3_600_000;
const refusal = (code, more) => Object.assign(new Error(code), { code, ...more });

/** Takes what it is asked, to be answered later: {given, resolve, reject, signal, onProgress}. */
class Asked {
  list = [];

  ask = (given, options = {}) => new Promise((resolve, reject) => {
    options.signal?.addEventListener("abort", () => reject(refusal("aborted")));
    this.list.push({ given, resolve, reject, ...options });
  });

  get names() {
    return this.list.map(({ given }) => given.name ?? given);
  }
}

let asked;

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: 0 });
  asked = new Asked();
});

async function settle() {
  for (let turn = 0; turn < 10; turn++) await null;
}

// Links

const linksUntil = (ms) => ({ url: "https://acme.example/files/x", expires_at: new Date(ms).toISOString() });

test("a link is asked for once, until a minute before it expires", async () => {
  const links = new LinksToFiles(asked.ask);
  const both = Promise.all([links.get("a"), links.get("a")]);
  asked.list[0].resolve(linksUntil(HOUR));
  await both;
  mock.timers.tick(HOUR - 60_001);
  await links.get("a");
  assert.equal(asked.list.length, 1);
  mock.timers.tick(1);
  links.get("a");
  assert.equal(asked.list.length, 2);
});

test("a link that failed is asked for again when it is wanted again", async () => {
  const links = new LinksToFiles(asked.ask);
  const failed = assert.rejects(links.get("a"), { code: "upload_not_found" });
  asked.list[0].reject(refusal("upload_not_found"));
  await failed;
  links.get("a");
  assert.equal(asked.list.length, 2);
});

test("fifty images ask four at a time, those wanted last before the others", async () => {
  const links = new LinksToFiles(asked.ask);
  for (let number = 0; number < 50; number++) links.get(`i${number}`);
  assert.deepEqual(asked.names, ["i0", "i1", "i2", "i3"]);
  asked.list[0].resolve(linksUntil(HOUR));
  await settle();
  assert.deepEqual(asked.names.slice(4), ["i49"]);
});

test("who asks too fast waits as long as the server says, and the others with it", async () => {
  const links = new LinksToFiles(asked.ask);
  for (const id of ["a", "b", "c", "d", "e"]) links.get(id).catch(() => {});
  for (const { reject } of asked.list) reject(refusal("rate_limited", { retryAfter: 3 }));
  await settle();
  mock.timers.tick(2_999);
  await settle();
  assert.equal(asked.list.length, 4);
  mock.timers.tick(1);
  await settle();
  assert.deepEqual(asked.names.slice(4), ["a", "b", "c", "d"]);
});

// The files of the next message

const file = (name, type = "text/plain") => new File(["abc"], name, { type });
const states = (chosen) => chosen.list.map(({ file: { name }, state }) => `${name} ${state}`);

test("files are handed in as they are chosen, two at a time, and go as uploads", async () => {
  const chosen = new ChosenFiles({ upload: asked.ask });
  chosen.add([file("a"), file("b"), file("c")]);
  assert.deepEqual(asked.names, ["a", "b"]);
  asked.list[0].onProgress(0.5);
  assert.equal(chosen.list[0].progress, 0.5);
  for (const number of [0, 1, 2]) {
    asked.list[number].resolve({ id: `u${number}`, name: `kept ${number}` });
    await settle();
  }
  assert.deepEqual(states(chosen), ["a done", "b done", "c done"]);
  assert.deepEqual(chosen.attachments.map(({ id, name, progress, file: { name: own } }) => [id, name, progress, own]), [
    ["u0", "kept 0", 1, "a"], ["u1", "kept 1", 1, "b"], ["u2", "kept 2", 1, "c"],
  ]);
});

test("nobody waits for a file on its way: the outbox hands it in with its message", () => {
  const chosen = new ChosenFiles({ upload: asked.ask });
  chosen.add([file("a")]);
  assert.deepEqual([chosen.busy, chosen.attachments[0].id, chosen.attachments[0].file.name], [false, undefined, "a"]);
  chosen.clear();
  assert.ok(asked.list[0].signal.aborted);
});

test("a file that finds no server holds nothing up: it goes with its message or the next connection", async () => {
  const chosen = new ChosenFiles({ upload: asked.ask });
  chosen.add([file("photo.png", "image/png")]);
  chosen.measured(0, { width: 4, height: 3 });
  asked.list[0].reject(refusal("unreachable", { retryable: true }));
  await settle();
  assert.deepEqual([states(chosen), chosen.busy], [["photo.png waiting"], false]);
  const [{ id, file: own, ...shown }] = chosen.attachments;
  assert.deepEqual([id, own], [undefined, chosen.list[0].file]);
  assert.deepEqual(shown, { name: "photo.png", type: "image/png", size: 3, width: 4, height: 3, progress: 0 });
  chosen.resume();
  assert.deepEqual([states(chosen), asked.list.length], [["photo.png uploading"], 2]);
});

test("a file that is refused says so, and keeps the message back until it is taken out", async () => {
  const chosen = new ChosenFiles({ upload: asked.ask });
  const refused = [];
  chosen.on("refused", ({ file: { name }, error: { code } }) => refused.push([name, code]));
  chosen.add([file("a.exe")]);
  asked.list[0].reject(refusal("file_refused"));
  await settle();
  assert.deepEqual([refused, chosen.busy], [[["a.exe", "file_refused"]], true]);
  chosen.resume();
  assert.equal(asked.list.length, 1);
  chosen.retry(0);
  assert.deepEqual([asked.list.length, states(chosen)], [2, ["a.exe uploading"]]);
  chosen.remove(0);
  assert.deepEqual([chosen.list, chosen.busy], [[], false]);
});

test("what is taken out or given up is called off, and its turn is the next one's", async () => {
  const chosen = new ChosenFiles({ upload: asked.ask });
  chosen.add([file("a"), file("b"), file("c"), file("d")]);
  chosen.remove(0);
  await settle();
  assert.ok(asked.list[0].signal.aborted);
  assert.deepEqual(asked.names, ["a", "b", "c"]);
  chosen.clear();
  assert.deepEqual([chosen.list, asked.list.slice(1).map(({ signal }) => signal.aborted)], [[], [true, true]]);
});

test("a message takes ten files, and says how many were too many", () => {
  const chosen = new ChosenFiles({ upload: asked.ask });
  assert.equal(chosen.add(Array.from({ length: MOST - 1 }, () => file("a"))), 0);
  assert.equal(chosen.add([file("b"), file("c"), file("d")]), 2);
  assert.deepEqual(states(chosen).slice(-2), ["a uploading", "b uploading"]);
});

// Images

test("a blurhash becomes the pixels that the reference decoder paints", () => {
  const pixels = pixelsOf("LEHV6nWB2yk8pyo0adR*.7kCMdnj", 2, 2);
  assert.deepEqual([...pixels], [135, 164, 177, 255, 181, 180, 171, 255, 120, 148, 162, 255, 158, 125, 108, 255]);
  assert.equal(pixelsOf("LEHV6n", 4, 3), null);
  assert.equal(pixelsOf("", 4, 3), null);
});

const positive = ({ scale, x, y }) => ({ scale, x: x + 0, y: y + 0 }); // -0 is 0
const frame = { width: 400, height: 300, image: { width: 400, height: 200 } };

test("what is at the pointer stays there while it grows, and at the smallest all of it is seen", () => {
  const near = scaled(FIT, 2, { x: 100, y: 20 }, frame);
  assert.deepEqual(near, { scale: 2, x: -100, y: -20 });
  assert.deepEqual(positive(scaled(near, 0.1, { x: 0, y: 0 }, frame)), FIT);
  assert.equal(scaled(FIT, 1_000, { x: 0, y: 0 }, frame).scale, 8);
});

test("an image is moved to its edges and not beyond, and not at all where it fits", () => {
  const near = scaled(FIT, 2, { x: 0, y: 0 }, frame);
  assert.deepEqual(moved(near, 1_000, -1_000, frame), { scale: 2, x: 200, y: -50 });
  assert.deepEqual(positive(moved(FIT, -50, 50, frame)), FIT);
});
