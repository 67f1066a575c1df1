import { css } from "../vendor/lit.js";

/* The list of rooms, and the panes beside it. */
export default css`
  parley-inbox-view { display: block; flex: 1; min-height: 0; container: inbox / inline-size; }

  .inbox { position: relative; height: 100%; }

  .columns { display: grid; grid-template: minmax(0, 1fr) / minmax(240px, 304px) minmax(0, 1fr); height: 100%; }

  .side { display: flex; flex-direction: column; min-height: 0; border-inline-end: 1px solid var(--line); background: var(--side); }

  .pane { min-width: 0; min-height: 0; outline: none; }

  .pane .back { display: none; }

  .skip { position: absolute; inset-block-start: 8px; inset-inline-start: 8px; z-index: 50; padding: 8px 14px; border: 0; border-radius: 8px; background: var(--accent); color: var(--accent-ink); transform: translateY(-200%); }

  .skip:focus { transform: none; }

  .side-head { display: flex; align-items: center; gap: 2px; min-height: 56px; padding-block: 6px; padding-inline: 16px 10px; }

  .organisation { display: flex; align-items: center; gap: 10px; flex: 1; min-width: 0; font-weight: 650; }

  .organisation-name { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }

  .mark { display: grid; place-items: center; width: 30px; height: 30px; flex: none; border-radius: 8px; background: var(--accent); color: var(--accent-ink); font-weight: 650; }

  .logo { width: 30px; height: 30px; flex: none; border-radius: 8px; object-fit: contain; }

  .side-head .icon-button { width: 34px; }

  a.icon-button[aria-current] { background: var(--chosen); color: var(--ink); }

  .filter { position: relative; display: block; margin: 0 12px 6px; }

  .filter .icon { position: absolute; inset-inline-start: 10px; top: 50%; width: 16px; height: 16px; margin-top: -8px; color: var(--ink-3); }

  .filter input:not([type="radio"], [type="checkbox"]) { min-height: 34px; padding-block: 4px; padding-inline: 32px 10px; }

  parley-room-list { display: flex; flex: 1; flex-direction: column; min-height: 0; }

  .rooms { flex: 1; min-height: 0; padding: 0 8px 12px; overflow-y: auto; overscroll-behavior: contain; scrollbar-width: thin; }

  .side-empty { display: grid; gap: 8px; justify-items: start; padding: 16px 12px; color: var(--ink-3); }

  .group h2 { padding: 12px 8px 4px; color: var(--ink-3); font-size: var(--tiny); font-weight: 600; }

  .row { display: grid; grid-template: "glyph name time" auto "glyph last badge" auto / auto minmax(0, 1fr) auto; align-items: center; column-gap: 10px; width: 100%; padding: 7px 8px; border: 0; border-radius: var(--radius); background: none; color: var(--ink-2); text-align: start; text-decoration: none; }

  .row:hover { background: var(--hover); }

  .row[aria-current] { background: var(--chosen); color: var(--ink); }

  .row:focus-visible { outline-offset: -2px; }

  .row > .glyph, .row > .portrait { grid-area: glyph; }

  .row .glyph { width: 32px; height: 32px; }

  .row-name { grid-area: name; color: var(--ink); font-weight: 500; }

  .row-name, .row-last { overflow: hidden; text-align: -webkit-match-parent; text-align: match-parent; text-overflow: ellipsis; white-space: nowrap; }

  .row-last { grid-area: last; min-height: 1.45em; color: var(--ink-2); font-size: var(--small); }

  .row-time { grid-area: time; display: inline-flex; align-items: center; justify-self: end; gap: 4px; color: var(--ink-2); font-size: var(--tiny); white-space: nowrap; }

  .row-time .icon { width: 14px; height: 14px; }

  .row-badges { grid-area: badge; justify-self: end; display: flex; gap: 4px; }

  .counter { min-width: 20px; padding: 1px 6px; border-radius: 16px; background: var(--accent); color: var(--accent-ink); font-size: var(--tiny); font-weight: 650; text-align: center; }

  .counter.quiet { background: var(--hover); color: var(--ink-2); }

  .row.fresh .row-name { font-weight: 650; }

  .row.fresh .row-last { color: var(--ink); }

  .portrait { position: relative; display: inline-grid; }

  .dot { position: absolute; inset-block-end: -1px; inset-inline-end: -1px; width: 11px; height: 11px; border: 2px solid var(--side); border-radius: 50%; background: var(--good); }

  .browse-all { margin: 6px 8px; }

  .browse-all, .hint .link, .directory .link, .profile-links a { display: inline-flex; align-items: center; min-height: 24px; }

  .hint { display: flex; flex-wrap: wrap; gap: 4px 12px; margin: 0 12px 8px; padding: 10px 12px; border: 1px solid var(--line); border-radius: var(--radius); background: var(--raised); font-size: var(--small); }

  .hint p { width: 100%; }

  .account { display: grid; grid-template-columns: minmax(0, 1fr) auto auto; align-items: center; gap: 8px; padding-block: 8px calc(8px + env(safe-area-inset-bottom)); padding-inline: 8px 12px; border-block-start: 1px solid var(--line); }

  .account-name { display: flex; align-items: center; gap: 10px; min-width: 0; padding: 4px 8px; border: 0; border-radius: 8px; background: none; font-weight: 550; text-align: start; }

  .account-name:hover { background: var(--hover); }

  .account-name span[dir] { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }

  .account-state { display: flex; align-items: center; gap: 6px; color: var(--ink-3); font-size: var(--tiny); }

  .account-state::before { content: ""; width: 8px; height: 8px; border: 1.5px solid var(--edge); border-radius: 50%; }

  .account-state[data-state="open"]::before { border-color: var(--good); background: var(--good); }

  .blank { display: grid; place-content: center; justify-items: center; gap: 6px; height: 100%; padding: 32px; color: var(--ink-2); text-align: center; }

  .blank .icon { width: 36px; height: 36px; color: var(--ink-3); }

  .blank h2 { color: var(--ink); font-size: 18px; font-weight: 650; }

  .page-pane { display: flex; flex-direction: column; height: 100%; min-height: 0; }

  parley-search { display: block; position: relative; height: 100%; }

  .page-body { flex: 1; min-height: 0; padding: 16px; overflow-y: auto; }

  .page-body > * { max-width: 560px; }

  .everybody { margin-block-start: 8px; }

  .everybody .person-row { width: 100%; min-height: 44px; border: 0; background: none; text-align: start; }

  .everybody .person-row:hover { background: var(--hover); }

  .everybody .dot { border-color: var(--ground); }

  .directory { max-height: 320px; overflow-y: auto; }

  .directory-room { display: flex; align-items: center; gap: 10px; padding: 6px 4px; }

  .directory-text { flex: 1; min-width: 0; overflow-wrap: anywhere; }

  .directory-text strong, .directory-text small { display: block; }

  .directory-text strong { font-weight: 550; }

  .directory-text small { display: -webkit-box; overflow: hidden; color: var(--ink-2); font-size: var(--small); -webkit-box-orient: vertical; -webkit-line-clamp: 2; }

  .myself { display: flex; align-items: center; gap: 10px; font-weight: 550; }

  .profile-links { display: flex; flex-wrap: wrap; gap: 6px 16px; }

  @container inbox (max-width: 720px) {
    .columns { grid-template-columns: minmax(0, 1fr); }
    .columns[data-showing="list"] > .pane, .columns[data-showing="pane"] > .side { display: none; }
    .side { border-inline-end: 0; }
    .pane .back { display: inline-grid; }
    .columns[data-showing="list"] .skip { display: none; }
    .row { padding-block: 10px; }
    .filter input:not([type="radio"], [type="checkbox"]) { min-height: 42px; }
  }
`;
