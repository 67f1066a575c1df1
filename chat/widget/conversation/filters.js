/**
 * What a search is narrowed to, as a form has it: days as "2026-03-02" in the reader's own time, "" for none.
 * @typedef {{user: string, after: string, before: string, files: boolean}} Narrowing
 */

/**
 * As the SDK wants it. Both days count themselves.
 * @param {Narrowing} narrowing
 * @returns {import("../../sdk/search.js").Filters}
 */
export function filtersOf({ user, after, before, files }) {
  return {
    user: user || undefined,
    after: after ? midnight(after, 0) : undefined,
    before: before ? midnight(before, 1) : undefined,
    hasAttachment: files || undefined,
  };
}

/** The beginning of a day, or of one some days later. @param {string} day @param {number} later */
function midnight(day, later) {
  const [year, month, date] = day.split("-").map(Number);
  return new Date(year, month - 1, date + later);
}
