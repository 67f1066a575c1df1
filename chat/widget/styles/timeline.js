import { css } from "../vendor/lit.js";

/* The conversation itself. */
export default css`
  .timeline { display: flex; flex: 1; flex-direction: column; min-height: 0; padding: 12px 16px 4px; overflow: hidden auto; overscroll-behavior: contain; overflow-anchor: none; scrollbar-width: thin; }

  .timeline:focus-visible { outline-offset: -2px; }

  .timeline::before { content: ""; margin-top: auto; } /* a short conversation stands on the composer */

  .messages { display: flow-root; }

  parley-message { display: block; }

  .message { position: relative; display: grid; grid-template-columns: 32px minmax(0, 1fr); column-gap: 8px; padding: 2px 0 0; border-radius: 8px; outline-offset: 0; }

  .message.head { margin-top: 12px; }

  .message > :not(.glyph) { grid-column: 2; justify-self: start; min-width: 0; max-width: min(100%, 720px); }

  .message > .glyph { grid-row: 1 / span 2; align-self: start; width: 32px; height: 32px; margin-top: 2px; }

  .message:not(.head) > .glyph { visibility: hidden; height: 0; margin: 0; }

  .said { display: flex; align-items: baseline; gap: 8px; min-width: 0; padding: 0 2px 2px; }

  .author { overflow: hidden; font-size: var(--small); font-weight: 600; text-overflow: ellipsis; white-space: nowrap; }

  .said time, .edited, .pinned { flex: none; color: var(--ink-3); font-size: var(--tiny); }

  button.edited { min-height: 24px; margin: -6px 0; padding: 0 2px; border: 0; background: none; }

  button.edited:hover { text-decoration: underline; }

  .pinned { display: inline-flex; align-items: center; gap: 2px; }

  .pinned .icon { width: 14px; height: 14px; }

  /* For screen readers alone */
  .message:not(.head) .said:not(:has(.edited, .pinned)), .message:not(.head) .said:has(.edited, .pinned) :is(.author, time), .message.own .author { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }

  .content { display: grid; justify-items: start; gap: 3px; min-width: 0; max-width: 100%; }

  .bubble { min-width: 0; max-width: 100%; padding: 7px 12px; border-radius: var(--upper) 16px 16px var(--lower); background: var(--bubble); overflow-wrap: anywhere; white-space: pre-wrap; unicode-bidi: plaintext; }

  @media (forced-colors: active) {
    .bubble { outline: 1px solid; }
    .message.own .bubble { outline-width: 2px; }
  }

  .message { --upper: 6px; --lower: 6px; } /* the corners on its author's side */

  .message.head { --upper: 16px; }

  .message.tail { --lower: 16px; }

  .message:is(.own:dir(ltr), :not(.own):dir(rtl)) .bubble { border-radius: 16px var(--upper) var(--lower) 16px; }

  .message.own { grid-template-columns: minmax(0, 1fr); padding-inline-start: 56px; }

  .message.own > :not(.glyph) { grid-column: 1; justify-self: end; }

  .message.own > .glyph { display: none; }

  .message.own .content { justify-items: end; }

  .message.own .bubble { background: var(--own); color: var(--own-ink); }

  .message:not(.own) { padding-inline-end: 56px; }

  parley-message[marked] .bubble { animation: marked 2.4s ease-out; box-shadow: 0 0 0 2px var(--accent); }

  @keyframes marked { from { background: var(--warning-ground); color: var(--warning-ink); } }

  .bubble a { color: inherit; }

  .bubble.rich { white-space: normal; }

  .bubble.rich > * + * { margin-top: 6px; }

  .bubble :is(ul, ol) { padding-inline-start: 22px; }

  .bubble ul { list-style: disc; }

  .bubble ol { list-style: decimal; }

  .bubble blockquote { padding-inline-start: 10px; border-inline-start: 3px solid var(--edge); }

  .bubble code { padding: 1px 4px; border-radius: 4px; background: light-dark(rgb(0 0 0 / 7%), rgb(255 255 255 / 10%)); font: 0.9em/1.4 ui-monospace, SFMono-Regular, Consolas, "Liberation Mono", monospace; }

  .bubble pre { padding: 8px 10px; border-radius: 8px; background: light-dark(rgb(0 0 0 / 7%), rgb(255 255 255 / 10%)); overflow-x: auto; }

  .bubble pre code { padding: 0; background: none; white-space: pre; }

  .mention { border-radius: 4px; padding: 0 2px; font-weight: 600; }

  .mention.me { background: var(--warning-ground); color: var(--warning-ink); }

  .message.gone .bubble { border: 1px solid var(--line); background: none; color: var(--ink-2); font-style: italic; }

  .message:is(.pending, .uploading) .bubble { opacity: 0.75; }

  .message.failed .bubble { background: var(--danger-ground); color: var(--ink); box-shadow: inset 0 0 0 1px var(--danger); }

  .quote { display: grid; max-width: 100%; padding: 4px 10px; border: 0; border-inline-start: 3px solid var(--accent); border-radius: 4px; background: var(--hover); color: var(--ink); font-size: var(--small); text-align: start; }

  .quote > * { text-align: -webkit-match-parent; text-align: match-parent; }

  .quote bdi { font-weight: 600; }

  .quote span { overflow: hidden; color: var(--ink-2); text-overflow: ellipsis; white-space: nowrap; }

  .replies { display: inline-flex; align-items: center; gap: 4px; min-height: 28px; margin-top: 2px; padding: 2px 8px 2px 4px; border: 1px solid transparent; border-radius: 8px; background: none; color: var(--accent-text); font-size: var(--small); font-weight: 600; }

  .replies:hover { border-color: var(--line); background: var(--hover); }

  .replies .glyph { width: 20px; height: 20px; font-size: 9px; }

  .fate { display: flex; flex-wrap: wrap; align-items: center; gap: 2px 6px; padding-top: 2px; color: var(--ink-2); font-size: var(--tiny); }

  .fate .icon { width: 14px; height: 14px; }

  .fate > span { max-width: calc(100% - 20px); } /* beside its icon */

  .fate.problem { color: var(--danger); }

  .fate .link { min-height: 24px; color: inherit; }

  .notice { margin: 10px 0; color: var(--ink-2); font-size: var(--small); text-align: center; overflow-wrap: anywhere; }

  .notice + .notice { margin-top: -4px; }

  .day, .unread { display: flex; align-items: center; gap: 12px; margin: 20px 0 8px; color: var(--ink-2); font-size: var(--tiny); font-weight: 600; }

  .day span::first-letter { text-transform: uppercase; }

  .day::before, .day::after, .unread::before { content: ""; flex: 1; height: 1px; background: var(--line); }

  .unread { margin: 12px 0 4px; color: var(--danger); }

  .unread::before { background: currentcolor; }

  .beginning { display: grid; justify-items: center; gap: 6px; padding: 24px 0 8px; text-align: center; overflow-wrap: anywhere; }

  .beginning > .icon { width: 32px; height: 32px; color: var(--ink-3); }

  .beginning > .glyph { width: 48px; height: 48px; font-size: 16px; }

  .beginning h2 { font-weight: 600; }

  .beginning p, .older { color: var(--ink-2); }

  .older { min-height: 36px; padding: 8px; font-size: var(--small); text-align: center; }

  .spinner { display: inline-block; width: 18px; height: 18px; border: 2px solid var(--line); border-top-color: var(--ink-3); border-radius: 50%; animation: turn 0.9s linear infinite; }

  @keyframes turn { to { transform: rotate(1turn); } }

  .skeleton { display: grid; gap: 12px; padding-bottom: 12px; animation: appear 0.2s 0.25s both; }

  .skeleton i { width: min(352px, 58%); height: 38px; border-radius: 16px; background: var(--bubble); animation: breathe 1.6s ease-in-out infinite; }

  .skeleton i:nth-child(3n) { justify-self: end; width: min(256px, 44%); background: var(--own); }

  .skeleton i:nth-child(4n) { width: min(448px, 70%); height: 60px; }

  @keyframes appear { from { opacity: 0; } }

  @keyframes breathe { 50% { opacity: 0.45; } }

  .jump { position: absolute; inset-inline-start: 50%; bottom: 10px; z-index: 5; display: inline-flex; align-items: center; gap: 6px; min-height: 36px; padding: 4px 14px; border: 1px solid var(--line); border-radius: 999px; background: var(--raised); color: var(--ink); box-shadow: var(--shade); font-size: var(--small); font-weight: 600; transform: translateX(-50%); white-space: nowrap; }

  .jump:dir(rtl) { transform: translateX(50%); }

  .jump:hover { background: var(--hover); }

  @container conversation (max-width: 640px) {
    .timeline { padding-inline: 12px; }
    .message.own { padding-inline-start: 40px; }
    .message:not(.own) { padding-inline-end: 24px; }
  }
`;
