import { css } from "../vendor/lit.js";

/* Buttons, fields, notes, people. */
export default css`
  button, input, textarea { font: inherit; color: inherit; }

  button { cursor: pointer; }

  .button, .icon-button, .link {
    border: 1px solid transparent;
    background: none;
    border-radius: 8px;
  }

  .button {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    min-height: 36px;
    padding: 6px 14px;
    border-color: var(--edge);
    color: var(--ink);
    font-weight: 550;
    text-decoration: none;
  }

  .button:hover { background: var(--hover); }

  .button.primary { background: var(--accent); border-color: var(--accent); color: var(--accent-ink); }

  .button.primary:hover { background: var(--accent-hover); border-color: var(--accent-hover); }

  .button.wide { width: 100%; }

  .button:disabled { opacity: 0.55; cursor: default; }

  .icon-button {
    display: inline-grid;
    place-items: center;
    width: 36px;
    height: 36px;
    padding: 0;
    flex: none;
    color: var(--ink-2);
  }

  .icon-button:hover { background: var(--hover); color: var(--ink); }

  .link { padding: 0 2px; border: 0; color: var(--accent-text); text-decoration: underline; text-underline-offset: 0.15em; font-weight: 550; }

  .labelled { display: grid; gap: 5px; font-weight: 550; }

  input:not([type="radio"], [type="checkbox"]) {
    width: 100%;
    min-height: 40px;
    padding: 7px 11px;
    border: 1px solid var(--edge);
    border-radius: 8px;
    background: var(--ground);
    font-weight: 400;
  }

  input[type="search"]::-webkit-search-cancel-button { display: none; }

  input::placeholder, textarea::placeholder { color: var(--ink-3); opacity: 1; }

  input[type="radio"], input[type="checkbox"] { width: 17px; height: 17px; margin: 0; flex: none; accent-color: var(--accent); }

  .note { padding: 8px 12px; border-radius: 8px; background: var(--warning-ground); color: var(--warning-ink); font-size: var(--small); }

  .note.problem { background: var(--danger-ground); color: var(--danger); }

  .field-errors { color: var(--danger); font-size: var(--small); font-weight: 400; }

  .glyph { position: relative; display: inline-grid; place-items: center; width: 28px; height: 28px; flex: none; color: var(--ink-3); }

  .glyph.person { overflow: hidden; border-radius: 50%; font-size: var(--tiny); font-weight: 650; background: light-dark(hsl(var(--hue, 225) 42% 88%), hsl(var(--hue, 225) 30% 28%)); color: light-dark(hsl(var(--hue, 225) 60% 24%), hsl(var(--hue, 225) 70% 90%)); }

  .glyph img { position: absolute; inset: 0; width: 100%; height: 100%; object-fit: cover; }

  .tint-0 { --hue: 215; } .tint-1 { --hue: 265; } .tint-2 { --hue: 320; } .tint-3 { --hue: 355; }
  .tint-4 { --hue: 25; } .tint-5 { --hue: 50; } .tint-6 { --hue: 140; } .tint-7 { --hue: 185; }

  .person-row { display: flex; align-items: center; gap: 10px; padding: 5px 8px; border-radius: 8px; overflow-wrap: anywhere; }

  label.person-row { cursor: pointer; }

  label.person-row:hover { background: var(--hover); }

  .person-row > :last-child { margin-inline-start: auto; }

  .person-row small, .picker-state { color: var(--ink-3); font-size: var(--small); }

  .picker-state { padding: 10px 8px 0; }

  @media (pointer: coarse) {
    input:not([type="radio"], [type="checkbox"]) { font-size: 16px; } /* below 16px iOS zooms in on focus */
    .icon-button { width: 44px; height: 44px; }
    .button { min-height: 44px; }
  }
`;
