import { html, svg } from "./vendor/lit.js";

const SHAPES = {
  hash: svg`<path d="M8 3.5 6.5 16.5M13.5 3.5 12 16.5M4 7.5h12.5M3.5 12.5H16"/>`,
  lock: svg`<rect x="4.5" y="9" width="11" height="7.5" rx="2"/><path d="M7 9V6.5a3 3 0 0 1 6 0V9"/>`,
  plus: svg`<path d="M10 4v12M4 10h12"/>`,
  minus: svg`<path d="M4 10h12"/>`,
  write: svg`<path d="M15.5 10.5v4a2 2 0 0 1-2 2h-8a2 2 0 0 1-2-2v-8a2 2 0 0 1 2-2h4M15 3.2a1.3 1.3 0 0 1 1.8 1.8L10.5 11.3 8 12l.7-2.5z"/>`,
  people: svg`<circle cx="7.5" cy="7" r="2.7"/><path d="M2.5 16c.4-2.8 2.4-4.3 5-4.3s4.6 1.5 5 4.3M12.8 4.5a2.7 2.7 0 0 1 0 5M14.2 11.9c1.9.4 3 1.8 3.3 4.1"/>`,
  person: svg`<circle cx="10" cy="6.8" r="3"/><path d="M4 16.5c.5-3 2.9-4.6 6-4.6s5.5 1.6 6 4.6"/>`,
  back: svg`<path d="m12.5 4-6 6 6 6"/>`,
  down: svg`<path d="M10 4v12m-5-5 5 5 5-5"/>`,
  send: svg`<path d="M10 16V4m-5 5 5-5 5 5"/>`,
  leave: svg`<path d="M8 16.5H5.5a2 2 0 0 1-2-2v-9a2 2 0 0 1 2-2H8M12.5 13.5 16 10l-3.5-3.5M16 10H7.5"/>`,
  search: svg`<circle cx="9" cy="9" r="5"/><path d="m13 13 3.5 3.5"/>`,
  close: svg`<path d="m5 5 10 10M15 5 5 15"/>`,
  alert: svg`<circle cx="10" cy="10" r="7"/><path d="M10 6.5v4M10 13.4v.1"/>`,
  talk: svg`<path d="M16.5 9.5c0 3.3-2.9 5.5-6.5 5.5-.9 0-1.7-.1-2.5-.4L4 16l.8-2.9C3.9 12.1 3.5 10.9 3.5 9.5 3.5 6.2 6.4 4 10 4s6.5 2.2 6.5 5.5z"/>`,
  smile: svg`<circle cx="10" cy="10" r="6.8"/><path d="M7 12c.7 1 1.7 1.5 3 1.5s2.3-.5 3-1.5M7.7 8v.1M12.3 8v.1"/>`,
  reply: svg`<path d="M8 5 3.5 9.2 8 13.5M3.8 9.2h7.7c3 0 5 2 5 5v1.3"/>`,
  thread: svg`<path d="M4 4.5h12M4 8.5h12M4 12.5h6M4 16.5h4"/>`,
  more: svg`<path d="M5 10v.1M10 10v.1M15 10v.1" stroke-width="2.6"/>`,
  edit: svg`<path d="M13.4 4.1a1.7 1.7 0 0 1 2.5 2.5L7 15.5l-3.5 1 1-3.5z"/>`,
  delete: svg`<path d="M4 6h12M8 6V4.2h4V6M5.5 6l.7 10h7.6l.7-10M8.5 9v4.5M11.5 9v4.5"/>`,
  pin: svg`<path d="M7.5 3.5h5l-.6 5 2.6 2.7v1.3h-9v-1.3l2.6-2.7zM10 12.5v4.3"/>`,
  link: svg`<path d="M8.5 11.5a3 3 0 0 0 4.3 0l2.7-2.7a3 3 0 0 0-4.3-4.3L10 5.7M11.5 8.5a3 3 0 0 0-4.3 0l-2.7 2.7a3 3 0 0 0 4.3 4.3l1.2-1.2"/>`,
  flag: svg`<path d="M5 17V3.8M5 4.3c3.5-2 6 2 10 0v7c-4 2-6.5-2-10 0"/>`,
  attach: svg`<path d="m15.8 9.3-5.8 5.8a3.5 3.5 0 0 1-5-5l6.2-6.2a2.3 2.3 0 0 1 3.3 3.3l-6.1 6.1a1.1 1.1 0 0 1-1.6-1.6l5.3-5.3"/>`,
  camera: svg`<path d="M3.5 7.5a1.5 1.5 0 0 1 1.5-1.5h1.8l1.2-2h4l1.2 2h1.8a1.5 1.5 0 0 1 1.5 1.5v6.5a1.5 1.5 0 0 1-1.5 1.5h-10a1.5 1.5 0 0 1-1.5-1.5z"/><circle cx="10" cy="10.5" r="2.7"/>`,
  file: svg`<path d="M11.5 3h-5a1.5 1.5 0 0 0-1.5 1.5v11a1.5 1.5 0 0 0 1.5 1.5h7a1.5 1.5 0 0 0 1.5-1.5v-9zM11.5 3v3.5h3.5"/>`,
  download: svg`<path d="M10 3.5v9m-4-3.5 4 4 4-4M4 16.5h12"/>`,
  check: svg`<path d="m4.5 10.5 3.5 3.5 7.5-8"/>`,
  checks: svg`<path d="m2.5 10.5 3.5 3.5 7-8M9.5 13.5l.5.5 7-8"/>`,
  clock: svg`<circle cx="10" cy="10" r="6.8"/><path d="M10 6.3v4l2.5 1.5"/>`,
  silent: svg`<path d="M5.5 13.5V9a4.5 4.5 0 0 1 9 0v4.5l1 1h-11zM8.5 16.7a1.7 1.7 0 0 0 3 0M3.5 3.5l13 13"/>`,
  settings: svg`<path d="M3.5 6h6M13.5 6h3M3.5 14h3M10.5 14h6"/><circle cx="11.5" cy="6" r="1.9"/><circle cx="8.5" cy="14" r="1.9"/>`,
  bold: svg`<path d="M6.5 4.5h4.2a2.6 2.6 0 0 1 0 5.2H6.5zM6.5 9.7h4.9a2.9 2.9 0 0 1 0 5.8H6.5z" stroke-width="1.9"/>`,
  italic: svg`<path d="M8.5 4.5h5M6.5 15.5h5M11.5 4.5l-3 11"/>`,
  strike: svg`<path d="M3.5 10h13M13.5 6.5c-.5-1.3-1.8-2-3.5-2-2 0-3.5 1-3.5 2.7M6.3 13c.4 1.6 1.8 2.5 3.7 2.5 2.2 0 3.7-1.1 3.7-2.8"/>`,
  code: svg`<path d="m7 6-4 4 4 4M13 6l4 4-4 4"/>`,
  list: svg`<path d="M8 5.5h8.5M8 10h8.5M8 14.5h8.5M4 5.5v.1M4 10v.1M4 14.5v.1"/>`,
  quote: svg`<path d="M4 4.5v11M8 6.5h8M8 10h8M8 13.5h5"/>`,
  copy: svg`<rect x="7" y="7" width="9.5" height="9.5" rx="2"/><path d="M13 4.5v-.2a1.8 1.8 0 0 0-1.8-1.8H5.3a1.8 1.8 0 0 0-1.8 1.8v5.9A1.8 1.8 0 0 0 5.3 12h.2"/>`,
  ban: svg`<circle cx="10" cy="10" r="6.8"/><path d="m5.2 5.2 9.6 9.6"/>`,
};

const ONWARD = ["back", "leave", "list", "quote", "reply", "thread"]; // they point where one reads on, or back

/** @typedef {keyof typeof SHAPES} IconName */

/** A picture that says nothing to a screen reader: its button has a name. @param {IconName} name */
export function icon(name) {
  return html`<svg class="icon ${ONWARD.includes(name) ? "onward" : ""}" viewBox="0 0 20 20" fill="none"
    stroke="currentColor" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">${SHAPES[name]}</svg>`;
}
