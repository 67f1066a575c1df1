import assert from "node:assert/strict";
import { test } from "node:test";

import { filtersOf } from "../../../chat/widget/conversation/filters.js";
import { commandOf, KEYS } from "../../../chat/widget/conversation/keyboard.js";
import { offersFor } from "../../../chat/widget/conversation/offers.js";
import { placeFor } from "../../../chat/widget/conversation/placing.js";
import { outstanding, reacted } from "../../../chat/widget/conversation/reacted.js";
import { rightsOver } from "../../../chat/widget/conversation/rights.js";
import strings from "../../../chat/widget/strings/en.js";

// Offers and rights

const message = { id: "m_1", kind: "message", text: "hi", deleted: false, edited_at: null, reply_count: 0, pinned_at: null };
const stranger = { mine: false, moderates: false, writes: true, direct: false };
const offers = (standing, more) => offersFor({ ...message, ...more }, { ...stranger, ...standing });

test("of others' messages a member may react, reply, quote, copy and report, no more", () => {
  assert.deepEqual(offers(), ["react", "thread", "quote", "copy", "link", "report"]);
});

test("one's own may be edited and deleted, and it is told who has read it", () => {
  assert.deepEqual(offers({ mine: true }), ["react", "thread", "quote", "edit", "copy", "link", "readers", "delete"]);
});

test("moderators pin and delete what others said, and edit nothing of it", () => {
  const offered = offers({ moderates: true });
  assert.ok(["pin", "delete", "report"].every((offer) => offered.includes(offer)));
  assert.ok(!offered.includes("edit"));
  assert.ok(offers({ moderates: true }, { pinned_at: "2026-03-02T10:00:00Z" }).includes("unpin"));
});

test("in a direct conversation everybody pins", () => {
  assert.ok(offers({ direct: true }).includes("pin"));
});

test("where nobody writes, what changes a message is not offered, and a thread only if there is one", () => {
  assert.deepEqual(offers({ mine: true, moderates: true, writes: false }), ["copy", "link", "readers"]);
  assert.ok(offers({ writes: false }, { reply_count: 1 }).includes("thread"));
});

test("what was edited has a history for its author and moderators", () => {
  const edited = { edited_at: "2026-03-02T10:00:00Z" };
  assert.ok(offers({ mine: true }, edited).includes("edits"));
  assert.ok(offers({ moderates: true }, edited).includes("edits"));
  assert.ok(!offers({}, edited).includes("edits"));
});

test("nothing is offered of what is gone or only a notice", () => {
  assert.deepEqual(offers({ mine: true }, { deleted: true }), []);
  assert.deepEqual(offers({}, { kind: "member.joined" }), []);
});

test("owners do everything with others, moderators send plain members away, members only write to them", () => {
  const over = (role, other) => rightsOver({ id: "bob", role: other }, { me: "ann", role, leads: true });
  assert.deepEqual(over("owner", "owner"), ["write", "owner", "moderator", "member", "remove", "ban"]);
  assert.deepEqual(over("moderator", "member"), ["write", "remove", "ban"]);
  assert.deepEqual(over("moderator", "moderator"), ["write"]);
  assert.deepEqual(over("member", "member"), ["write"]);
  assert.deepEqual(over(null, "member"), ["write"]);
  assert.deepEqual(rightsOver({ id: "ann", role: "owner" }, { me: "ann", role: "owner", leads: true }), []);
});

test("where a room stands alone, nobody is written to elsewhere", () => {
  assert.deepEqual(rightsOver({ id: "bob", role: "member" }, { me: "ann", role: "member", leads: false }), []);
});

// Reactions

const thumbs = (...users) => ({ emoji: "👍", count: users.length, users });

test("what one wants is counted before the server has said so", () => {
  assert.deepEqual(reacted([], new Map([["👍", true]]), "ann"), [thumbs("ann")]);
  assert.deepEqual(reacted([thumbs("bob")], new Map([["👍", true]]), "ann"), [thumbs("ann", "bob")]);
});

test("one's last reaction taken back leaves nothing", () => {
  assert.deepEqual(reacted([thumbs("ann")], new Map([["👍", false]]), "ann"), []);
  assert.deepEqual(reacted([thumbs("ann", "bob")], new Map([["👍", false]]), "ann"), [thumbs("bob")]);
});

test("what the server tells already is not counted twice", () => {
  assert.deepEqual(reacted([thumbs("ann")], new Map([["👍", true]]), "ann"), [thumbs("ann")]);
});

test("a wish is over when the server tells of it, and lasts while it tells of others", () => {
  const wanted = new Map([["👍", true], ["🎉", true]]);
  assert.deepEqual(outstanding([thumbs("ann")], wanted, "ann"), new Map([["🎉", true]]));
  assert.deepEqual(outstanding([thumbs("bob")], wanted, "ann"), wanted);
  assert.deepEqual(outstanding([thumbs("bob")], new Map([["👍", false]]), "ann"), new Map());
});

// Keys

const press = (key, more) => commandOf({ key, shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, ...more });

test("a character asks for the same however it is typed", () => {
  assert.equal(press("?", { shiftKey: true }), "keys");
  assert.equal(press("+"), press("+", { shiftKey: true }));
  assert.equal(press("T", { shiftKey: true }), "thread");
});

test("a key with Shift is another key", () => {
  assert.equal(press("F10", { shiftKey: true }), "menu");
  assert.equal(press("F10"), undefined);
  assert.equal(press("Enter", { shiftKey: true }), undefined);
});

test("what belongs to the browser or the system is left to it", () => {
  for (const modifier of ["ctrlKey", "metaKey", "altKey"]) assert.equal(press("c", { [modifier]: true }), undefined);
  assert.equal(press("Tab"), undefined);
});

test("no key has two meanings, and each command is explained", () => {
  const keys = KEYS.flatMap((one) => one.keys);
  assert.equal(new Set(keys).size, keys.length);
  for (const { command } of KEYS) assert.ok(`keys.${command}` in strings, command);
});

// Searching

const none = { user: "", after: "", before: "", files: false };

test("an empty form narrows nothing", () => {
  assert.deepEqual(Object.values(filtersOf(none)).filter((value) => value !== undefined), []);
});

test("both days count themselves, in the reader's own time", () => {
  const { after, before } = filtersOf({ ...none, after: "2026-02-28", before: "2026-02-28" });
  assert.deepEqual(after, new Date(2026, 1, 28));
  assert.deepEqual(before, new Date(2026, 2, 1));
});

test("author and files are asked for", () => {
  const { user, hasAttachment } = filtersOf({ ...none, user: "bob", files: true });
  assert.deepEqual([user, hasAttachment], ["bob", true]);
});

// Places of menus

const space = { width: 400, height: 600 };
const size = { width: 200, height: 300 };
const at = (left, top) => ({ left, right: left + 40, top, bottom: top + 40 });

test("it goes below, and its end is where the anchor's is", () => {
  assert.deepEqual(placeFor(size, at(300, 100), space, "ltr"), { left: 140, top: 144 });
  assert.deepEqual(placeFor(size, at(60, 100), space, "rtl"), { left: 60, top: 144 });
});

test("it goes above where there is no room below", () => {
  assert.equal(placeFor(size, at(300, 400), space, "ltr").top, 96);
});

test("it stays within the window, whichever corner its anchor is in", () => {
  for (const [left, top] of [[0, 0], [360, 0], [0, 560], [360, 560], [180, 280]]) {
    for (const direction of ["ltr", "rtl"]) {
      const place = placeFor(size, at(left, top), space, direction);
      assert.ok(place.left >= 8 && place.left + 200 <= 392, `${left},${top} ${direction}`);
      assert.ok(place.top >= 8 && place.top + 300 <= 592, `${left},${top} ${direction}`);
    }
  }
});
