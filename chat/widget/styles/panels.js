import { css } from "../vendor/lit.js";

/* What stands beside the timeline, in its place where there is no room for both; and forms above it. */
export default css`
  :is(parley-thread-panel, parley-search-panel, parley-pins-panel, parley-members-panel, parley-room-panel) { position: absolute; inset: 0; z-index: 6; display: flex; background: var(--ground); }

  .panel { display: flex; flex: 1; flex-direction: column; min-width: 0; min-height: 0; }

  .panel-head { display: flex; align-items: center; gap: 4px; min-height: 56px; padding: 6px 8px; border-bottom: 1px solid var(--line); }

  .panel-head h2 { flex: 1; min-width: 0; padding-inline: 8px; overflow: hidden; font-size: 16px; font-weight: 650; text-overflow: ellipsis; white-space: nowrap; outline: none; }

  .panel-close { display: none; }

  @container conversation (min-width: 900px) {
    :is(parley-thread-panel, parley-search-panel, parley-pins-panel, parley-members-panel, parley-room-panel) { position: relative; inset: auto; z-index: auto; flex: none; width: clamp(320px, 34%, 400px); border-inline-start: 1px solid var(--line); }
    .panel-back { display: none; }
    .panel-close { display: inline-grid; }
  }

  .panel-state { display: grid; justify-items: center; gap: 10px; padding: 28px 20px; color: var(--ink-2); text-align: center; overflow-wrap: anywhere; }

  .panel-scroll { flex: 1; min-height: 0; overflow-y: auto; }

  .panel h3 { font-weight: 650; overflow-wrap: anywhere; }

  .panel small { color: var(--ink-2); font-size: var(--tiny); font-weight: 400; }

  .panel-tools { display: flex; flex-wrap: wrap; gap: 8px; padding: 12px 16px 4px; }

  .panel-tools:empty { display: none; }

  .panel-tools input { flex: 1 1 140px; }

  .panel .button { gap: 6px; }

  .panel .button .icon { width: 16px; height: 16px; }

  .panel-buttons { display: flex; flex-wrap: wrap; gap: 8px; }

  .panel-section { display: grid; gap: 12px; padding: 16px; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }

  .panel-section fieldset { display: grid; justify-items: start; gap: 12px; min-width: 0; }

  .panel-section .labelled, .panel-section .note { width: 100%; }

  .switch { display: flex; align-items: start; gap: 10px; cursor: pointer; }

  .switch input { margin-top: 2px; }

  .switch small { display: block; }

  .badge { padding: 1px 7px; border-radius: 999px; background: var(--chosen); color: var(--ink); font-size: var(--tiny); font-weight: 600; white-space: nowrap; }

  .thread { flex: 1; min-height: 0; padding: 12px 16px; overflow-y: auto; overscroll-behavior: contain; scrollbar-width: thin; }

  .thread:focus-visible { outline-offset: -2px; }

  .thread-count { display: flex; align-items: center; gap: 12px; margin: 14px 0 4px; color: var(--ink-2); font-size: var(--tiny); font-weight: 600; }

  .thread-count::after { flex: 1; height: 1px; background: var(--line); content: ""; }

  .thread .message.own { padding-inline-start: 32px; }

  .thread .message:not(.own) { padding-inline-end: 12px; }

  .search-form { display: grid; gap: 8px; padding: 12px 16px; border-bottom: 1px solid var(--line); }

  .segments { display: flex; padding: 2px; border-radius: 9px; background: var(--side); }

  .segments button { flex: 1; min-height: 30px; padding: 2px 8px; border: 1px solid transparent; border-radius: 7px; background: none; color: var(--ink-2); font-size: var(--small); }

  .segments button[aria-pressed="true"] { border-color: var(--edge); background: var(--raised); color: var(--ink); font-weight: 600; }

  .filters summary { min-height: 24px; color: var(--ink-2); font-size: var(--small); cursor: pointer; }

  .filters[open] { display: grid; }

  .filters .labelled, .filters .choice { margin-top: 8px; font-size: var(--small); }

  .results { flex: 1; min-height: 0; padding: 6px; overflow-y: auto; }

  .result { display: grid; grid-template-columns: 28px minmax(0, 1fr); column-gap: 10px; width: 100%; padding: 8px 10px; border: 0; border-radius: 10px; background: none; color: inherit; text-align: start; }

  .result:hover { background: var(--hover); }

  .result:focus-visible { outline-offset: -2px; }

  .result > .glyph { grid-row: 1 / span 3; }

  .result > :not(.glyph) { grid-column: 2; }

  .result-head { display: flex; align-items: baseline; gap: 8px; min-width: 0; }

  .result-head bdi { overflow: hidden; font-size: var(--small); font-weight: 600; text-overflow: ellipsis; white-space: nowrap; }

  .result-head time { flex: none; margin-inline-start: auto; color: var(--ink-2); font-size: var(--tiny); }

  .result-room { color: var(--ink-2); font-size: var(--tiny); }

  .result-text { display: -webkit-box; overflow: hidden; -webkit-box-orient: vertical; -webkit-line-clamp: 3; font-size: 14px; overflow-wrap: anywhere; text-align: -webkit-match-parent; text-align: match-parent; }

  mark { border-radius: 3px; background: var(--warning-ground); color: var(--warning-ink); font-weight: 600; }

  .panel-more { padding: 8px; text-align: center; }

  .pin, .guest-links li { display: flex; align-items: center; gap: 4px; }

  .guest-links { display: grid; gap: 8px; }

  .guest-form { display: grid; justify-items: start; gap: 10px; }

  .people { display: grid; gap: 2px; }

  .panel .people { padding: 8px; }

  .panel .people + h3, .panel h3:has(+ .people) { padding: 12px 16px 0; }

  .person-words { display: grid; flex: 1; min-width: 0; overflow-wrap: anywhere; }

  .present { position: relative; }

  .present::after { position: absolute; inset: auto -1px -1px auto; width: 10px; height: 10px; border: 2px solid var(--ground); border-radius: 50%; background: var(--ground); box-shadow: inset 0 0 0 2px var(--ink-3); content: ""; }

  .present.online::after { background: var(--good); box-shadow: none; }

  .button.danger { border-color: var(--danger); color: var(--danger); }

  .button.danger:hover { background: var(--danger-ground); }

  .dialog {
    width: min(448px, calc(100vw - 32px));
    max-height: min(704px, calc(100dvh - 32px));
    padding: 0;
    border: 1px solid var(--line);
    border-radius: 14px;
    background: var(--raised);
    color: inherit;
    box-shadow: var(--shade);
    overflow: hidden;
  }

  .dialog::backdrop { background: rgb(12 13 18 / 45%); }

  .dialog[open] { display: flex; }

  .dialog-form { display: flex; flex-direction: column; gap: 16px; width: 100%; min-height: 0; padding: 18px 20px 20px; overflow-y: auto; }

  .dialog-form > * { flex: none; }

  .dialog-form > header, .dialog-form > footer { display: flex; align-items: center; gap: 8px; }

  .dialog-form > header { justify-content: space-between; margin-inline-end: -8px; }

  .dialog-form > footer { justify-content: flex-end; }

  .dialog-form > footer:empty { display: none; }

  .dialog h2 { font-size: 17px; font-weight: 650; }

  legend { padding: 0; margin-bottom: 5px; font-weight: 550; }

  .choices { display: grid; }

  .choice { display: flex; gap: 10px; padding: 8px 0; cursor: pointer; }

  .choice input { margin-top: 3px; }

  .choice strong { display: block; font-weight: 550; }

  .choice small { color: var(--ink-2); font-size: var(--small); }

  .picker-list { max-height: 208px; margin-top: 6px; overflow-y: auto; }

  .wordings { display: grid; gap: 12px; }

  .wordings p { overflow-wrap: anywhere; white-space: pre-wrap; }

  .wordings time { color: var(--ink-2); font-size: var(--small); }

  .excerpt { padding-inline-start: 10px; border-inline-start: 3px solid var(--edge); overflow-wrap: anywhere; }

  .excerpt bdi { color: var(--ink-2); font-size: var(--small); }

  .excerpt p { display: -webkit-box; overflow: hidden; -webkit-box-orient: vertical; -webkit-line-clamp: 4; text-align: -webkit-match-parent; text-align: match-parent; }

  .keys { margin: 0; }

  .keys div { display: flex; justify-content: space-between; gap: 16px; padding: 5px 0; border-top: 1px solid var(--line); }

  .keys dd { flex: none; margin: 0; }

  kbd { display: inline-block; min-width: 24px; padding: 1px 6px; border: 1px solid var(--edge); border-radius: 6px; background: var(--side); font: 500 var(--tiny)/1.5 var(--font); text-align: center; }

  :is(.panel, .dialog) select, .dialog textarea { width: 100%; padding: 7px 11px; border: 1px solid var(--edge); border-radius: 8px; background: var(--ground); color: inherit; font: inherit; font-weight: 400; }

  :is(.panel, .dialog) select { min-height: 40px; }

  .dialog textarea { resize: vertical; }

  @media (pointer: coarse) {
    :is(.panel, .dialog) select, .dialog textarea { font-size: 16px; }
    .segments button { min-height: 40px; }
  }
`;
