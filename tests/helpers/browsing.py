"""A site seen through Chromium: what a page looks like at a width, what it asks for, what axe-core says of it."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache, partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib import resources
from pathlib import Path
from threading import Thread
from typing import Any

CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
)
PATIENCE = 120_000  # milliseconds for a step of the browser: a busy machine is slow, and no step is meant to fail
LOOK = """async () => {
  const root = document.documentElement, width = window.innerWidth;
  document.querySelectorAll("details").forEach(d => d.open = true);
  document.querySelectorAll("img").forEach(i => i.loading = "eager");
  await Promise.all([...document.images].map(i => i.decode().catch(() => 0)));
  const size = e => parseFloat(getComputedStyle(e).fontSize);
  const wide = [...document.querySelectorAll("body *")].filter(e => !e.closest(".scroll, pre, .hidden, .skip, .crop")
    && e.getBoundingClientRect().right > width + 1).map(e => e.outerHTML.slice(0, 90));
  return {
    over: root.scrollWidth - width, wide: wide.slice(0, 3),
    broken: [...document.images].filter(i => !i.complete || !i.naturalWidth).length,
    wordless: [...document.images].filter(i => !i.alt.trim()).length,
    sizes: [...document.images].map(i => i.naturalWidth),
    smallest: Math.min(99, ...[...document.querySelectorAll("main p, main li")].map(size)),
    ems: Math.max(0, ...[...document.querySelectorAll("main p")].map(e => e.getBoundingClientRect().width / size(e))),
    styled: getComputedStyle(document.body).marginTop === "0px",
    language: root.lang,
  };
}"""
# Everything a keyboard must reach, and what the Tab key reached, with whether focus can be seen there.
REACHABLE = """() => {
  document.querySelectorAll("details").forEach(d => d.open = true);
  return [...document.querySelectorAll("a[href], button, summary, input, select, [tabindex='0']")]
    .filter(e => e.checkVisibility({visibilityProperty: true})).length;
}"""
FOCUSED = """() => {
  const e = document.activeElement;
  if (!e || e === document.body) return null;
  window.reached = window.reached || new Set();
  window.reached.add(e);
  return {count: window.reached.size, outline: parseFloat(getComputedStyle(e).outlineWidth) || 0,
    html: e.outerHTML.slice(0, 90)};
}"""


@dataclass
class Seen:
    """One page at one width."""

    page: str
    width: int
    looks: dict[str, Any]
    violations: list[str]
    console: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)


@cache
def axe() -> str:
    """The source of axe-core, as its package ships it."""
    return (resources.files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")


@contextlib.contextmanager
def browser() -> Iterator[Any]:
    """The system's Chromium, headless."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        opened = driver.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
            timeout=PATIENCE,
        )
        try:
            yield opened
        finally:
            opened.close()


def tab(opened: Any, **given: Any) -> Any:
    """A new page of the browser, or of a context of it, that waits long enough on a slow machine."""
    page = opened.new_page(**given)
    page.set_default_timeout(PATIENCE)
    return page


@contextlib.contextmanager
def served(site: Path) -> Iterator[str]:
    """The address at which a folder is served."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *words: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site)))
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()


def look(opened: Any, address: str, name: str, widths: Iterable[int]) -> list[Seen]:
    """A page at each width, with everything in it opened, and every picture loaded."""
    page = tab(opened)
    console: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: console.append(message.text))
    page.on("pageerror", lambda error: console.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    seen = []
    for width in widths:
        page.set_viewport_size({"width": width, "height": 900})
        if not seen:
            page.goto(f"{address}/{name}")
            page.evaluate(axe())
        looks = page.evaluate(LOOK)
        found = page.evaluate("async () => (await axe.run({resultTypes: ['violations'], preload: false})).violations")
        told = [f"{v['id']}: {node['html'][:120]}" for v in found for node in v["nodes"][:3]]
        foreign = [url for url in asked if not url.startswith((address, "data:"))]
        seen.append(Seen(name, width, looks, told, list(console), foreign))
    page.close()
    return seen


def tabbed(page: Any, most: int = 400) -> tuple[int, int, list[str]]:
    """How many elements of a page a keyboard must reach, how many Tab reached, and those where focus is not seen."""
    wanted, reached, unseen = page.evaluate(REACHABLE), 0, []
    for _ in range(min(wanted, most) + 1):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        if focused is None:
            break
        reached = focused["count"]
        if focused["outline"] < 2:
            unseen.append(focused["html"])
    return wanted, reached, unseen
