/**
 * The server's codes, as chat/PROTOCOL.md explains them, and those of our own: `aborted` (by the caller's signal),
 * `connection_lost` (it may or may not have arrived), `timeout` (no answer in time), `token_unavailable` (the token
 * provider failed), `unreachable` (a request that found no server). What a proxy answers has its status, `http_502`.
 *
 * @typedef {"bad_json" | "bad_frame" | "unknown_command" | "invalid" | "too_big" | "bad_cursor" | "token_missing"
 *   | "token_invalid" | "token_expired" | "not_allowed" | "scope_missing" | "key_not_found" | "too_many_keys"
 *   | "origin_not_allowed" | "csrf_failed" | "tenant_suspended" | "tenant_moved" | "plan_limit_reached" | "slug_invalid"
 *   | "slug_reserved" | "slug_taken" | "domain_invalid" | "domain_taken" | "domain_not_found" | "too_many_domains"
 *   | "email_invalid" | "tenant_not_found" | "tenant_state" | "operator_not_found" | "last_operator"
 *   | "support_forbidden" | "not_found" | "method_not_allowed" | "room_not_found" | "room_exists" | "room_archived"
 *   | "room_frozen" | "slow_mode" | "banned" | "muted" | "last_owner" | "message_not_found" | "message_deleted"
 *   | "content_refused" | "upload_not_found" | "file_refused" | "link_expired" | "webhook_not_found" | "url_refused"
 *   | "idempotency_mismatch" | "idempotency_busy" | "precondition_failed" | "user_not_found" | "not_subscribed"
 *   | "too_many_rooms" | "rate_limited" | "flood" | "busy" | "maintenance" | "unavailable" | "internal" | "aborted"
 *   | "connection_lost" | "timeout" | "token_unavailable" | "unreachable" | `http_${number}`} Code
 */

/** A refusal by the server, or a failure on the way to it. `code` is stable and meant for programs. */
export class ParleyError extends Error {
  /**
   * @param {Code} code
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

const PASSING = new Set(["slow_mode", "rate_limited", "flood", "busy", "maintenance", "unavailable", "internal"]);

/**
 * The error that an `error` frame of the socket stands for.
 * @param {{code: Code, message: string, retry_after?: number, errors?: {field: string, code: string}[]}} frame
 */
export function errorFromFrame({ code, message, retry_after: retryAfter, errors }) {
  return new ParleyError(code, message, { retryable: PASSING.has(code), retryAfter, fields: errors });
}

/**
 * The error that an HTTP answer stands for, a problem of RFC 9457 or whatever a proxy put in its place.
 * @param {{status: number, text: string, retryAfter: string | null}} answer
 */
export function errorFromAnswer({ status, text, retryAfter }) {
  const { code = `http_${status}`, detail, title, retryable, errors } = problemIn(text);
  return new ParleyError(code, detail ?? title ?? `The server answered ${status}.`, {
    status,
    retryable: retryable ?? status >= 500,
    retryAfter: Number(retryAfter) || undefined,
    fields: errors,
  });
}

/** @param {string} text @returns {Record<string, any>} */
function problemIn(text) {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}
