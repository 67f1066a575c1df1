import { css } from "../vendor/lit.js";

/* An image, large. */
export default css`
  .viewer { width: 100%; max-width: none; height: 100%; max-height: none; margin: 0; padding: 0; border: 0; background: #101114; color: #f3f3f4; overflow: hidden; }

  .viewer[open] { display: grid; grid-template-rows: auto minmax(0, 1fr); }

  .viewer header { display: flex; align-items: center; gap: 4px; padding: 8px 8px 8px 16px; }

  .viewer header:dir(rtl) { padding: 8px 16px 8px 8px; }

  .viewer h2 { display: flex; align-items: baseline; gap: 12px; flex: 1; min-width: 0; font-weight: 600; }

  .viewer h2 bdi { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }

  .viewer h2 small { flex: none; color: #c3c4c9; font-size: var(--small); font-weight: 400; }

  .viewer .icon-button { color: inherit; }

  .viewer .icon-button:hover { background: rgb(255 255 255 / 16%); }

  .viewer :focus-visible { outline-color: #ffffff; }

  .viewer nav .icon-button { position: absolute; inset-block-start: calc(50% - 22px); inset-inline-start: 8px; width: 44px; height: 44px; border-radius: 50%; background: rgb(16 17 20 / 70%); }

  .viewer nav .icon-button + .icon-button { inset-inline: auto 8px; }

  .viewer nav .icon-button + .icon-button .icon, .viewer nav .icon-button:dir(rtl) .icon { transform: scaleX(-1); }

  .viewer nav .icon-button + .icon-button:dir(rtl) .icon { transform: none; }

  parley-large-picture { display: block; min-height: 0; }

  parley-large-picture .frame { position: relative; display: grid; place-items: center; height: 100%; container-type: size; overflow: hidden; touch-action: none; user-select: none; }

  parley-large-picture .large { position: relative; width: min(100cqw, 100cqh * var(--ratio, 1), var(--width, 100cqw)); aspect-ratio: var(--ratio, 1); cursor: zoom-in; transition: transform 0.15s; }

  parley-large-picture .frame:active .large { transition: none; }

  parley-large-picture .magnified { cursor: grab; }

  parley-large-picture img { position: absolute; inset: 0; width: 100%; height: 100%; }

  parley-large-picture img.loaded { background: #ffffff; } /* ink on a transparent ground is dark most of the time */

  parley-large-picture .note { position: absolute; }
`;
