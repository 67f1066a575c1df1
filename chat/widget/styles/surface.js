import { css } from "../vendor/lit.js";

/* What every surface has around and above what it shows. */
export default css`
  .waiting, .surface { height: 100%; }

  .surface { display: flex; flex-direction: column; min-height: 0; }

  .failure { display: grid; justify-items: center; align-content: center; gap: 8px; flex: 1; padding: 32px 24px; text-align: center; overflow-wrap: anywhere; }

  .failure > .icon { width: 32px; height: 32px; color: var(--danger); }

  .failure h2 { font-weight: 650; }

  .failure p { color: var(--ink-2); }

  .toasts { position: absolute; inset-inline: 12px; top: 64px; z-index: 40; display: grid; justify-items: center; pointer-events: none; }

  .toast { max-width: 480px; padding: 9px 16px; border-radius: var(--radius); background: light-dark(#1c1d20, #ececee); color: light-dark(#ffffff, #16171a); box-shadow: var(--shade); font-size: var(--small); overflow-wrap: anywhere; }

  .toast.problem { background: light-dark(#8c1d11, #ff9a8f); color: light-dark(#ffffff, #2a0f0b); }
`;
