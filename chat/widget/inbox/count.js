export const MOST_COUNTED = 100; // by the server

/** For a narrow place: "7", "99+". @param {number} count */
export function countOf(count) {
  return count >= MOST_COUNTED ? "99+" : String(count);
}
