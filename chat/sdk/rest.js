import { errorFromResponse, ParleyError } from "./errors.js";

const LARGEST_PAGE = 200;

/** JSON over HTTP to one API root. Every method throws ParleyError. */
export class Rest {
  #root;
  #headers;

  /**
   * @param {string} root such as "/api/v1"
   * @param {Record<string, string>} headers that go with every request: the CSRF token, or a bearer
   */
  constructor(root, headers = {}) {
    this.#root = root;
    this.#headers = headers;
  }

  /**
   * @param {string} path from the root, its parts already encoded
   * @param {Record<string, string | number>} [query]
   */
  get(path, query = {}) {
    const search = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]));
    return this.#ask("GET", search.size ? `${path}?${search}` : path);
  }

  /**
   * All items of a list, page after page, as far as `most`.
   * @param {string} path
   * @param {number} [most]
   */
  async list(path, most = 1_000) {
    const items = [];
    let query = { limit: LARGEST_PAGE };
    while (items.length < most) {
      const { data, next } = await this.get(path, query);
      items.push(...data);
      if (next === null) break;
      query = { limit: LARGEST_PAGE, cursor: next };
    }
    return items;
  }

  /** @param {string} path @param {object} body */
  post(path, body) {
    return this.#ask("POST", path, body, { "Idempotency-Key": crypto.randomUUID() });
  }

  /** @param {string} path @param {object} [body] */
  put(path, body = {}) {
    return this.#ask("PUT", path, body);
  }

  async #ask(method, path, body, headers = {}) {
    const response = await this.#reach(path, {
      method,
      credentials: "same-origin",
      headers: {
        Accept: "application/json",
        ...(body && { "Content-Type": "application/json" }),
        ...this.#headers,
        ...headers,
      },
      body: body && JSON.stringify(body),
    });
    if (!response.ok) throw await errorFromResponse(response);
    const text = await response.text();
    return text ? JSON.parse(text) : null;
  }

  async #reach(path, request) {
    try {
      return await fetch(this.#root + path, request);
    } catch {
      throw new ParleyError("unreachable", "The server cannot be reached.", { retryable: true });
    }
  }
}
