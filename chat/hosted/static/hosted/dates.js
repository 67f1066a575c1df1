/* Times in the reader's own language and time zone. */

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "short" });
const thisYear = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const otherYear = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "long", year: "numeric" });
const brief = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });

/** @param {string} iso @returns {string} such as "14:02" */
export function timeOf(iso) {
  return clock.format(new Date(iso));
}

/** @param {string} iso @returns {string} such as "Saturday, 21 November 2026 at 14:02" */
export function fullTimeOf(iso) {
  return full.format(new Date(iso));
}

/** A string that two instants of the same local day share. @param {string} iso */
export function dayKey(iso) {
  const date = new Date(iso);
  return `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;
}

/** @param {string} iso @returns {string} such as "Today", "Yesterday", "Monday, 2 March" */
export function dayOf(iso) {
  const date = new Date(iso);
  const ago = daysAgo(date);
  if (ago === 0 || ago === 1) return capital(relative.format(-ago, "day"));
  return (date.getFullYear() === new Date().getFullYear() ? thisYear : otherYear).format(date);
}

/** For a narrow place. @param {string} iso @returns {string} "14:02" today, "2 Mar" before */
export function briefTimeOf(iso) {
  const date = new Date(iso);
  return daysAgo(date) === 0 ? clock.format(date) : brief.format(date);
}

/** @returns {number} milliseconds until the local day ends */
export function untilMidnight() {
  const now = new Date();
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1) - now;
}

function daysAgo(date) {
  const day = (moment) => Date.UTC(moment.getFullYear(), moment.getMonth(), moment.getDate());
  return (day(new Date()) - day(date)) / 86_400_000;
}

function capital(text) {
  return text.charAt(0).toLocaleUpperCase() + text.slice(1);
}
