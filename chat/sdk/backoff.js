const FIRST = 500;
const LONGEST = 20_000;

/**
 * How long to wait before a try: exponential with full jitter, so that the clients of a restarted server do not all
 * come at once ("Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
 * @param {number} failures so far in a row, from 0
 * @param {() => number} random in [0, 1)
 * @returns {number} milliseconds, at most 20,000
 */
export function backoff(failures, random = Math.random) {
  return random() * Math.min(LONGEST, FIRST * 2 ** failures);
}
