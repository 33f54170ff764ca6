"""Pages in a real browser: nothing wider than the screen, every picture loaded, the console silent, axe clean."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from helpers import browsing, small_project, small_site

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.skipif(browsing.CHROMIUM is None, reason="no chromium here: apt-get install chromium"),
]
WIDTHS = (360, 1200)
PHONE = WIDTHS[0]
SOURCES = ("source/index.html", "source/workflow/stemcareers/clean.py.html", "source/config/project.yaml.html")


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    words = {"report": "Does leadership go with provision in " + "a very long and winding title of a report " * 2}
    return small_site.build(small_project.build(tmp_path_factory.mktemp("project"), **words))


@pytest.fixture(scope="module")
def chromium():
    with browsing.browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def address(site):
    with browsing.served(site) as address:
        yield address


@pytest.fixture(scope="module")
def names(site) -> list[str]:
    """Every page, but of those with the text of a file, which are alike, the longest lines and the list."""
    every = [path.relative_to(site).as_posix() for path in sorted(site.rglob("*.html"))]
    return [name for name in every if not name.startswith("source/") or name in SOURCES]


@pytest.fixture(scope="module")
def seen(chromium, address, names) -> list[browsing.Seen]:
    """What the browser saw of every page at every width."""
    return [one for name in names for one in browsing.look(chromium, address, name, WIDTHS)]


@pytest.fixture
def page(chromium):
    page = browsing.tab(chromium, viewport={"width": 1200, "height": 900})
    page.said = []
    page.on("console", lambda message: page.said.append(message.text))
    page.on("pageerror", lambda error: page.said.append(str(error)))
    yield page
    page.close()


def test_every_page_was_seen_at_every_width(seen, names):
    assert [(one.page, one.width) for one in seen] == [(name, width) for name in names for width in WIDTHS]
    assert len(names) > 20
    assert all(one.looks["styled"] and one.looks["language"] == "en-GB" for one in seen)


def test_no_page_is_wider_than_the_screen(seen):
    assert [(one.page, one.width, one.looks) for one in seen if one.looks["over"] > 0 or one.looks["wide"]] == []


def test_every_picture_is_loaded_and_has_words(seen):
    assert [(one.page, one.width) for one in seen if one.looks["broken"] or one.looks["wordless"]] == []
    assert any(one.looks["sizes"] for one in seen)


def test_phones_get_the_narrow_pictures(seen):
    sizes = {one.width: one.looks["sizes"] for one in seen if one.page == "harbour/provision.html"}
    assert max(sizes[PHONE]) < 400 < min(sizes[1200])


def test_text_is_large_enough_and_lines_are_short_enough(seen):
    assert min(one.looks["smallest"] for one in seen) >= 14
    # 70 characters of the width of a 0 are at most 44 em in the faces in use.
    assert max(one.looks["ems"] for one in seen) <= 46


def test_the_console_is_silent_and_nothing_is_asked_of_others(seen):
    assert [(one.page, one.console, one.asked) for one in seen if one.console or one.asked] == []


def test_axe_finds_no_violation(seen):
    assert [(one.page, one.width, one.violations) for one in seen if one.violations] == []


def test_axe_would_find_one(chromium, site, tmp_path):
    """The check can fail: a picture without words, a skipped heading and pale text are found."""
    bad = '<html><body><h1>x</h1><h3>y</h3><img src="data:,"><p style="color:#bbb">pale</p></body></html>'
    (tmp_path / "bad.html").write_text(bad, encoding="utf-8")
    told = browsing.look(chromium, tmp_path.as_uri(), "bad.html", [1200])[0].violations
    assert {line.partition(":")[0] for line in told} >= {
        "image-alt",
        "color-contrast",
        "heading-order",
        "html-has-lang",
    }


@pytest.mark.parametrize("name", ["index.html", "harbour/lineage/adjusted.html", "harbour/waves/2024.html"])
def test_a_keyboard_reaches_everything_and_shows_where_it_is(page, address, name):
    page.goto(f"{address}/{name}")
    wanted, reached, unseen = browsing.tabbed(page)
    assert wanted == reached > 10
    assert unseen == []


def cells(page, place: int) -> list[str]:
    return page.locator("#flow ~ .scroll table tbody").first.locator(f"tr > :nth-child({place})").all_inner_texts()


@pytest.mark.parametrize("scheme", ["disk", "server"])
def test_tables_sort_by_mouse_and_keyboard(page, site, address, scheme):
    page.goto(f"{site.as_uri() if scheme == 'disk' else address}/harbour/waves/2024.html")
    table = page.locator("#flow ~ .scroll table").first
    heads = table.locator("thead th").all_inner_texts()
    place = next(i for i, head in enumerate(heads, start=1) if head.startswith("Number"))
    before = cells(page, place)
    button = table.get_by_role("button", name="Number")
    button.click()
    assert cells(page, place) == ["14", "22", "100", "1,188", "1,310", "w"]
    head = table.locator(f"thead th:nth-child({place})")
    assert head.get_attribute("aria-sort") == "ascending"
    assert page.get_by_role("status").first.inner_text() == "Sorted by Number, ascending"
    button.press("Enter")
    assert cells(page, place) == ["1,310", "1,188", "100", "22", "14", "w"]
    assert head.get_attribute("aria-sort") == "descending"
    button.press("Space")
    assert cells(page, place) == before and head.get_attribute("aria-sort") is None
    assert page.said == []


@pytest.mark.parametrize("scheme", ["disk", "server"])
def test_search_finds_and_leads_there(page, site, address, scheme):
    page.goto(f"{site.as_uri() if scheme == 'disk' else address}/search.html")
    field = page.get_by_label("Words to find")
    for words, kind, leads in (
        ("how far is there time", "Question", "harbour/dictionary.html#time"),
        ("Q3", "Question", "harbour/dictionary.html#time"),
        ("backing for stem", "Scale", "harbour/dictionary.html#backing"),
        ("provision explained", "Table", "harbour/provision.html#table-models"),
        ("guidance", "Estimate", "harbour/lineage/guidance.html#row-"),
        ("unadjusted", "Specification", "harbour/lineage/unadjusted.html"),
    ):
        field.fill(words)
        page.get_by_label("Of which kind").select_option(kind)
        link = page.locator("#results a").first
        assert leads in link.evaluate("a => a.href"), words
        assert re.fullmatch(r"\d+ results?", page.locator("#told").inner_text())
    field.fill("zzz")
    assert page.locator("#told").inner_text().startswith("Nothing found.")
    assert page.locator("#told").get_attribute("aria-live") == "polite"
    page.get_by_label("Of which kind").select_option("")
    field.fill("unadjusted")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/harbour/**")
    assert page.said == []


def test_without_scripts_search_says_what_to_do_and_tables_are_whole(chromium, site):
    context = chromium.new_context(java_script_enabled=False)
    page = browsing.tab(context)
    page.goto(f"{site.as_uri()}/search.html")
    said = page.locator("main").inner_text()
    assert "Search needs a script, which this browser does not run." in said
    assert not page.locator("#search").is_visible()
    page.goto(f"{site.as_uri()}/harbour/waves/2024.html")
    assert page.locator("table.sortable tbody tr").count() > 10 and page.locator("th button").count() == 0
    context.close()


def test_a_script_from_elsewhere_or_within_a_page_does_not_run(chromium, site, tmp_path):
    """The policy of a page with a script holds: what is not our own file does nothing, from a disk too."""
    text = (site / "search.html").read_text(encoding="utf-8")
    (site / "tried.html").write_text(
        text.replace("</body>", "<script>document.title = 'ran'</script></body>"), encoding="utf-8"
    )
    page = browsing.tab(chromium)
    page.goto(f"{site.as_uri()}/tried.html")
    (site / "tried.html").unlink()
    assert page.title().startswith("Search")
    assert page.locator("#search").is_visible()
    page.close()


def test_pages_open_from_the_disk_with_their_style(page, site):
    """No server: a reader opens the file. The style sheet and the pictures load all the same."""
    page.goto((site / "index.html").as_uri())
    colour = page.evaluate("getComputedStyle(document.querySelector('.site-header')).borderTopColor")
    assert colour == "rgb(18, 67, 109)"
    assert page.evaluate("[...document.images].every(i => i.complete && i.naturalWidth > 0)")
    assert page.said == []


def test_a_report_prints_whole(page, site, tmp_path):
    page.goto((site / "harbour/provision.html").as_uri())
    content = page.pdf(prefer_css_page_size=True)
    sizes = {tuple(round(float(x)) for x in box.split()) for box in re.findall(rb"/MediaBox \[([^\]]*)\]", content)}
    assert sizes and all(abs(w - 595) <= 1 and abs(h - 842) <= 1 for _, _, w, h in sizes)
    # As wide as the text of a page, 178 mm at 96 to the inch: no figure is wider, or higher than a page.
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 673, "height": 986})
    boxes = page.evaluate("[...document.querySelectorAll('.figure img')].map(i => i.getBoundingClientRect().toJSON())")
    assert boxes and all(0 < box["width"] <= 673 and box["height"] <= 986 for box in boxes)
    assert page.evaluate("document.documentElement.scrollWidth") <= 673
