import { countOf } from "./inbox/count.js";

/**
 * Of the page: what calls for attention, where one is, whose rooms these are.
 * @param {{unread: number, here: string, organisation: string}} what
 */
export function titleOf({ unread, here, organisation }) {
  const title = [here, organisation].filter(Boolean).join(" · ");
  return unread ? `(${countOf(unread)}) ${title}` : title;
}

/** Shows it, and the number on the app's icon where the system has one. @param {Parameters<typeof titleOf>[0]} what */
export function showTitle(what) {
  document.title = titleOf(what);
  const badge = what.unread ? navigator.setAppBadge?.(what.unread) : navigator.clearAppBadge?.();
  badge?.catch(() => {}); // only installed apps have one
}
