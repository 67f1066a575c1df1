import { css } from "../vendor/lit.js";

/* Files: of the next message and in messages. */
export default css`
  .file-kind { display: grid; place-items: center; width: 40px; height: 40px; flex: none; border-radius: 8px; background: var(--hover); color: var(--ink-2); font-size: 11px; font-weight: 650; letter-spacing: 0.02em; }

  .file-about { display: grid; flex: 1; min-width: 0; text-align: start; }

  .file-about bdi { justify-self: start; max-width: 100%; overflow: hidden; font-size: var(--small); font-weight: 550; text-overflow: ellipsis; white-space: nowrap; }

  .file-about small { color: var(--ink-2); font-size: var(--tiny); }

  parley-attachments progress, .tile progress { position: absolute; inset-inline: 8px; bottom: 6px; width: calc(100% - 16px); height: 4px; appearance: none; border: 0; border-radius: 2px; background: var(--line); overflow: hidden; }

  progress::-webkit-progress-bar { background: none; }

  progress::-webkit-progress-value { background: var(--accent); transition: width 0.2s; }

  progress::-moz-progress-bar { background: var(--accent); }

  /* Of the next message */
  .tray-files { display: flex; gap: 8px; padding: 8px; overflow-x: auto; scrollbar-width: thin; }

  .tray-buttons .camera { display: none; }

  .tile { position: relative; display: flex; align-items: center; gap: 8px; width: 220px; min-height: 56px; flex: none; padding: 8px; border: 1px solid var(--line); border-radius: var(--radius); background: var(--ground); }

  .tile canvas { width: 40px; height: 40px; flex: none; border-radius: 8px; object-fit: cover; }

  .tile canvas:not([data-drawn]) { display: none; }

  .tile canvas[data-drawn] + .file-kind { display: none; }

  .tile .remove { width: 28px; height: 28px; }

  .tile .remove .icon { width: 16px; height: 16px; }

  .tile.refused { width: 264px; border-color: var(--danger); }

  .tile.refused small { color: var(--danger); }

  .tile .link { min-height: 24px; font-size: inherit; }

  [data-drop] { position: relative; }

  [data-drop]::after { content: attr(data-drop); position: absolute; inset: 8px; z-index: 30; display: grid; place-items: center; padding: 16px; border: 2px dashed var(--accent); border-radius: 14px; background: color-mix(in oklab, color-mix(in oklab, var(--ground) 90%, var(--accent)) 92%, transparent); color: var(--accent-text); font-size: 17px; font-weight: 600; text-align: center; pointer-events: none; }

  /* In messages */
  parley-attachments { display: grid; grid-template-columns: minmax(0, auto); gap: 4px; justify-items: inherit; min-width: 0; max-width: 100%; }

  .pictures { display: flex; flex-wrap: wrap; align-items: flex-start; gap: 4px; max-width: min(100%, 440px); }

  .own .pictures { justify-content: flex-end; }

  parley-picture { position: relative; display: block; flex: var(--ratio) 1 auto; width: calc(var(--ratio) * 130px); aspect-ratio: var(--ratio); max-width: min(100%, calc(var(--ratio) * 220px)); border-radius: 12px; background: var(--hover); }

  parley-picture:only-child { flex: none; width: max(64px, min(360px, var(--width), calc(var(--ratio) * 300px))); max-width: 100%; }

  parley-picture:has(.picture-failed) { min-width: 150px; min-height: 96px; }

  parley-picture :is(canvas, img, .picture-open, .picture-failed) { position: absolute; inset: 0; width: 100%; height: 100%; border-radius: inherit; object-fit: cover; }

  parley-picture img { opacity: 0; transition: opacity 0.2s; }

  parley-picture img.loaded { opacity: 1; }

  parley-picture:has(.loaded) canvas { visibility: hidden; transition: visibility 0s 0.2s; } /* images may be transparent */

  .picture-open { padding: 0; border: 0; background: none; cursor: zoom-in; }

  .picture-open:hover { background: rgb(0 0 0 / 8%); }

  .picture-kind { position: absolute; inset-block-end: 6px; inset-inline-start: 6px; padding: 1px 6px; border-radius: 4px; background: rgb(0 0 0 / 72%); color: #ffffff; font-size: 11px; font-weight: 650; }

  .picture-failed { display: grid; place-content: center; justify-items: center; gap: 2px; padding: 4px; border: 1px solid var(--edge); background: var(--raised); color: var(--ink-2); font-size: var(--tiny); }

  .file { position: relative; display: flex; align-items: center; gap: 10px; width: 300px; max-width: 100%; min-height: 58px; padding: 8px 12px 8px 8px; border: 1px solid var(--line); border-radius: 12px; background: var(--ground); color: var(--ink-2); }

  .file:dir(rtl) { padding: 8px 8px 8px 12px; }

  button.file:hover { background: var(--hover); }

  .file bdi { color: var(--ink); }

  parley-clip { display: block; max-width: 100%; }

  parley-clip video { display: block; width: 360px; max-width: 100%; aspect-ratio: 16 / 9; border-radius: 12px; background: #000000; }

  parley-clip figure { display: grid; gap: 4px; width: 320px; max-width: 100%; font-size: var(--small); }

  parley-clip audio { width: 100%; }

  @media (pointer: coarse) {
    .tray-buttons .camera { display: inline-grid; }
    .tile .remove { width: 44px; height: 44px; margin: -8px -6px -8px 0; }
  }
`;
