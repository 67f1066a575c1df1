const ADDRESS = /https?:\/\/[^\s<>"]+/gi;
const TRAILING = /[.,;:!?'*_~]+$/;

/**
 * The text as nodes in which web addresses can be followed. Only text nodes and links with an http(s) address come
 * out, whatever the text holds.
 * @param {string} text
 * @returns {(string | HTMLAnchorElement)[]}
 */
export function linked(text) {
  const nodes = [];
  let end = 0;
  for (const { 0: found, index } of text.matchAll(ADDRESS)) {
    const address = trimmed(found);
    if (!isWeb(address)) continue;
    nodes.push(text.slice(end, index), anchor(address));
    end = index + address.length;
  }
  nodes.push(text.slice(end));
  return nodes.filter((node) => node !== "");
}

/** Without the punctuation of the sentence around it; a closing bracket stays if it was opened within. */
function trimmed(address) {
  const bare = address.replace(TRAILING, "");
  const unopened = bare.endsWith(")") && bare.split(")").length > bare.split("(").length;
  return unopened ? trimmed(bare.slice(0, -1)) : bare;
}

function isWeb(address) {
  return URL.canParse(address) && /^https?:$/.test(new URL(address).protocol);
}

function anchor(address) {
  const link = document.createElement("a");
  link.href = address;
  link.textContent = address;
  link.target = "_blank";
  link.rel = "noopener noreferrer nofollow";
  return link;
}
