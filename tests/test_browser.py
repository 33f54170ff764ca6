"""Pages in a real browser: nothing wider than the screen, every picture loaded, not a word on the console."""

from __future__ import annotations

import functools
import json
import re
import shutil
import subprocess
import threading
from html import unescape
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from helpers import small_project, small_site

CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium here: apt-get install chromium"),
]
WIDTHS = (360, 1200)
PHONE = WIDTHS[0]
# A page of its own loads each page of the site in a frame of the width and writes down what it sees; the page
# itself forbids scripts, so it is looked at from outside.
LOOK = """<!doctype html><body><script>
const pages = %s, widths = %s, seen = [];
async function look(page, width) {
  const frame = document.createElement("iframe");
  frame.style.cssText = `border:0;height:900px;width:${width}px`;
  frame.src = page;
  document.body.append(frame);
  await new Promise(done => frame.onload = done);
  const doc = frame.contentDocument, root = doc.documentElement, view = frame.contentWindow;
  await new Promise(done => setTimeout(done, 200));
  doc.querySelectorAll("details").forEach(d => d.open = true);
  doc.querySelectorAll("img").forEach(i => i.loading = "eager");
  await Promise.all([...doc.images].map(i => i.decode().catch(() => 0)));
  const wide = [...doc.querySelectorAll("body *")].filter(e => !e.closest(".scroll, pre, .hidden, .skip, .crop")
    && e.getBoundingClientRect().right > width + 1).map(e => e.outerHTML.slice(0, 90));
  const text = [...doc.querySelectorAll("main p, main li")].map(e => parseFloat(view.getComputedStyle(e).fontSize));
  const line = [...doc.querySelectorAll("main p")].map(
    e => e.getBoundingClientRect().width / parseFloat(view.getComputedStyle(e).fontSize));
  seen.push({page, width, over: root.scrollWidth - width, wide: wide.slice(0, 3),
    broken: [...doc.images].filter(i => !i.complete || !i.naturalWidth).length,
    pictures: doc.images.length, sizes: [...doc.images].map(i => i.naturalWidth),
    smallest: Math.min(...text), ems: Math.max(0, ...line),
    styled: view.getComputedStyle(doc.body).marginTop === "0px"});
  frame.remove();
}
(async () => {
  for (const width of widths) for (const page of pages) await look(page, width);
  const out = document.createElement("pre");
  out.id = "seen";
  out.textContent = JSON.stringify(seen);
  document.body.append(out);
})();
</script>"""


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    words = {"report": "Does leadership go with provision in " + "a very long and winding title of a report " * 2}
    return small_site.build(small_project.build(tmp_path_factory.mktemp("project"), **words))


@pytest.fixture(scope="module")
def seen(site, tmp_path_factory) -> tuple[list[dict], str]:
    """What the browser saw of every page at every width, and what it wrote to its console."""
    pages = [path.relative_to(site).as_posix() for path in sorted(site.rglob("*.html"))]
    look = LOOK % (json.dumps(["/" + page for page in pages]), json.dumps(WIDTHS))

    class Handler(SimpleHTTPRequestHandler):
        def do_GET(self):
            if self.path != "/look":
                return super().do_GET()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            return self.wfile.write(look.encode())

        def log_message(self, *words):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/look"
    done = _chromium(tmp_path_factory.mktemp("profile"), "--virtual-time-budget=60000", "--dump-dom", address)
    server.shutdown()
    found = re.search(r'<pre id="seen">(.*?)</pre>', done.stdout, re.DOTALL)
    assert found, done.stderr[-2000:]
    return json.loads(unescape(found.group(1))), done.stderr


def _chromium(profile: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [
        *(CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--hide-scrollbars"),
        *(f"--user-data-dir={profile}", "--window-size=1400,1000", *words),
    ]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


def test_every_page_was_seen_at_every_width(site, seen):
    assert len(seen[0]) == len(WIDTHS) * len(list(site.rglob("*.html")))
    assert all(page["styled"] for page in seen[0])


def test_no_page_is_wider_than_the_screen(seen):
    assert [page for page in seen[0] if page["over"] > 0 or page["wide"]] == []


def test_every_picture_is_loaded(seen):
    assert [page for page in seen[0] if page["broken"]] == []
    assert any(page["pictures"] for page in seen[0])


def test_phones_get_the_narrow_pictures(seen):
    reports = {page["width"]: page for page in seen[0] if page["page"] == "/harbour/provision.html"}
    print(reports)
    assert max(reports[PHONE]["sizes"]) < 400 < min(reports[1200]["sizes"])


def test_text_is_large_enough_and_lines_are_short_enough(seen):
    assert min(page["smallest"] for page in seen[0] if page["smallest"] is not None) >= 14
    # 70 characters of the width of a 0 are at most 44 em in the faces in use.
    assert max(page["ems"] for page in seen[0]) <= 46


def test_the_console_is_silent(seen):
    assert [line for line in seen[1].splitlines() if "CONSOLE" in line] == []


def test_pages_open_from_the_disk_with_their_style(site, tmp_path):
    """No server: a reader opens the file. The style sheet and the pictures load all the same."""
    shot = tmp_path / "page.png"
    address = (site / "index.html").as_uri()
    done = _chromium(tmp_path / "profile", f"--screenshot={shot}", "--window-size=1200,400", address)
    assert [line for line in done.stderr.splitlines() if "CONSOLE" in line] == []
    from matplotlib.image import imread

    # The dark blue of the header's upper edge is there only if the style sheet was read.
    assert (imread(shot)[2, 600, :3] * 255).round().astype(int).tolist() == [0x12, 0x43, 0x6D]


def test_a_report_prints_whole(site, tmp_path):
    paper = tmp_path / "page.pdf"
    address = (site / "harbour/provision.html").as_uri()
    _chromium(tmp_path / "profile", f"--print-to-pdf={paper}", "--no-pdf-header-footer", address)
    content = paper.read_bytes()
    sizes = {tuple(round(float(x)) for x in box.split()) for box in re.findall(rb"/MediaBox \[([^\]]*)\]", content)}
    assert sizes and all(abs(w - 595) <= 1 and abs(h - 842) <= 1 for _, _, w, h in sizes)
