/**
 * A refusal by the server, or a failure on the way to it.
 *
 * `code` is stable and meant for programs: the server's codes, and three of our own: `connection_lost` (it may or may
 * not have arrived), `timeout` (no answer in time) and `unreachable` (a request that found no server).
 */
export class ParleyError extends Error {
  /**
   * @param {string} code
   * @param {string} message
   * @param {object} [more]
   * @param {number} [more.status] HTTP's
   * @param {boolean} [more.retryable] whether the same may succeed later
   * @param {number} [more.retryAfter] seconds
   * @param {{field: string, code: string}[]} [more.fields] those at fault
   */
  constructor(code, message, { status, retryable = false, retryAfter, fields = [] } = {}) {
    super(message);
    this.name = "ParleyError";
    this.code = code;
    this.status = status;
    this.retryable = retryable;
    this.retryAfter = retryAfter;
    this.fields = fields;
  }
}

const PASSING = new Set(["rate_limited", "flood", "busy", "unavailable", "internal"]);

/** The error that an `error` frame of the socket stands for. */
export function errorFromFrame({ code, message, retry_after: retryAfter, errors }) {
  return new ParleyError(code, message, { retryable: PASSING.has(code), retryAfter, fields: errors });
}

/** The error that an HTTP answer stands for, a problem of RFC 9457 or whatever a proxy put in its place. */
export async function errorFromResponse(response) {
  const problem = await response.json().catch(() => ({}));
  const seconds = Number(response.headers.get("Retry-After"));
  return new ParleyError(
    problem.code ?? `http_${response.status}`,
    problem.detail ?? problem.title ?? `The server answered ${response.status}.`,
    {
      status: response.status,
      retryable: problem.retryable ?? response.status >= 500,
      retryAfter: seconds > 0 ? seconds : undefined,
      fields: problem.errors,
    },
  );
}
