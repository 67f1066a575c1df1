import { css } from "../vendor/lit.js";

/* The button in the corner, and what it opens. */
export default css`
  :host { position: fixed; inset-block-end: 20px; inset-inline-end: 20px; z-index: 2147483000; overflow: visible; background: none; }

  :host([position="start"]) { inset-inline: 20px auto; }

  .toasts { position: fixed; }

  .launcher { position: relative; display: flex; align-items: center; gap: 8px; min-width: 56px; min-height: 56px; padding: 14px; border: 0; border-radius: 28px; background: var(--accent); color: var(--accent-ink); box-shadow: var(--shade); font-weight: 600; }

  .launcher:hover { background: var(--accent-hover); }

  .launcher > .icon { width: 28px; height: 28px; }

  .launcher-label { padding-inline-end: 6px; }

  .launcher .counter { min-width: 24px; padding: 1px 6px; border-radius: 16px; font-size: var(--tiny); font-weight: 650; text-align: center; position: absolute; inset-block-start: -4px; inset-inline-end: -4px; border: 2px solid var(--ground); background: var(--danger); color: light-dark(#ffffff, #2a0f0b); }

  .launcher-popup { position: absolute; inset-block-end: calc(100% + 12px); inset-inline-end: 0; display: flex; flex-direction: column; width: min(400px, calc(100vw - 40px)); height: min(640px, calc(100dvh - 108px)); overflow: hidden; border: 1px solid var(--line); border-radius: 16px; outline: none; background: var(--ground); box-shadow: var(--shade); animation: launcher-opens 0.16s ease-out; }

  :host([position="start"]) .launcher-popup { inset-inline: 0 auto; }

  .launcher-head { display: flex; align-items: center; justify-content: space-between; padding-block: 4px; padding-inline: 16px 6px; border-block-end: 1px solid var(--line); background: var(--side); }

  .launcher-head strong { overflow: hidden; font-weight: 650; text-overflow: ellipsis; white-space: nowrap; }

  .launcher-popup .organisation > * { display: none; }

  @keyframes launcher-opens { from { opacity: 0; transform: translateY(8px); } }

  /* The page itself is narrow. */
  @media (max-width: 480px) {
    .launcher-popup { position: fixed; inset: 0; width: auto; height: auto; border: 0; border-radius: 0; }
    .launcher-popup + .launcher { visibility: hidden; }
  }
`;
