"""Html that may come from anywhere, made harmless: known elements and attributes stay, everything else goes.

What is kept is written anew from what was parsed, with every text and value escaped, so that no browser can read it
otherwise than it was read here.
"""

from __future__ import annotations

import re
from html import escape
from html.parser import HTMLParser

VOID = {"br", "hr", "img", "source", "wbr", "col"}
GLOBAL = {"id", "class", "title", "lang", "role", "tabindex", "aria-label", "aria-labelledby", "aria-describedby"}
PLAIN = (
    *("p", "div", "span", "section", "article", "header", "footer", "aside", "main", "address", "time", "hr"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "ul", "dl", "dt", "dd", "summary", "figure", "figcaption", "picture"),
    *("strong", "em", "b", "i", "small", "sub", "sup", "code", "pre", "kbd", "samp", "var", "br", "wbr", "mark"),
    *("blockquote", "q", "cite", "abbr", "del", "ins", "table", "caption", "thead", "tbody", "tfoot", "tr"),
)
ELEMENTS: dict[str, set[str]] = {
    **dict.fromkeys(PLAIN, set()),
    "ol": {"start", "reversed"},
    "li": {"value"},
    "details": {"open"},
    "a": {"href", "rel"},
    "img": {"src", "alt", "width", "height"},
    "source": {"srcset", "media"},
    "th": {"scope", "colspan", "rowspan"},
    "td": {"colspan", "rowspan"},
    "col": {"span"},
    "colgroup": {"span"},
}
# Their content is no text of the page, and goes with them.
SILENT = {"script", "style", "template", "noscript", "iframe", "object", "textarea", "title", "select", "svg", "math"}
BAR = re.compile(r"^width: [0-9]{1,3}(\.[0-9])?%$")
FILE = r"(?:\.\./)*[A-Za-z0-9_][A-Za-z0-9_./-]*"
PICTURE = re.compile(r"^data:image/(?:png|jpeg|svg\+xml);base64,[A-Za-z0-9+/=]*$")
LINK = re.compile(rf"^(?:https?://[^\s]+|#[^\s]*|{FILE}(?:#[^\s]*)?)$")


def sanitised(html: str) -> str:
    """The html without scripts, styles, forms, embedded documents, event handlers, and links that run code."""
    parser = _Parser()
    parser.feed(html)
    parser.close()
    return parser.written()


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.open: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag in SILENT:
            self.silent += 1
        if self.silent or tag not in ELEMENTS:
            return
        kept = [f' {n}="{escape(v or "")}"' for n, v in attributes if self._allowed(tag, n, v or "")]
        self.parts.append(f"<{tag}{''.join(dict.fromkeys(kept))}>")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in SILENT:
            self.silent = max(0, self.silent - 1)
        elif not self.silent and tag in self.open:
            # What was left open inside is closed with it.
            while self.open:
                inner = self.open.pop()
                self.parts.append(f"</{inner}>")
                if inner == tag:
                    break

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.parts.append(escape(data, quote=False))

    def written(self) -> str:
        """Everything kept, with what was left open closed."""
        return "".join(self.parts) + "".join(f"</{tag}>" for tag in reversed(self.open))

    @staticmethod
    def _allowed(tag: str, name: str, value: str) -> bool:
        if name in GLOBAL:
            return True
        if name == "style":
            return tag == "span" and bool(BAR.match(value))
        if name not in ELEMENTS[tag]:
            return False
        if name in {"src", "srcset"}:
            return bool(PICTURE.match(value))
        return bool(LINK.match(value)) if name == "href" else True
