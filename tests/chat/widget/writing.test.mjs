import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { ranked, soughtAt } from "../../../chat/widget/conversation/completion.js";
import { Drafts } from "../../../chat/widget/conversation/drafts.js";
import { all, categories, toned, TONES } from "../../../chat/widget/conversation/emoji.js";
import { continued, formatOf, formatted, isUrl, keyOf, linked } from "../../../chat/widget/conversation/formatting.js";
import { canBeMentioned, mentioned, withIds, withNames } from "../../../chat/widget/conversation/mentions.js";
import { Pauses } from "../../../chat/widget/conversation/pauses.js";
import { noteEmoji, recentEmoji } from "../../../chat/widget/conversation/recent_emoji.js";

/** A text after a change, with its selection in ‹›. */
function changed(text, { start, end, text: typed, from, to }) {
  const whole = text.slice(0, start) + typed + text.slice(end);
  return `${whole.slice(0, from)}‹${whole.slice(from, to)}›${whole.slice(to)}`;
}

/** The same of a text whose selection is in ‹›. */
function format(marked, how) {
  const from = marked.indexOf("‹");
  const to = marked.indexOf("›") - 1;
  const text = marked.replace(/[‹›]/g, "");
  return changed(text, formatted(text, from, to, how));
}

beforeEach(() => {
  mock.timers.reset();
  globalThis.localStorage = stored();
});

function stored() {
  const items = new Map();
  return {
    getItem: (name) => items.get(name) ?? null,
    setItem: (name, text) => items.set(name, text),
    removeItem: (name) => items.delete(name),
  };
}

test("what is looked for at the caret begins at its sign, and nowhere within a word, an address or a path", () => {
  assert.deepEqual(soughtAt("hi @an", 6), { kind: "person", start: 3, text: "an" });
  assert.deepEqual(soughtAt("hi @", 4), { kind: "person", start: 3, text: "" });
  assert.deepEqual(soughtAt("@Ann Lee", 8), { kind: "person", start: 0, text: "Ann Lee" });
  assert.deepEqual(soughtAt("well (:smi", 10), { kind: "emoji", start: 6, text: "smi" });
  assert.deepEqual(soughtAt("@Ann :smi", 9), { kind: "emoji", start: 5, text: "smi" });
  assert.deepEqual(soughtAt(`${"x ".repeat(200)}@bo`, 403), { kind: "person", start: 400, text: "bo" });
  for (const text of ["ann@an", "/@an", "@Ann ", "12:30", ":s", "a:smi", "@@"]) assert.equal(soughtAt(text, text.length), null);
});

test("the best are those of that name, then those whose name begins so, then those with such a word, then those that have it within", () => {
  const people = ["Joanna", "Mary Ann", "Ånn", "Bob"];
  assert.deepEqual(ranked(people, "ann", (name) => [name]), ["Ånn", "Mary Ann", "Joanna"]);
  assert.deepEqual(ranked(people, "", (name) => [name], 2), ["Joanna", "Mary Ann"]);
  assert.deepEqual(ranked(all, "+1", ({ words }) => words).map(({ emoji }) => emoji), ["👍"]);
  assert.equal(ranked(all, "heart", ({ words }) => words)[0].emoji, "❤️");
  assert.equal(ranked(all, "thumbs_u", ({ words }) => words)[0].emoji, "👍");
});

test("a mention is written as a name and sent as an id that the server finds", () => {
  const ann = { id: "acc_1", name: "Ann Lee" };
  const one = mentioned(ann, {});
  assert.deepEqual(one, { name: "Ann Lee", mentions: { "Ann Lee": "acc_1" } });
  assert.equal(mentioned({ id: "acc_2", name: "Ann Lee" }, one.mentions).name, "acc_2", "another of that name");
  assert.equal(mentioned({ id: "acc_3", name: "room" }, {}).name, "acc_3");
  const { mentions } = mentioned({ id: "wang", name: "王芳" }, one.mentions);
  const sent = (text) => withIds(text, mentions);
  assert.equal(sent("@Ann Lee, @王芳你好 and (@Ann Lee)!"), "@acc_1, @wang 你好 and (@acc_1)!");
  assert.equal(sent("@Ann Lee's"), "@acc_1 's", "or the server would look for acc_1's");
  assert.equal(sent("@Ann Leeds x@Ann Lee **@Ann Lee**"), "@Ann Leeds x@Ann Lee **@acc_1**");
  assert.equal(withIds("@Ann Lee", { "Ann": "a", "Ann Lee": "b" }), "@b");
  assert.equal(withIds("@$& (x)", { "$& (x)": "id" }), "@id");
});

test("what was sent is written with names again", () => {
  const people = [{ id: "acc_1", name: "Ann Lee" }, { id: "a.b.", name: "Dotted" }, { id: "acc_9", name: "Ann Lee" }];
  const { text, mentions } = withNames("@acc_1: @a.b. @acc_1. @acc_9 @acc_2 x@acc_1", people);
  assert.equal(text, "@Ann Lee: @Dotted @Ann Lee. @acc_9 @acc_2 x@acc_1");
  assert.equal(withIds(text, mentions), "@acc_1: @a.b. @acc_1. @acc_9 @acc_2 x@acc_1");
});

test("who cannot be named in a text is not offered", () => {
  assert.deepEqual(["ann", "ann@acme.test", "a/b", "a b", "room"].filter(canBeMentioned), ["ann"]);
});

test("a format goes around the selection without the spaces at its ends, and away again", () => {
  assert.equal(format("say ‹it › now", "bold"), "say **‹it›**  now");
  assert.equal(format("say **‹it›** now", "bold"), "say ‹it› now");
  assert.equal(format("say ‹~~it~~› now", "strike"), "say ‹it› now");
  assert.equal(format("‹›", "italic"), "_‹›_");
  assert.equal(format("‹a b›", "code"), "`‹a b›`");
  assert.equal(format("x ‹a\nb› y", "code"), "x \n```\n‹a\nb›\n```\n y");
});

test("lists and quotes take whole lines", () => {
  assert.equal(format("one\ntw‹o\nthr›ee", "list"), "one\n‹- two\n- three›");
  assert.equal(format("‹- two\n- three›", "list"), "‹two\nthree›");
  assert.equal(format("wo‹›rd", "quote"), "> word‹›");
});

test("a link's address is asked for where there is none", () => {
  assert.equal(format("see ‹this›", "link"), "see [this](‹https://›)");
  assert.equal(format("‹›", "link"), "[‹›](https://)");
  assert.equal(changed("see this", linked("see this", 4, 8, "https://a.test/b")), "see [this](https://a.test/b)‹›");
  assert.deepEqual(["https://a.test/b", "a.test", "https://a b", "https://a.test/(b)"].map(isUrl), [true, false, false, false]);
});

test("a new line goes on with the list, and behind an empty item ends it", () => {
  const next = (text) => changed(text, continued(text, text.length));
  assert.equal(next("x\n- milk"), "x\n- milk\n- ‹›");
  assert.equal(next("  9. milk"), "  9. milk\n  10. ‹›");
  assert.equal(next("> he said"), "> he said\n> ‹›");
  assert.equal(next("- milk\n- "), "- milk\n‹›");
  assert.equal(continued("milk", 4), null);
  assert.equal(continued("-milk", 5), null);
});

test("formats have their keys, by Ctrl or by Command", () => {
  const key = (key, more) => ({ key, shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, ...more });
  assert.equal(formatOf(key("b", { ctrlKey: true }), false), "bold");
  assert.equal(formatOf(key("b", { ctrlKey: true }), true), undefined);
  assert.equal(formatOf(key("X", { metaKey: true, shiftKey: true }), true), "strike");
  assert.equal(formatOf(key("b"), false), undefined);
  assert.deepEqual([keyOf("strike"), keyOf("list")], ["Shift+X", undefined]);
});

test("a draft belongs to a user, a host, a room and a thread, and is gone once it is empty", () => {
  const room = { id: "general", client: { host: "acme.test" } };
  const drafts = new Drafts(room, "ann");
  drafts.save({ text: "soon @Bob", mentions: { Bob: "b" } });
  assert.deepEqual(new Drafts(room, "ann").load(), { text: "soon @Bob", mentions: { Bob: "b" } });
  for (const other of [new Drafts(room, "bob"), new Drafts(room, "ann", "m_1"), new Drafts({ ...room, id: "other" }, "ann")]) {
    assert.equal(other.load().text, "");
  }
  drafts.save({ text: "", mentions: {} });
  assert.equal(drafts.load().text, "");
});

test("where storage is refused, drafts live as long as the page", () => {
  const refuse = () => { throw new DOMException("no", "SecurityError"); };
  globalThis.localStorage = { getItem: refuse, setItem: refuse, removeItem: refuse };
  const drafts = new Drafts({ id: "refused", client: { host: "acme.test" } }, "ann");
  assert.equal(drafts.load().text, "");
  drafts.save({ text: "kept", mentions: {} });
  assert.equal(drafts.load().text, "kept");
  drafts.save({ text: "", mentions: {} });
  assert.equal(drafts.load().text, "");
});

test("each emoji and each name is there once; a skin tone goes where skin is", () => {
  assert.ok(all.length > 250 && Object.keys(categories).length === 8);
  for (const one of ["emoji", "name"]) assert.equal(new Set(all.map((entry) => entry[one])).size, all.length);
  for (const { words } of all) for (const word of words) assert.match(word, /^[a-z0-9_+-]+$/);
  assert.deepEqual(["👍", "✌️", "🐶", "👍"].map((emoji, at) => toned(emoji, at < 3 ? TONES[5] : "")), ["👍🏿", "✌🏿", "🐶", "👍"]);
});

test("the latest emoji come first, each once, sixteen at most", () => {
  for (let number = 0; number < 20; number++) noteEmoji(`e${number}`);
  noteEmoji("e10");
  assert.deepEqual(recentEmoji().slice(0, 3), ["e10", "e19", "e18"]);
  assert.equal(recentEmoji().length, 16);
});

test("a pause is counted down in seconds, whatever our clock says", () => {
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1_000_000 });
  const pauses = new Pauses();
  const seen = [];
  pauses.on("change", () => seen.push([pauses.slow, pauses.held]));
  pauses.wrote(new Date(9_000_000).toISOString(), 3); // our clock is behind
  pauses.hold({ retryAfter: 1.5, error: { code: "rate_limited" } });
  for (let step = 0; step < 40; step++) mock.timers.tick(100);
  assert.deepEqual(seen, [[3, 0], [3, 2], [2, 1], [1, 0], [0, 0]]);
  pauses.wrote(new Date(0).toISOString(), 3);
  assert.equal(pauses.slow, 0, "a message of long ago is no reason to wait");
});
