import { css } from "../vendor/lit.js";

/* A room on the screen: head, status, stage and panel. */
export default css`
  parley-conversation { display: block; flex: 1; min-width: 0; min-height: 0; height: 100%; container: conversation / inline-size; }

  .conversation { position: relative; display: flex; height: 100%; min-height: 0; background: var(--ground); }

  .stage { position: relative; display: flex; flex: 1; flex-direction: column; min-width: 0; min-height: 0; }

  parley-timeline { position: relative; display: flex; flex: 1; flex-direction: column; min-height: 0; }

  .room-head { display: flex; align-items: center; gap: 4px; min-height: 56px; padding: 6px 10px 6px 16px; border-bottom: 1px solid var(--line); }

  .room-head:dir(rtl) { padding: 6px 16px 6px 10px; }

  .room-head .back { margin-inline-start: -8px; }

  .room-title { flex: 1; min-width: 0; padding-inline-start: 4px; }

  .room-title h2 { overflow: hidden; font-size: 16px; font-weight: 650; line-height: 1.3; text-overflow: ellipsis; white-space: nowrap; }

  .room-title bdi { display: block; overflow: hidden; text-align: -webkit-match-parent; text-align: match-parent; text-overflow: ellipsis; }

  .topic { overflow: hidden; color: var(--ink-2); font-size: var(--small); text-overflow: ellipsis; white-space: nowrap; }

  .icon-button[aria-expanded="true"] { background: var(--chosen); color: var(--ink); }

  .banner { display: flex; flex-wrap: wrap; align-items: center; justify-content: center; gap: 4px 12px; padding: 6px 16px; background: var(--warning-ground); color: var(--warning-ink); font-size: var(--small); text-align: center; }

  .banner .link { color: inherit; }

  .banner.problem { background: var(--danger-ground); color: var(--danger); }

  .typing { overflow: hidden; height: 20px; padding: 0 18px; color: var(--ink-2); font-size: var(--tiny); text-overflow: ellipsis; white-space: nowrap; }

  @container conversation (max-width: 480px) {
    .room-head { padding-inline: 12px 4px; }
    .room-head .icon-button { width: 40px; }
  }

  @container conversation (max-width: 360px) {
    .room-head > .glyph { display: none; } /* the name needs the place */
  }
`;
