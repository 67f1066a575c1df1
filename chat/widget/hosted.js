import { Parley } from "../sdk/client.js";
import { Inbox } from "./inbox/inbox.js";
import { nameOf } from "./inbox/listing.js";
import "./inbox/inbox_view.js";
import { addressOf, placeAt } from "./inbox/places.js";
import "./inbox_element.js";
import { Language } from "./language.js";
import { preferences } from "./preferences.js";
import { configure } from "./session.js";
import "./speaker.js";
import { showTitle } from "./title.js";

/**
 * The rooms as pages of their organisation: the session cookie speaks, each place has an address, and the first one is
 * shown with what the server put into the page.
 * @param {import("./inbox/inbox.js").Page} page
 */
export async function openHosted(page) {
  configure({ origin: location.origin, organisation: page.organisation.name, appearance: page.appearance });
  const client = new Parley({ me: page.me, headers: { "X-CSRFToken": page.csrf } });
  const inbox = new Inbox(client, page);
  if (page.room) seed(client, page.room);
  inbox.arrive(placeAt(location.pathname));
  followAddress(inbox);
  followTitle(inbox);
  warnOfLoss(inbox);
  const element = /** @type {any} */ (document.querySelector("parley-inbox"));
  preferences.on("change", () => dress(element, page));
  await dress(element, page);
  Object.assign(element, { inbox, client });
  offerSignIn(element, inbox);
}

/** @param {Parley} client @param {NonNullable<import("./inbox/inbox.js").Page["room"]>} known */
function seed(client, { messages, ...info }) {
  const older = messages.length > 0 && messages[0].seq > 1;
  client.room(info.id, info).messages.seed({ messages, older, newer: false });
}

/** As its reader prefers, or the organisation. @param {any} element @param {import("./inbox/inbox.js").Page} page */
async function dress(element, { appearance }) {
  const { language: chosen, theme } = preferences.all;
  const { tag, direction } = await Language.load([chosen, appearance.language, ...navigator.languages].filter(Boolean));
  const root = document.documentElement;
  element.language = root.lang = tag;
  root.dir = direction;
  const shown = theme || (appearance.theme ?? "auto");
  element.setAttribute("theme", shown);
  root.style.colorScheme = shown === "auto" ? "" : shown;
}

/** @param {Inbox} inbox */
function followAddress(inbox) {
  inbox.on("went", (place) => {
    if (addressOf(place) !== location.pathname) history.pushState(null, "", addressOf(place));
  });
  addEventListener("popstate", () => inbox.arrive(placeAt(location.pathname)));
}

/** @param {Inbox} inbox */
function followTitle(inbox) {
  const organisation = /** @type {import("./inbox/inbox.js").Page} */ (inbox.page).organisation.name;
  const show = () => {
    const { place, rooms } = inbox;
    const room = place.name === "room" && (rooms.find(place.id) ?? inbox.client.room(place.id).info);
    showTitle({ unread: rooms.unread, here: room ? nameOf(room) : "", organisation });
  };
  inbox.on("change", show);
  inbox.rooms.on("change", show);
  show();
}

/** @param {Inbox} inbox */
function warnOfLoss(inbox) {
  addEventListener("beforeunload", (event) => { if (inbox.rooms.hasUnsaved) event.preventDefault(); });
}

/** Where the session has ended. @param {HTMLElement} element @param {Inbox} inbox */
function offerSignIn(element, inbox) {
  inbox.client.on("state", async ({ state }) => {
    element.querySelector("[slot=sign-in]")?.remove();
    if (state !== "refused" || inbox.client.me?.guest) return;
    const language = /** @type {any} */ (element).context?.language ?? (await Language.load(["en"]));
    const link = document.createElement("a");
    link.slot = "sign-in";
    link.href = `/sign-in?next=${encodeURIComponent(location.pathname)}`;
    link.textContent = language.t("connection.sign-in");
    element.append(link);
  });
}
