import { css } from "../vendor/lit.js";

/* What can be done with a message: bar, menu, reactions. */
export default css`
  parley-actions { position: absolute; inset: 0 0 auto; height: 0; }

  .actions-bar { position: absolute; z-index: 8; display: flex; padding: 2px; border: 1px solid var(--line); border-radius: 10px; background: var(--raised); box-shadow: var(--shade); }

  .actions-bar .icon-button { width: 30px; height: 30px; font-size: 16px; }

  .menu { position: fixed; inset: auto; margin: 0; border: 1px solid var(--line); border-radius: 12px; background: var(--raised); color: var(--ink); box-shadow: var(--shade); min-width: 200px; max-width: calc(100vw - 16px); max-height: calc(100dvh - 16px); padding: 5px; overflow-y: auto; font-size: 14px; }

  .menu:popover-open { display: grid; }

  .menu-item { display: flex; align-items: center; gap: 10px; min-height: 34px; padding: 4px 10px; border: 0; border-radius: 8px; background: none; color: inherit; text-align: start; }

  .menu-item > .icon:first-child { color: var(--ink-2); }

  .menu-item > .icon:last-child:not(:first-child) { margin-inline-start: auto; color: var(--accent-text); }

  .menu-item:is(:hover, :focus) { background: var(--hover); }

  .menu-item:focus-visible { outline-offset: -2px; }

  .menu-item.danger, .menu-item.danger > .icon { color: var(--danger); }

  .menu-signs:not(:has(button)) { display: none; }

  .menu-signs { display: flex; justify-content: space-between; margin-bottom: 4px; padding-bottom: 4px; border-bottom: 1px solid var(--line); }

  .menu-signs .menu-item { justify-content: center; width: 36px; padding: 0; font-size: 18px; }

  .reactions { display: flex; flex-wrap: wrap; gap: 4px; padding-top: 4px; }

  .message.own .reactions { justify-content: end; }

  .reaction { display: inline-flex; align-items: center; gap: 5px; min-height: 26px; padding: 1px 8px; border: 1px solid var(--line); border-radius: 999px; background: var(--ground); color: var(--ink-2); font-size: var(--tiny); font-variant-numeric: tabular-nums; }

  .reaction > :first-child { font-size: 14px; line-height: 1.2; }

  .reaction:hover { border-color: var(--edge); background: var(--hover); }

  .reaction[aria-pressed="true"] { border-color: var(--accent); background: var(--chosen); color: var(--ink); font-weight: 650; }

  .reaction > .icon { width: 16px; height: 16px; }

  @media (pointer: coarse) {
    parley-message { -webkit-touch-callout: none; user-select: none; } /* a long press opens the menu, which copies */
    .actions-bar .icon-button { width: 40px; height: 40px; }
    .menu-item { min-height: 44px; }
    .menu-signs .menu-item { width: 44px; }
    .reaction { min-height: 36px; padding-inline: 11px; }
  }
`;
