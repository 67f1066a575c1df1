const SENTENCES = {
  connection_lost: "The connection was lost. Try again in a moment.",
  unreachable: "The server cannot be reached. Check your connection.",
  timeout: "The server did not answer in time. Try again.",
  not_allowed: "You may not do this here.",
  banned: "You are banned from this room.",
  room_archived: "This room is archived. It can be read, but not written in.",
  room_not_found: "This room is no longer there.",
  rate_limited: "You are sending faster than this room allows.",
  csrf_failed: "This page is too old. Reload it and try again.",
  token_missing: "Your session has ended.",
  token_invalid: "Your session has ended.",
  token_expired: "Your session has ended.",
  tenant_suspended: "This organisation is suspended. Ask its administrators.",
  plan_limit_reached: "Your organisation has reached the limit of its plan.",
};

/** What went wrong, as a sentence for people. @param {import("../sdk/errors.js").ParleyError} error */
export function sentence(error) {
  return SENTENCES[error.code] ?? error.message;
}

/** Shows a problem in a note, or hides the note. @param {HTMLElement} note @param {string} [text] */
export function showNote(note, text) {
  note.textContent = text ?? "";
  note.hidden = !text;
}
