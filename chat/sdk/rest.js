import { errorFromAnswer, ParleyError } from "./errors.js";
import { Tokens } from "./tokens.js";

const LARGEST_PAGE = 200;

/**
 * @typedef {Record<string, string | number | boolean | null | undefined>} Query those without a value are left out
 * @typedef {{signal?: AbortSignal}} Options
 * @typedef {{data: any[], next: string | null}} Page
 * @typedef {{method: string, headers: Record<string, string>, body?: string | FormData, signal?: AbortSignal}} Request
 * @typedef {{status: number, text: string, retryAfter: string | null}} Answer
 */

/**
 * JSON over HTTP to one API root, in the name of whom the token or the cookie says. Every method throws ParleyError:
 * the server's refusal, `unreachable`, `aborted` or `token_unavailable`.
 */
export class Rest {
  #root;
  #headers;
  #tokens;

  /**
   * @param {string} root such as "/api/v1"
   * @param {object} [options]
   * @param {Record<string, string>} [options.headers] that go with every request, such as the CSRF token
   * @param {Tokens} [options.tokens]
   */
  constructor(root, { headers = {}, tokens = new Tokens() } = {}) {
    this.#root = root;
    this.#headers = headers;
    this.#tokens = tokens;
  }

  /**
   * @param {string} path from the root, its parts already encoded
   * @param {Query} [query]
   * @param {Options} [options]
   * @returns {Promise<any>}
   */
  get(path, query = {}, options) {
    const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null);
    const search = String(new URLSearchParams(given.map(([name, value]) => [name, String(value)])));
    return this.#ask("GET", search ? `${path}?${search}` : path, undefined, options);
  }

  /**
   * All items of a list, page after page, as far as `most`.
   * @param {string} path
   * @param {Query} [query]
   * @param {number} [most]
   * @returns {Promise<any[]>}
   */
  async list(path, query = {}, most = 1_000) {
    const items = [];
    for (let cursor; cursor !== null && items.length < most;) {
      const page = await this.get(path, { limit: LARGEST_PAGE, ...query, cursor });
      items.push(...page.data);
      cursor = page.next;
    }
    return items;
  }

  /** @param {string} path @param {object} body @param {Options} [options] @returns {Promise<any>} */
  post(path, body, options) {
    return this.#ask("POST", path, body, options);
  }

  /** @param {string} path @param {object} [body] @param {Options} [options] @returns {Promise<any>} */
  put(path, body = {}, options) {
    return this.#ask("PUT", path, body, options);
  }

  /** @param {string} path @param {object} body @param {Options} [options] @returns {Promise<any>} */
  patch(path, body, options) {
    return this.#ask("PATCH", path, body, options);
  }

  /** @param {string} path @param {Options} [options] @returns {Promise<any>} */
  delete(path, options) {
    return this.#ask("DELETE", path, undefined, options);
  }

  /**
   * Hands a file in, as the part `file` of a form.
   * @param {string} path
   * @param {Blob & {name?: string}} file
   * @param {object} [options]
   * @param {Record<string, string>} [options.fields] the form's others
   * @param {(done: number) => void} [options.onProgress] is told from 0 to 1, outside of browsers only 1
   * @param {AbortSignal} [options.signal]
   * @returns {Promise<any>}
   */
  async upload(path, file, { fields = {}, onProgress, signal } = {}) {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    form.append("file", file, file.name ?? "file");
    const visible = onProgress && typeof XMLHttpRequest === "function";
    const done = await this.#ask("POST", path, form, { signal }, visible ? byXhr(onProgress) : byFetch);
    onProgress?.(1);
    return done;
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {object | FormData} [body]
   * @param {Options} [options]
   * @param {(url: string, request: Request) => Promise<Answer>} [reach]
   */
  async #ask(method, path, body, { signal } = {}, reach = byFetch) {
    const isForm = body instanceof FormData;
    const sent = isForm ? body : body && JSON.stringify(body);
    const fixed = {
      Accept: "application/json",
      ...(body && !isForm && { "Content-Type": "application/json" }),
      ...(method === "POST" && { "Idempotency-Key": crypto.randomUUID() }),
      ...this.#headers,
    };
    const go = async (/** @type {string | undefined} */ token) => {
      const headers = token ? { ...fixed, Authorization: `Bearer ${token}` } : fixed;
      return result(await reach(this.#root + path, { method, headers, body: sent, signal }));
    };
    const token = await this.#tokens.current();
    try {
      return await go(token);
    } catch (/** @type {any} */ error) {
      if (error.status !== 401 || !this.#tokens.renewable) throw error;
      return go(await this.#tokens.renew(token));
    }
  }
}

/** @param {Answer} answer */
function result(answer) {
  try {
    if (answer.status < 400) return JSON.parse(answer.text || "null");
  } catch {
    // A page of a network that wants one to sign in.
  }
  throw errorFromAnswer(answer);
}

/** @param {string} url @param {Request} request @returns {Promise<Answer>} */
async function byFetch(url, request) {
  try {
    const response = await fetch(url, { credentials: "same-origin", ...request });
    const { status, headers } = response;
    return { status, text: await response.text(), retryAfter: headers.get("Retry-After") };
  } catch {
    throw request.signal?.aborted ? aborted() : unreachable();
  }
}

/** Browsers tell of an upload's progress here alone. @param {(done: number) => void} onProgress */
function byXhr(onProgress) {
  return (/** @type {string} */ url, /** @type {Request} */ { method, headers, body, signal }) =>
    new Promise((/** @type {(answer: Answer) => void} */ resolve, reject) => {
      if (signal?.aborted) return reject(aborted());
      const xhr = new XMLHttpRequest();
      const abort = () => xhr.abort();
      xhr.open(method, url);
      for (const [name, value] of Object.entries(headers)) xhr.setRequestHeader(name, value);
      xhr.upload.onprogress = ({ loaded, total }) => onProgress(total ? loaded / total : 0);
      xhr.onload = () => {
        const { status, responseText: text } = xhr;
        resolve({ status, text, retryAfter: xhr.getResponseHeader("Retry-After") });
      };
      xhr.onerror = () => reject(unreachable());
      xhr.onabort = () => reject(aborted());
      xhr.onloadend = () => signal?.removeEventListener("abort", abort);
      signal?.addEventListener("abort", abort);
      xhr.send(body);
    });
}

function aborted() {
  return new ParleyError("aborted", "It was called off.");
}

function unreachable() {
  return new ParleyError("unreachable", "The server cannot be reached.", { retryable: true });
}
