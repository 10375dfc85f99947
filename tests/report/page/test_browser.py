"""The page in a browser: found, filtered and read by anyone, and nothing on it runs or is fetched."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from harness.problem import Problem
from harness.records.loading import read
from harness.records.record import stored
from harness.report.page import chains, page
from harness.report.report import report
from harness.report.writing import rendered

PROBLEMS = [
    Problem(
        f"sums/test/{number:04}",
        f"Nina has {number} apples and buys {number + 1} more. How many apples are there?",
        str(2 * number + 1),
        "number",
        tags={"steps": 1 + number % 3},
    )
    for number in range(60)
]


def said(answer: int) -> str:
    return f" Nina counts all of them. The answer is {answer}."


def greedy(number: int) -> Sequence[str]:
    return [said(2 * number + (0 if number % 4 == 3 else 1))]


def voted(number: int) -> Sequence[str] | Exception:
    if number == 7:
        return ["I cannot say.", "Nor can I."]
    if number == 8:
        return RuntimeError("out of memory")
    if number == 9:
        return [said(19), said(19), said(20), said(20)]
    if number == 10:
        return [said(21), said(20), said(22), said(23)]
    if number == 12:
        return [said(1), said(25), said(1)]
    return [said(2 * number + 1), said(2 * number + 1), said(5)]


@pytest.fixture(scope="module")
def run(written: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    numbers = range(len(PROBLEMS))
    return written(
        tmp_path_factory.mktemp("page") / "run",
        PROBLEMS,
        {
            "chain_of_thought": [greedy(number) for number in numbers],
            "self_consistency": [voted(number) for number in numbers],
        },
        finish=lambda text: "length" if "answer is 20." in text else "stop",
        command="harness run -t sums",
        seed=0,
    )


@pytest.fixture(scope="module")
def file(run: Path) -> Path:
    place = run / "report.html"
    place.write_text(rendered(read([run]), "html"), encoding="utf-8")
    return place


@pytest.fixture
def opened(browser: Any) -> Iterator[Callable[..., Any]]:
    """Opens a page, and fails where it asked the network for anything or complained."""
    contexts, complaints, requests = [], [], []

    def look(file: Path, anchor: str = "", **settings: Any) -> Any:
        context = browser.new_context(**{"viewport": {"width": 1200, "height": 900}, **settings})
        contexts.append(context)
        tab = context.new_page()
        tab.set_default_timeout(10_000)
        tab.on("console", lambda message: complaints.append(message.text))
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        tab.on("dialog", lambda dialog: complaints.append(dialog.message))
        tab.on("request", lambda request: requests.append(request.url))
        tab.goto(f"{file.as_uri()}{anchor}")
        tab.wait_for_selector("#list tbody tr", state="attached")
        return tab

    yield look
    for context in contexts:
        context.close()
    assert complaints == []
    assert [url for url in requests if not url.startswith("file:")] == []


def rows(tab: Any) -> list[str]:
    found: list[str] = tab.locator("#list tbody th").all_inner_texts()
    return found


def show(tab: Any, what: str, first: str = "", second: str = "") -> None:
    tab.select_option("[name=show]", what)
    if first:
        tab.select_option("[name=first]", label=first)
    if second:
        tab.select_option("[name=second]", label=second)


def test_the_answer_comes_first_and_the_pictures_are_drawn(
    opened: Callable[..., Any], file: Path
) -> None:
    tab = opened(file)
    assert "chain_of_thought" in tab.locator(".headline").first.inner_text()
    assert tab.locator(".main tbody tr").count() == 2
    tab.wait_for_selector(".drawing[data-drawn] svg")
    tab.locator("details.data summary").first.click()
    assert "self_consistency" in tab.locator("details.data table").first.inner_text()


def test_problems_are_paged_searched_and_sorted(opened: Callable[..., Any], file: Path) -> None:
    tab = opened(file)
    assert len(rows(tab)) == 25
    tab.get_by_role("button", name="Next →").first.click()
    assert rows(tab)[0] == "sums/test/0025"
    tab.fill("[name=search]", "nina has 42 ")
    assert rows(tab) == ["sums/test/0042"]
    assert tab.locator("#count").inner_text() == "1 of 60 problems"
    tab.fill("[name=search]", "")
    tab.locator("#list thead button", has_text="gold").click()
    tab.locator("#list thead button", has_text="gold").click()
    assert rows(tab)[0] == "sums/test/0059"
    assert tab.locator("#list th[aria-sort=descending]").inner_text().startswith("gold")


@pytest.mark.parametrize(
    ("what", "first", "second", "numbers"),
    [
        ("flips", "self_consistency", "chain_of_thought", [3, 11, 15]),
        ("flips", "chain_of_thought", "self_consistency", [12]),
        ("unread", "", "", [7]),
        ("truncated", "", "", [9, 10]),
        ("ties", "", "", [9, 10]),
        ("low", "", "", [7, 9, 10]),
        ("errors", "self_consistency", "", [8]),
        ("wrong", "chain_of_thought", "", [3, 7, 11]),
    ],
)
def test_problems_are_filtered_by_what_became_of_them(
    opened: Callable[..., Any],
    file: Path,
    what: str,
    first: str,
    second: str,
    numbers: Sequence[int],
) -> None:
    tab = opened(file)
    show(tab, what, first, second)
    found = [int(row[-4:]) for row in rows(tab)]
    assert found[: len(numbers)] == numbers
    assert len(found) == len(numbers) or what in ("flips", "wrong")


def test_a_link_opens_a_problem_with_its_chains_by_answer(
    opened: Callable[..., Any], file: Path
) -> None:
    tab = opened(file, "#sums/test/0010")
    tab.wait_for_selector("dialog[open] .chain")
    assert tab.locator("#one-title bdi").inner_text() == "sums/test/0010"
    assert "10 apples" in tab.locator(".asked").inner_text()
    groups = tab.locator(".strategy[open] .group")
    assert groups.count() == 4
    assert groups.first.locator("h4").inner_text().split()[0] == "21"
    assert groups.first.locator("mark").inner_text() == "The answer is 21."
    assert "cut off" in groups.nth(1).inner_text()


def test_an_error_and_a_silence_are_told(opened: Callable[..., Any], file: Path) -> None:
    tab = opened(file, "#sums/test/0008")
    assert "out of memory" in tab.locator("dialog .chains .warning").inner_text()
    tab.locator("#previous").click()
    tab.wait_for_selector("dialog[open] .chain")
    assert "no answer could be read" in tab.locator("dialog .group h4").inner_text()
    assert tab.url.endswith("#sums/test/0007")


def test_colours_follow_the_system_and_the_button(opened: Callable[..., Any], file: Path) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    light = opened(file, color_scheme="light").evaluate(ground)
    tab = opened(file, color_scheme="dark")
    dark = tab.evaluate(ground)
    assert light != dark
    tab.locator("#theme").click()
    assert tab.evaluate(ground) == light
    tab.locator("#theme").click()
    assert tab.evaluate(ground) == dark


def test_all_of_it_works_with_the_keyboard_alone(opened: Callable[..., Any], file: Path) -> None:
    tab = opened(file)
    active = "document.activeElement"
    tab.keyboard.press("Tab")
    assert tab.evaluate(f"{active}.textContent") == "To the answer"
    for _ in range(30):
        tab.keyboard.press("Tab")
        if tab.evaluate(f"{active}.name") == "search":
            break
    tab.keyboard.type("0033")
    for _ in range(12):
        tab.keyboard.press("Tab")
        if tab.evaluate(f"{active}.tagName") == "A":
            break
    tab.keyboard.press("Enter")
    tab.wait_for_selector("dialog[open] .chain")
    tab.keyboard.press("Escape")
    tab.wait_for_selector("dialog:not([open])", state="attached")
    assert tab.evaluate(f"{active}.textContent") == "sums/test/0033"


def test_arrows_turn_the_problems_of_a_filter(opened: Callable[..., Any], file: Path) -> None:
    tab = opened(file)
    show(tab, "flips", "self_consistency", "chain_of_thought")
    tab.locator("#list tbody a").first.click()
    tab.wait_for_selector("dialog[open] .chain")
    tab.keyboard.press("ArrowRight")
    assert tab.locator("#one-title bdi").inner_text() == "sums/test/0011"
    assert tab.locator(".strategy[open]").count() == 2


@pytest.mark.parametrize("width", [400, 1900])
def test_it_fits_a_telephone_and_a_wide_screen(
    opened: Callable[..., Any], file: Path, width: int
) -> None:
    tab = opened(file, viewport={"width": width, "height": 800})
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    tab.locator("#list tbody a").first.click()
    tab.wait_for_selector("dialog[open] .chain")
    assert tab.evaluate("document.querySelector('dialog').scrollWidth") <= width


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_axe_finds_no_serious_fault(opened: Callable[..., Any], file: Path, colours: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    tab = opened(file, color_scheme=colours)
    tab.wait_for_selector(".drawing[data-drawn]")
    found = Axe().run(tab).response["violations"]
    tab.locator("#list tbody a").nth(9).click()
    tab.wait_for_selector("dialog[open] .chain")
    found += Axe().run(tab).response["violations"]
    grave = [one for one in found if one["impact"] in ("serious", "critical")]
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in grave] == []


TRAP = (
    "</script><script>alert(1)</script><!-- <img src=x onerror=alert(2)><svg onload=alert(3)>"
    "<b>bold</b> {{ 7 * 7 }} &lt;i&gt; \u202eevil\u2066 \ud800"
)


def test_what_a_model_or_a_data_set_wrote_stays_text(
    opened: Callable[..., Any], written: Callable[..., Path], tmp_path: Path
) -> None:
    problems = [
        Problem(f"a/{TRAP}", f"{TRAP} 2 + 3?", TRAP, "label", (), tags={f"t{TRAP}": TRAP}),
        Problem("b", "x" * 1_000_000, "5", "number"),
    ]
    texts = [[TRAP, f"The answer is {TRAP}."], ["y" * 1_000_000 + " The answer is 5."]]
    run = written(
        tmp_path / "run",
        problems,
        {TRAP: texts, "plain": [RuntimeError(TRAP), ["5"]]},
        model=TRAP,
        task=TRAP,
        command=TRAP,
        models=[{"name": TRAP}],
    )
    file = run / "report.html"
    file.write_text(rendered(read([run]), "html"), encoding="utf-8")
    tab = opened(file)
    tab.wait_for_selector(".drawing[data-drawn]")
    tab.locator("details.data summary").first.click()
    for number in range(2):
        tab.locator("#list tbody a").nth(number).click()
        for summary in tab.locator("dialog[open] .strategy:not([open]) summary").all():
            summary.click()
        tab.wait_for_selector("dialog[open] .chain")
        tab.keyboard.press("Escape")
    assert tab.locator("img, svg[onload], main b, dialog b, dialog i").count() == 0
    tab.locator("#list tbody a").first.click()
    asked = tab.locator(".asked").inner_text()
    assert "<b>bold</b> {{ 7 * 7 }} &lt;i&gt;" in asked
    assert "U+202E" in asked
    assert "\u202e" not in tab.locator("body").inner_text()


def test_a_long_line_is_cut_and_shown_whole_when_asked(
    opened: Callable[..., Any], written: Callable[..., Path], tmp_path: Path
) -> None:
    problem = Problem("b", "x" * 1_000_000, "5", "number")
    run = written(tmp_path / "run", [problem], {"plain": [["5"]]})
    file = run / "report.html"
    file.write_text(rendered(read([run]), "html"), encoding="utf-8")
    tab = opened(file, "#b")
    assert len(tab.locator(".asked").inner_text()) < 10_000
    tab.locator(".asked .all").click()
    assert tab.evaluate("document.querySelector('.asked').textContent.length") == 1_000_000


def test_chains_that_do_not_fit_are_left_out_and_counted(
    opened: Callable[..., Any], run: Path, tmp_path: Path
) -> None:
    scores = read([run])
    file = tmp_path / "report.html"
    file.write_text(page(report(scores), scores, budget=1_500), encoding="utf-8")
    tab = opened(file, "#sums/test/0010")
    tab.wait_for_selector("dialog[open] .chain")
    assert "1 of 4 chains are in this page" in tab.locator(".chains .note").inner_text()
    assert "harness view" in tab.locator("#problems > .note").first.inner_text()


def test_with_a_source_chains_are_asked_for_when_a_problem_is_opened(
    browser: Any, run: Path
) -> None:
    scores = read([run])
    text = page(report(scores), scores, source="/chains")
    asked = []

    def answer(route: Any) -> None:
        url = urlsplit(route.request.url)
        if url.path != "/chains":
            route.fulfill(body=text, content_type="text/html; charset=utf-8")
            return
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        asked.append(query)
        column = scores[int(query["column"])]
        [found] = [
            one
            for one in stored(run)
            if (one["strategy"], one["problem"]) == (column["strategy"], query["problem"])
        ]
        route.fulfill(body=json.dumps(chains(found)), content_type="application/json")

    context = browser.new_context()
    context.route("http://report.test/**", answer)
    tab = context.new_page()
    tab.goto("http://report.test/#sums/test/0010")
    tab.wait_for_selector("dialog[open] .chain")
    assert tab.locator(".strategy[open] .chain").count() == 4
    assert asked == [{"column": "1", "problem": "sums/test/0010"}]
    context.close()
