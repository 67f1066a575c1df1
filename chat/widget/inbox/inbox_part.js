import { Part } from "../part.js";

/** A piece of an inbox: `inbox` is what all of them share. */
export class InboxPart extends Part {
  static properties = { inbox: { attribute: false } };

  attach() {
    this.follow(this.inbox, "change");
  }

  /**
   * Goes to a place as its link is clicked, unless the browser is asked for a new tab.
   * @param {MouseEvent} event
   * @param {import("./places.js").Place} place
   */
  go(event, place) {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    this.inbox.go(place);
  }
}
