import { Parley } from "../sdk/client.js";

/**
 * Who a page's elements speak as. Elements that name the same source of tokens share a client, and so a connection.
 */
const clients = /** @type {Map<string, Promise<Parley>>} */ (new Map());
const settings = { origin: location.origin, organisation: "", appearance: /** @type {Record<string, any>} */ ({}) };
let announce = (/** @type {Parley} */ _client) => {};
const announced = new Promise((resolve) => { announce = resolve; });

/** For /embed.js: whose elements these are. @param {Partial<typeof settings>} given */
export function configure(given) {
  Object.assign(settings, given);
}

/** The organisation that the script came from. */
export function organisation() {
  return settings;
}

/**
 * Says who is there, for all elements of the page that name no token of their own.
 * @param {{token?: string, tokenProvider?: () => Promise<string>, client?: Parley}} source as of the SDK
 * @returns {Parley} the client that they share
 */
export function signIn({ client, ...source }) {
  const made = client ?? new Parley({ url: settings.origin, ...source });
  announce(made);
  return made;
}

/**
 * The client for what an element says of itself; without a word, the one of `signIn`, as soon as there is one.
 * @param {{token?: string | null, tokenUrl?: string | null, tokenProvider?: () => Promise<string>}} source
 * @returns {Promise<Parley>}
 */
export function clientFor({ token, tokenUrl, tokenProvider }) {
  if (tokenProvider) return Promise.resolve(new Parley({ url: settings.origin, tokenProvider }));
  const key = token ? `token ${token}` : tokenUrl ? `url ${tokenUrl}` : "";
  if (!key) return /** @type {Promise<Parley>} */ (announced);
  if (!clients.has(key)) {
    const source = token ? { token } : { tokenProvider: tokenSource({ tokenUrl }) };
    clients.set(key, Promise.resolve(new Parley({ url: settings.origin, ...source })));
  }
  return /** @type {Promise<Parley>} */ (clients.get(key));
}

/**
 * What brings a token whenever one is needed.
 * @param {{token?: string | null, tokenUrl?: string | null}} source
 * @returns {() => Promise<string>}
 */
export function tokenSource({ token, tokenUrl }) {
  return async () => token || fetchToken(/** @type {string} */ (tokenUrl));
}

/**
 * From the customer's own server, as plain text or as `{"token": …}`.
 * @param {string} url
 */
async function fetchToken(url) {
  const answer = await fetch(url, { credentials: "same-origin", headers: { Accept: "application/json, text/plain" } });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
  return text.startsWith("{") ? JSON.parse(text).token : text.trim();
}
