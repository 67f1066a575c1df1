const ADDRESS = /https?:\/\/[^\s<>"]+/gi;
const TRAILING = /[.,;:!?'*_~]+$/;

/**
 * What a message says, as nodes. Its HTML comes from the server, which has rendered and sanitised it; what is still on
 * its way is shown as text in which web addresses can be followed. Mentions are marked.
 * @param {import("../../sdk/wire.js").Message} message
 * @param {{nameOf: (id: string) => string, me: string | undefined}} people
 * @returns {DocumentFragment}
 */
export function richText({ html, text, mentions = [], mentions_room: everybody }, people) {
  const content = html ? parsed(html) : plain(text);
  const ids = everybody ? [...mentions, "room"] : mentions;
  if (ids.length) markMentions(content, ids, people);
  return content;
}

/** @param {string} html */
function parsed(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  for (const link of template.content.querySelectorAll("a")) link.target = "_blank";
  return template.content;
}

/** @param {string} text */
function plain(text) {
  const content = document.createDocumentFragment();
  let end = 0;
  for (const { 0: found, index } of text.matchAll(ADDRESS)) {
    const address = trimmed(found);
    if (!URL.canParse(address)) continue;
    content.append(text.slice(end, index), anchor(address));
    end = index + address.length;
  }
  content.append(text.slice(end));
  return content;
}

/**
 * Without the punctuation of the sentence around it; a closing bracket stays if it was opened within.
 * @param {string} address
 * @returns {string}
 */
function trimmed(address) {
  const bare = address.replace(TRAILING, "");
  const unopened = bare.endsWith(")") && bare.split(")").length > bare.split("(").length;
  return unopened ? trimmed(bare.slice(0, -1)) : bare;
}

/** @param {string} address */
function anchor(address) {
  const link = document.createElement("a");
  link.href = address;
  link.textContent = address;
  link.target = "_blank";
  link.rel = "noopener noreferrer nofollow ugc";
  return link;
}

/**
 * @param {DocumentFragment} content
 * @param {string[]} ids of those who are mentioned
 * @param {{nameOf: (id: string) => string, me: string | undefined}} people
 */
function markMentions(content, ids, { nameOf, me }) {
  const longest = [...ids].sort((one, other) => other.length - one.length);
  const any = longest.map((id) => id.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|");
  const mention = new RegExp(`@(${any})(?![\\w-])`, "g");
  const walker = document.createTreeWalker(content, NodeFilter.SHOW_TEXT);
  const texts = /** @type {Text[]} */ ([]);
  while (walker.nextNode()) texts.push(/** @type {Text} */ (walker.currentNode));
  for (const text of texts) {
    if (text.parentElement?.closest("code, a")) continue;
    const parts = text.data.split(mention);
    if (parts.length === 1) continue;
    text.replaceWith(...parts.map((part, index) => (index % 2 ? marked(part, nameOf, me) : part)));
  }
}

/** @param {string} id @param {(id: string) => string} nameOf @param {string | undefined} me */
function marked(id, nameOf, me) {
  const mark = document.createElement("bdi");
  mark.className = id === me || id === "room" ? "mention me" : "mention";
  mark.textContent = `@${id === "room" ? id : nameOf(id)}`;
  return mark;
}
