"""Markup that would call ``__xss`` if a page took any of it for its own, and what a browser sees of it."""

from __future__ import annotations

from typing import Any

from playwright.async_api import BrowserContext, Page

ELEMENTS = (
    "<script data-xss>__xss()</script>",
    "</script><script data-xss>__xss()</script>",
    "<img data-xss src=x onerror=__xss()>",
    "<svg data-xss/onload=__xss()>",
    "<svg data-xss><animate onbegin=__xss() attributeName=x dur=1s>",
    "<body data-xss onload=__xss()>",
    "<iframe data-xss src=javascript:parent.__xss()></iframe>",
    "<iframe data-xss srcdoc='<script>parent.__xss()</script>'></iframe>",
    "<object data-xss data=javascript:__xss()></object>",
    "<embed data-xss src=javascript:__xss()>",
    "<details data-xss open ontoggle=__xss()>",
    "<input data-xss autofocus onfocus=__xss()>",
    "<video data-xss><source onerror=__xss()></video>",
    "<style data-xss onload=__xss()></style>",
    "<link data-xss rel=stylesheet href=data:text/css, onload=__xss()>",
    "<meta data-xss http-equiv=refresh content='0;url=javascript:__xss()'>",
    "<base data-xss href=https://evil.test/>",
    "<form data-xss action=javascript:__xss()><button>x</button></form>",
    "<math data-xss><a xlink:href=javascript:__xss()>x</a></math>",
    "<a data-xss href=javascript:__xss()>x</a>",
    "<template data-xss><img src=x onerror=__xss()></template>",
    "</title><img data-xss src=x onerror=__xss()>",
    "</textarea><img data-xss src=x onerror=__xss()>",
    "</option></select><img data-xss src=x onerror=__xss()>",
    "--><img data-xss src=x onerror=__xss()><!--",
    "]]><img data-xss src=x onerror=__xss()>",
    "<!--><img data-xss src=x onerror=__xss()>",
    "<<img data-xss src=x onerror=__xss()//>>",
    "<noscript><p title='</noscript><img data-xss src=x onerror=__xss()>'>",
    "<math><mtext><table><mglyph><style><img data-xss src=x onerror=__xss()>",
)
ATTRIBUTES = (
    '" data-xss onmouseover="__xss()" autofocus onfocus="__xss()" x="',
    "' data-xss onmouseover='__xss()' autofocus onfocus='__xss()' x='",
    "` data-xss onmouseover=__xss() x=`",
    '"><img data-xss src=x onerror=__xss()>',
    "'><img data-xss src=x onerror=__xss()>",
    "x onerror=__xss() data-xss",
)
IN_SCRIPTS = (
    "'-__xss()-'",
    '"-__xss()-"',
    "\\'-__xss()//",
    "${__xss()}",
    "{{constructor.constructor('__xss()')()}}",
    "\u2028__xss()\u2029",
)
DISGUISED = (
    "<scr<script>ipt data-xss>__xss()</script>",
    "<\u0131mg data-xss src=x onerror=__xss()>\uff1cscript\uff1e",
    "&lt;img data-xss src=x onerror=__xss()&gt;",
    "&#60;img data-xss src=x onerror=__xss()&#x3e;",
    "&amp;lt;script data-xss&amp;gt;__xss()&amp;lt;/script&amp;gt;",
    "%3Cimg data-xss src=x onerror=__xss()%3E",
    "\\u003cimg data-xss src=x onerror=__xss()\\u003e",
)
ADDRESSES = (
    "javascript:__xss()",
    "JaVaScRiPt:__xss()",
    "\x01javascript:__xss()",
    "java\tscript:__xss()",
    "javascript://https://a.test/%0a__xss()",
    "data:text/html,<script>parent.__xss()</script>",
    "data:image/svg+xml,<svg onload=__xss()>",
    "vbscript:__xss()",
    'https://a.test/"onmouseover="__xss()',
    "https://a.test/'><img data-xss src=x onerror=__xss()>",
    "//evil.test/__xss()",
)
MARKDOWN = (
    *(f"[x]({address}) **b**" for address in ADDRESSES),
    *(f"[x](<{address}>)" for address in ADDRESSES),
    *(f"<{address}>" for address in ADDRESSES),
    "[x](&#106;avascript:__xss()) **b**",
    "[x](javascript&colon;__xss()) **b**",
    "![<img data-xss src=x onerror=__xss()>](https://a.test/x.png)",
    '![x](javascript:__xss() "title")',
    '[x](https://a.test "\\"data-xss onmouseover=\\"__xss()")',
    "[<img data-xss src=x onerror=__xss()>](https://a.test)",
    "[[x](javascript:__xss())](https://a.test)",
    "[x]: javascript:__xss()\n[x] **b**",
    "**<img data-xss src=x onerror=__xss()>**",
    "> - *<script data-xss>__xss()</script>*",
    "`</code><img data-xss src=x onerror=__xss()>`",
    '```"><img data-xss src=x onerror=__xss()>\n</code></pre><script data-xss>__xss()</script>\n```',
    "https://a.test/<img data-xss src=x onerror=__xss()>",
    "[x](https://a.test/`<img data-xss src=x onerror=__xss()>`)",
    "1. <svg data-xss onload=__xss()>\n2. [x](JAVASCRIPT:__xss())",
    "~~<a href='javascript:__xss()' data-xss>x</a>~~",
    "*<__xss() onfocus=__xss() data-xss autofocus tabindex=1>*",
)
TEXTS = (*ELEMENTS, *ATTRIBUTES, *IN_SCRIPTS, *DISGUISED, *ADDRESSES, *MARKDOWN)
LINES = tuple(text for text in TEXTS if "\n" not in text and len(text) <= 80)
"""What fits where a name does."""

_LOOK = """() => {
  const found = [];
  const addresses = ["href", "src", "action", "formaction", "data", "poster", "xlink:href"];
  const isForeign = (element, name, value) => {
    const { protocol, origin } = URL.canParse(value, document.baseURI) ? new URL(value, document.baseURI) : {};
    if (name === "href" && element.localName === "a") return !["http:", "https:", "mailto:"].includes(protocol);
    return origin !== location.origin;
  };
  const look = (root) => {
    for (const element of root.querySelectorAll("*")) {
      if (element.content instanceof DocumentFragment) look(element.content);
      if (element.shadowRoot) look(element.shadowRoot);
      const said = element.cloneNode(false).outerHTML;
      for (const { name, value } of element.attributes) {
        const runs = name.startsWith("on") || name === "srcdoc" || (name === "style" && value.includes("__xss"));
        if (runs || name === "data-xss" || name === "http-equiv") found.push(said);
        if (addresses.includes(name) && isForeign(element, name, value)) found.push(said);
      }
      const isData = element.type === "application/json";
      if (["script", "style"].includes(element.localName) && !isData && element.textContent.includes("__xss")) {
        found.push(said + element.textContent);
      }
    }
    const comments = document.createNodeIterator(root, NodeFilter.SHOW_COMMENT);
    for (let each = comments.nextNode(); each; each = comments.nextNode()) {
      if (each.data.includes("__xss")) found.push(`<!--${each.data}-->`);
    }
  };
  look(document);
  return found;
}"""


class Tripwire:
    """Notes whatever a page of the context runs that it should only show: calls of ``__xss`` and dialogs."""

    def __init__(self) -> None:
        self.tripped: list[str] = []

    @classmethod
    async def across(cls, context: BrowserContext) -> Tripwire:
        made = cls()
        await context.expose_binding("__xss", lambda source, *_: made.tripped.append(source["page"].url))
        context.on("dialog", lambda dialog: made._dismiss(dialog))
        return made

    async def _dismiss(self, dialog: Any) -> None:
        self.tripped.append(f"dialog: {dialog.message}")
        await dialog.dismiss()


async def taken_for_markup(page: Page) -> list[str]:
    """Elements, attributes, comments and addresses of the page that came out of hostile text."""
    found: list[str] = await page.evaluate(_LOOK)
    return found
