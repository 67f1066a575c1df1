import { css } from "../vendor/lit.js";

/* Where one writes, and what is chosen from while writing. */
export default css`
  parley-composer { display: block; flex: none; min-width: 0; container: composer / inline-size; }

  .composer { display: grid; gap: 6px; padding: 0 16px calc(12px + env(safe-area-inset-bottom)); }

  .composer .field { position: relative; display: grid; grid-template: "formats formats formats" "files files files" "buttons text tools" / auto minmax(0, 1fr) auto; align-items: end; border: 1px solid var(--edge); border-radius: 14px; background: var(--raised); }

  .composer .field:focus-within { outline: 2px solid transparent; border-color: var(--accent-text); box-shadow: 0 0 0 1px var(--accent-text); } /* forced colours show the outline alone */

  .composer textarea { grid-area: text; min-width: 0; min-height: 44px; padding: 11px 6px; border: 0; outline: none; background: none; line-height: 22px; resize: none; overflow-wrap: anywhere; field-sizing: content; }

  .composer textarea::placeholder { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }

  .composer parley-tray, parley-writing-field { display: contents; }

  .composer parley-tray[hidden] { display: none; }

  .tray-files { grid-area: files; }

  .tray-buttons { grid-area: buttons; display: flex; padding: 4px; }

  .composer .field.editing textarea { padding-inline-start: 14px; }

  .tools { grid-area: tools; display: flex; flex-wrap: wrap; align-items: center; justify-content: flex-end; padding: 4px; gap: 2px; }

  .formats span { font-weight: 600; font-size: var(--small); }

  .formats[aria-pressed="true"] { background: var(--chosen); color: var(--ink); }

  .formatting { grid-area: formats; display: flex; flex-wrap: wrap; padding: 4px 4px 0; }

  .formatting .icon-button { height: 32px; }

  .send { display: grid; place-items: center; width: 36px; height: 36px; padding: 0; flex: none; border: 0; border-radius: 10px; background: var(--accent); color: var(--accent-ink); font-weight: 600; font-variant-numeric: tabular-nums; }

  .send:hover { background: var(--accent-hover); }

  .send:disabled { background: var(--hover); color: var(--ink-3); cursor: default; }

  .count { justify-self: end; padding-inline: 6px; color: var(--ink-2); font-size: var(--tiny); font-variant-numeric: tabular-nums; }

  .count.over { color: var(--danger); font-weight: 600; }

  .subject { display: flex; align-items: center; gap: 8px; min-width: 0; padding-inline-start: 10px; border-inline-start: 3px solid var(--accent-text); color: var(--ink-2); font-size: var(--small); }

  .subject-label { flex: none; max-width: 60%; overflow: hidden; color: var(--ink); font-weight: 550; text-overflow: ellipsis; white-space: nowrap; }

  .subject-text { flex: 1; min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }

  .subject .icon-button { margin-inline-start: auto; }

  .barred { display: flex; flex-wrap: wrap; align-items: center; justify-content: center; gap: 8px 16px; margin: 0 16px calc(12px + env(safe-area-inset-bottom)); padding: 10px 16px; border: 1px solid var(--line); border-radius: 14px; background: var(--side); color: var(--ink-2); text-align: center; }

  .completion { position: absolute; inset-inline: 0; bottom: calc(100% + 6px); z-index: 20; max-height: 280px; margin: 0; padding: 4px; overflow-y: auto; border: 1px solid var(--line); border-radius: 12px; background: var(--raised); box-shadow: var(--shade); list-style: none; }

  .completion li { display: flex; align-items: center; gap: 10px; min-height: 36px; padding: 3px 8px; border-radius: 8px; cursor: pointer; overflow-wrap: anywhere; }

  .completion li:hover { background: var(--hover); }

  .completion li[aria-selected="true"] { background: var(--chosen); box-shadow: inset 0 0 0 1px var(--accent-text); }

  .completion small { color: var(--ink-2); font-size: var(--small); }

  .emoji-popover { inset: auto; margin: 0; padding: 0; border: 1px solid var(--line); border-radius: 14px; background: var(--raised); color: var(--ink); box-shadow: var(--shade); }

  /* As large before it is loaded: its place is found then. */
  parley-emoji-picker { display: block; width: min(336px, calc(100vw - 18px)); height: min(380px, calc(100dvh - 18px)); }

  .emoji-picker { display: flex; flex-direction: column; gap: 6px; height: 100%; padding: 8px; }

  .emoji-picker button, .emoji-list [role="option"], .completion .glyph { font-family: "Apple Color Emoji", "Segoe UI Emoji", "Noto Color Emoji", var(--font); }

  .emoji-categories, .emoji-tones { display: flex; justify-content: space-between; }

  .emoji-picker button { min-width: 32px; height: 32px; padding: 0; border: 0; border-radius: 8px; background: none; font-size: 18px; line-height: 1; }

  .emoji-picker button:hover, .emoji-list [role="option"]:hover { background: var(--hover); }

  .emoji-picker button[aria-pressed="true"] { background: var(--chosen); box-shadow: inset 0 0 0 2px var(--accent-text); }

  .emoji-list { position: relative; flex: 1; min-height: 0; overflow-y: auto; overscroll-behavior: contain; }

  .emoji-list [role="group"] { display: grid; grid-template-columns: repeat(auto-fill, minmax(38px, 1fr)); }

  .emoji-list p { grid-column: 1 / -1; padding: 6px 4px 2px; color: var(--ink-2); font-size: var(--small); font-weight: 550; }

  .emoji-list [role="option"] { display: grid; place-items: center; height: 38px; border-radius: 8px; font-size: 22px; line-height: 1; cursor: pointer; }

  .emoji-list [aria-selected="true"] { background: var(--chosen); box-shadow: inset 0 0 0 2px var(--accent-text); }

  @media (pointer: coarse) {
    .composer textarea { font-size: 16px; } /* below it iOS zooms in on focus */
    .send { width: 44px; height: 44px; }
    .formatting .icon-button { height: 44px; }
    .completion li { min-height: 44px; }
    .emoji-list [role="group"] { grid-template-columns: repeat(auto-fill, minmax(44px, 1fr)); }
    .emoji-list [role="option"] { height: 44px; }
    .emoji-picker button { min-width: 38px; height: 44px; }
  }

  @container composer (max-width: 480px) {
    .composer { padding-inline: 8px; }
    .composer .field { grid-template: "formats formats" "files files" "text text" "buttons tools" / auto 1fr; }
    .composer textarea { padding-inline: 14px; }
    .barred { margin-inline: 8px; }
  }
`;
