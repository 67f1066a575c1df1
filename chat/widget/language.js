import english from "./strings/en.js";

const OTHERS = /** @type {Record<string, () => Promise<{default: Strings}>>} */ ({
  ar: () => import("./strings/ar.js"),
  de: () => import("./strings/de.js"),
  es: () => import("./strings/es.js"),
  fr: () => import("./strings/fr.js"),
  ja: () => import("./strings/ja.js"),
  zh: () => import("./strings/zh.js"),
});
const RIGHT_TO_LEFT = ["ar"];
const DAY = 86_400_000;

/**
 * @typedef {Record<string, string | Record<string, string>>} Strings a text for each key, or one for each of the plural
 *   categories that the language has (CLDR: zero, one, two, few, many, other); `{name}` stands for a value
 */

/** One language's texts, numbers, dates and direction, by the browser's own rules (ECMA-402). */
export class Language {
  #strings;
  #plurals;
  #formats = /** @type {Map<string, any>} */ (new Map());

  /**
   * The first of the wanted that there is, otherwise English.
   * @param {readonly string[]} wanted BCP 47 tags
   * @returns {Promise<Language>}
   */
  static async load(wanted) {
    for (const tag of wanted) {
      const code = tag.toLowerCase().split("-")[0];
      try {
        if (code === "en") return new Language(tag, english);
        if (Object.hasOwn(OTHERS, code)) return new Language(tag, { ...english, ...(await OTHERS[code]()).default });
      } catch {
        // It is no tag, or its texts cannot be loaded: the next serves better than nothing.
      }
    }
    return new Language("en", english);
  }

  /** @param {string} tag @param {Strings} strings */
  constructor(tag, strings = english) {
    this.tag = tag;
    this.#strings = strings;
    this.#plurals = new Intl.PluralRules(tag);
  }

  /** @returns {"ltr" | "rtl"} */
  get direction() {
    return RIGHT_TO_LEFT.includes(this.tag.toLowerCase().split("-")[0]) ? "rtl" : "ltr";
  }

  /** Whether there is such a text. @param {string} key */
  has(key) {
    return key in this.#strings;
  }

  /**
   * The text of a key, in the plural that `count` asks for.
   * @param {string} key @param {Record<string, any>} [values]
   */
  t(key, values = {}) {
    const found = this.#strings[key] ?? key;
    const text = typeof found === "string" ? found : (found[this.#plurals.select(values.count)] ?? found.other);
    return text.replace(/\{(\w+)\}/g, (_, name) => this.#shown(values[name]));
  }

  /** @param {number} number */
  number(number) {
    return this.#format("number", () => new Intl.NumberFormat(this.tag)).format(number);
  }

  /** Such as "2.4 MB". @param {number} bytes */
  size(bytes) {
    const step = bytes < 1_000 ? 0 : bytes < 1_000_000 ? 1 : 2;
    const unit = ["byte", "kilobyte", "megabyte"][step];
    const format = () => new Intl.NumberFormat(this.tag, { style: "unit", unit, maximumFractionDigits: 1 });
    return this.#format(unit, format).format(bytes / 1_000 ** step);
  }

  /** Names, as in "Ann, Bob and Cy". @param {string[]} names */
  list(names) {
    const isolated = names.map((name) => this.#isolated(name));
    return this.#format("list", () => new Intl.ListFormat(this.tag)).format(isolated);
  }

  /** Such as "14:02". @param {string} iso */
  time(iso) {
    return this.#date("time", { timeStyle: "short" }).format(new Date(iso));
  }

  /** Such as "Saturday, 21 November 2026 at 14:02". @param {string} iso */
  fullTime(iso) {
    return this.#date("fullTime", { dateStyle: "full", timeStyle: "short" }).format(new Date(iso));
  }

  /** Such as "today", "yesterday", "Monday, 2 March", as within a sentence. @param {string} iso */
  day(iso) {
    const date = new Date(iso);
    const ago = daysAgo(date);
    if (ago === 0 || ago === 1) {
      const relative = () => new Intl.RelativeTimeFormat(this.tag, { numeric: "auto" });
      return this.#format("relative", relative).format(-ago, "day");
    }
    if (date.getFullYear() === new Date().getFullYear()) {
      return this.#date("thisYear", { weekday: "long", day: "numeric", month: "long" }).format(date);
    }
    return this.#date("otherYear", { day: "numeric", month: "long", year: "numeric" }).format(date);
  }

  /** For a narrow place: "14:02" today, "2 Mar" before. @param {string} iso */
  briefTime(iso) {
    const date = new Date(iso);
    return daysAgo(date) === 0 ? this.time(iso) : this.#date("brief", { day: "numeric", month: "short" }).format(date);
  }

  /** @param {any} value */
  #shown(value) {
    return typeof value === "number" ? this.number(value) : this.#isolated(value ?? "");
  }

  /** So that "Ann" and what stands around it keep their order in Arabic (UAX #9, FSI and PDI). @param {string} text */
  #isolated(text) {
    return this.direction === "rtl" && text ? `\u2068${text}\u2069` : text;
  }

  /** @param {string} name @param {Intl.DateTimeFormatOptions} options @returns {Intl.DateTimeFormat} */
  #date(name, options) {
    return this.#format(name, () => new Intl.DateTimeFormat(this.tag, options));
  }

  /** @param {string} name @param {() => any} make */
  #format(name, make) {
    if (!this.#formats.has(name)) this.#formats.set(name, make());
    return this.#formats.get(name);
  }
}

/** A string that two instants of the same local day share. @param {string} iso */
export function dayKey(iso) {
  return new Date(iso).toDateString();
}

/** @param {Date} date */
function daysAgo(date) {
  const day = (/** @type {Date} */ moment) => Date.UTC(moment.getFullYear(), moment.getMonth(), moment.getDate());
  return (day(new Date()) - day(date)) / DAY;
}
