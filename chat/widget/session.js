import { Parley } from "../sdk/client.js";

/**
 * Who a page's elements speak as. Elements that name the same source of tokens share a client, and so a connection.
 */
const clients = /** @type {Map<string | (() => Promise<string>), Parley>} */ (new Map());
const settings = { origin: location.origin, organisation: "", appearance: /** @type {Record<string, any>} */ ({}) };
let announce = (/** @type {Parley} */ _client) => {};
const announced = new Promise((/** @type {(client: Parley) => void} */ resolve) => { announce = resolve; });

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
 * @returns {Parley | Promise<Parley>}
 */
export function clientFor({ token, tokenUrl, tokenProvider }) {
  const key = tokenProvider ?? (token ? `token ${token}` : tokenUrl && `url ${tokenUrl}`);
  if (!key) return announced;
  const source = tokenProvider ? { tokenProvider } : token ? { token } : { tokenProvider: tokenSource({ tokenUrl }) };
  const client = clients.get(key) ?? new Parley({ url: settings.origin, ...source });
  clients.set(key, client);
  return client;
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
