import { css } from "../vendor/lit.js";

/* What every surface is made of. Each text colour keeps 4.5:1 on every ground it is used on, each edge of a control 3:1.
   A page sets --parley-…; what the organisation has chosen (--organisation-…) holds where the page says nothing. */
export default css`
  :host {
    color-scheme: light dark;
    --ground: var(--parley-ground, light-dark(#ffffff, #16171a));
    --side: var(--parley-side, light-dark(#f6f6f4, #1c1d21));
    --raised: var(--parley-raised, light-dark(#ffffff, #232429));
    --hover: light-dark(#ecece8, #292b31);
    --chosen: light-dark(#e3e7f5, #2b3150);
    --line: light-dark(#e2e2dd, #303238);
    --edge: light-dark(#8d8f96, #7a7d87);
    --ink: var(--parley-ink, light-dark(#1c1d20, #ececee));
    --ink-2: light-dark(#54575e, #b0b2ba);
    --ink-3: light-dark(#65686f, #9b9ea7);
    --accent: var(--parley-accent, var(--organisation-accent, light-dark(#3451b2, #93a8ff)));
    --accent-ink: var(--parley-accent-ink, var(--organisation-accent-ink, light-dark(#ffffff, #10163a)));
    --accent-hover: color-mix(in oklab, var(--accent) 86%, var(--ink));
    --accent-text: light-dark(color-mix(in oklab, var(--accent) 70%, #000), color-mix(in oklab, var(--accent) 70%, #fff));
    --bubble: var(--parley-bubble, light-dark(#f1f1ee, #26282d));
    --own: var(--parley-own, light-dark(#dfe6ff, #2c3869));
    --own-ink: var(--parley-own-ink, light-dark(#17245c, #e6eaff));
    --danger: light-dark(#a92a1c, #ff9a8f);
    --danger-ground: light-dark(#fdeeec, #3a201d);
    --warning-ground: light-dark(#fff3d1, #3a2f12);
    --warning-ink: light-dark(#614300, #f5d88f);
    --good: light-dark(#1c7a43, #6fd49a);
    --shade: 0 1px 2px rgb(0 0 0 / 12%), 0 8px 28px rgb(0 0 0 / 18%);
    --radius: var(--parley-radius, var(--organisation-radius, 10px));
    --font: var(--parley-font, var(--organisation-font, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "Liberation Sans", Arial, sans-serif, "Apple Color Emoji", "Segoe UI Emoji", "Noto Color Emoji"));
    --small: 13px;
    --tiny: 12px;

    display: block;
    position: relative;
    box-sizing: border-box;
    overflow: hidden;
    background: var(--ground);
    color: var(--ink);
    font: 400 15px/1.45 var(--font);
    text-align: start;
    text-transform: none;
    letter-spacing: normal;
    -webkit-font-smoothing: antialiased;
  }

  :host([theme="light"]) { color-scheme: light; }

  :host([theme="dark"]) { color-scheme: dark; }

  :host([hidden]), [hidden] { display: none !important; }

  *, *::before, *::after { box-sizing: border-box; }

  h1, h2, h3, p, ul, ol, fieldset, figure, blockquote, pre { margin: 0; padding: 0; border: 0; font-size: inherit; font-weight: inherit; }

  ul, ol { list-style: none; }

  a { color: var(--accent-text); text-underline-offset: 0.15em; }

  :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }

  .icon { width: 20px; height: 20px; flex: none; }

  .icon.onward:dir(rtl) { transform: scaleX(-1); }

  .unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

  @media (prefers-contrast: more) {
    :host { --edge: var(--ink); --line: var(--ink); --ink-2: var(--ink); --ink-3: light-dark(#4a4d54, #bfc1c8); }
  }

  /* Colours of grounds are the system's there: what is chosen needs a line. */
  @media (forced-colors: active) {
    :is([aria-current], [aria-expanded="true"], [aria-pressed="true"], [aria-selected="true"]):not(:focus-visible) { outline: 2px solid Highlight; outline-offset: -2px; }
  }

  @media (prefers-reduced-motion: reduce) {
    *, *::before, *::after { animation: none !important; transition: none !important; scroll-behavior: auto !important; }
  }
`;
