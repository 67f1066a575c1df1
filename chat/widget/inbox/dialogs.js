const DIALOGS = {
  "browse": () => import("./browse.js"),
  "new-direct": () => import("./new_direct.js"),
  "new-room": () => import("./new_room.js"),
  "profile": () => import("./profile.js"),
};

/**
 * Opens one of the inbox's dialogs, which are loaded when they are first wanted.
 * @param {import("./inbox_part.js").InboxPart} part that it is opened from
 * @param {keyof typeof DIALOGS} name
 */
export async function openDialog(part, name) {
  const loading = Promise.all([import("../dialog.js"), DIALOGS[name]()]);
  const loaded = await part.context.attempt(loading);
  loaded?.[0].showDialog(part, `parley-${name}`, { inbox: part.inbox });
}
