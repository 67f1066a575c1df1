const bare = document.title;

/** Puts the number of unread messages before the page's title. @param {number} count */
export function countInTitle(count) {
  document.title = count ? `(${count}) ${bare}` : bare;
}
