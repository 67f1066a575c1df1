import assert from "node:assert/strict";
import { test } from "node:test";

import { Language } from "../../../chat/widget/language.js";
import english from "../../../chat/widget/strings/en.js";

const TAGS = ["ar", "de", "es", "fr", "ja", "zh"];
const strings = async (tag) => (await import(`../../../chat/widget/strings/${tag}.js`)).default;
const forms = (text) => (typeof text === "string" ? { other: text } : text);
const placeholders = (text) => [...new Set(text.match(/\{\w+\}/g))].sort();
const COUNTED_IN_WORDS = ["zero", "one", "two"];

for (const tag of TAGS) {
  test(`${tag} says everything that English says, with the same values, in each of its plurals`, async () => {
    const texts = await strings(tag);
    assert.deepEqual(Object.keys(texts).sort(), Object.keys(english).sort());
    const categories = new Intl.PluralRules(tag).resolvedOptions().pluralCategories;
    for (const [key, text] of Object.entries(english)) {
      assert.equal(typeof texts[key], typeof text, key);
      if (typeof text !== "string") assert.deepEqual(Object.keys(texts[key]).sort(), [...categories].sort(), key);
      const wanted = placeholders(forms(text).other);
      for (const [category, form] of Object.entries(forms(texts[key]))) {
        const used = placeholders(form);
        const spoken = COUNTED_IN_WORDS.includes(category) && !used.includes("{count}") ? "{count}" : null;
        assert.deepEqual(used, wanted.filter((name) => name !== spoken), `${key}: ${category}`);
      }
    }
  });
}

test("plurals, numbers and dates are the browser's own for the language", async () => {
  const arabic = await Language.load(["ar"]);
  const replies = [0, 1, 2, 3, 11, 100].map((count) => arabic.t("message.replies", { count }));
  assert.equal(new Set(replies.map((text) => text.replace(/\p{Nd}+/gu, ""))).size, 6);
  assert.equal(new Language("de").number(1_234_567), "1.234.567");
  assert.equal(new Language("en").t("message.replies", { count: 1 }), "1 reply");
  assert.equal(new Language("en").size(2_400_000), "2.4 MB");
  assert.equal(new Language("de").day(new Date().toISOString()), "heute");
});

test("the first language that there is, is taken; otherwise English", async () => {
  assert.equal((await Language.load(["xx", "fr-CA", "de"])).tag, "fr-CA");
  assert.equal((await Language.load(["xx"])).tag, "en");
  assert.equal((await Language.load(["AR-eg"])).direction, "rtl");
  assert.equal((await Language.load([])).direction, "ltr");
});

test("a text that is missing shows its key, and a value that is missing shows nothing", () => {
  const language = new Language("en", { greeting: "Hello {name}!" });
  assert.equal(language.t("nothing.here"), "nothing.here");
  assert.equal(language.t("greeting"), "Hello !");
});

test("names keep their order within a text from right to left", async () => {
  const arabic = await Language.load(["ar"]);
  assert.equal(arabic.t("notice.joined", { name: "Ann" }), "انضم \u2068Ann\u2069");
  assert.equal(arabic.list(["Ann", "Bob"]), "\u2068Ann\u2069 و\u2068Bob\u2069");
  assert.equal(new Language("de").list(["Ann", "Bob"]), "Ann und Bob");
});
