"""Pictures show the figures of the scores and nothing else, whatever names they carry."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import vl_convert

from harness.errors import UserError
from harness.report.pictures import Picture, bundle, drawing, pictures, write
from harness.report.pictures.theme import theme

HOSTILE = "</script><b>'\"\\ ${x} datum['y'] [red] %s"

CURVE = {
    "majority": [0.6, 0.6, 0.7],
    "interval": [[0.5, 0.7], [0.5, 0.7], [0.61, 0.79]],
    "pass": [0.6, 0.8, 0.9],
}
BIN = {
    "low": 0.3,
    "high": 0.4,
    "problems": 4,
    "share": 1 / 3,
    "accuracy": 0.25,
    "interval": [0.05, 0.7],
}


def score(label: str, right: int = 28, task: str = "arithmetic", **changes: Any) -> dict[str, Any]:
    """A column of 40 problems, of two to five steps, the first of which are right."""
    problems = [f"p{number}" for number in range(40)]
    made = {
        "model": "reference",
        "task": task,
        "strategy": label,
        "label": label,
        "options": {},
        "run": "one",
        "problems": 40,
        "accuracy": right / 40,
        "interval": [right / 40 - 0.1, min(1, right / 40 + 0.1)],
        "unread": 1,
        "truncated": None,
        "ties": 0,
        "errors": 0,
        "generated_tokens": 400 + right,
        "seconds": 2.5,
        "credits": {problem: float(place < right) for place, problem in enumerate(problems)},
        "clusters": None,
        "tags": {problem: {"steps": 2 + place % 4} for place, problem in enumerate(problems)},
    }
    return made | changes


def voted(label: str = "self_consistency", **changes: Any) -> dict[str, Any]:
    """A column of three paths each."""
    more: dict[str, Any] = {
        "curve": CURVE,
        "paths": {"chains": 120, "least": 3, "most": 3},
        "calibration": {"ece": 0.123, "reliability": [BIN]},
    }
    return score(label, **more, **changes)


def revoted(**changes: Any) -> dict[str, Any]:
    """That column as if a rule had stopped it, as `harness.records.revoting` makes it."""
    made = {"of": "self_consistency", "by": "stop=adaptive", "curve": None}
    return voted() | made | {"label": "self_consistency [stop=adaptive]"} | changes


def named(made: tuple[Picture, ...]) -> dict[str, Picture]:
    return {picture.name: picture for picture in made}


def data(picture: Picture, panel: int = 0) -> list[dict[str, Any]]:
    values: list[dict[str, Any]] = picture.spec["concat"][panel]["data"]["values"]
    return values


def drawn(picture: Picture, capfd: pytest.CaptureFixture[str]) -> str:
    svg = vl_convert.vegalite_to_svg(
        dict(picture.spec), config=theme(dark=True), show_warnings=True, vl_version="6.4"
    )
    told = capfd.readouterr()
    assert told.err + told.out == "", picture.name
    return str(svg)


def test_every_picture_is_valid_and_draws_without_a_warning(
    capfd: pytest.CaptureFixture[str],
) -> None:
    stopped = revoted()
    made = named(pictures([score("chain_of_thought", 20), voted(), stopped]))
    assert list(made) == ["accuracy", "cost", "paths", "by-steps", "calibration", "doubts"]
    for picture in made.values():
        assert "self_consistency" in drawn(picture, capfd)


def test_accuracies_intervals_and_costs_are_those_of_the_scores() -> None:
    column = score("chain_of_thought", 28)
    made = named(pictures([column]))
    [datum] = data(made["accuracy"])
    assert datum["accuracy"] == column["accuracy"]
    assert [datum["low"], datum["high"]] == column["interval"]
    assert (datum["problems"], datum["baseline"]) == (40, True)
    tokens, seconds = (data(made["cost"], panel)[0] for panel in (0, 1))
    assert (tokens["cost"], seconds["cost"]) == (428 / 40, 2.5 / 40)


def test_energy_has_a_panel_where_it_was_measured() -> None:
    made = named(pictures([score("chain_of_thought", joules=80.0)]))
    assert data(made["cost"], 2)[0]["cost"] == 2.0


def test_a_front_is_marked_and_what_costs_nothing_is_left_out() -> None:
    made = named(
        pictures(
            [
                score("cheap", 10, generated_tokens=100),
                score("best", 30, generated_tokens=900),
                score("beaten", 20, generated_tokens=950),
                score("remembered", 20, generated_tokens=0),
                score("unknown", 20, generated_tokens=None),
            ]
        )
    )
    found = {one["name"]: one["front"] for one in data(made["cost"])}
    assert found == {"cheap": True, "best": True, "beaten": False}


def test_curves_are_those_of_the_scores_with_the_baseline_and_where_a_rule_stopped() -> None:
    chains = {"chains": 80, "least": 1, "most": 3}
    stopped = revoted(paths=chains)
    made = named(pictures([score("chain_of_thought", 20), voted(), stopped]))
    [panel] = made["paths"].spec["concat"]
    assert panel["title"]["subtitle"] == "self_consistency"
    rows = data(made["paths"])
    by = {
        kind: [(one["k"], one["accuracy"]) for one in rows if one["kind"] == kind]
        for kind in ("vote", "best", "greedy", "stop")
    }
    assert by == {
        "vote": [(1, 0.6), (2, 0.6), (3, 0.7)],
        "best": [(1, 0.6), (2, 0.8), (3, 0.9)],
        "greedy": [(1, 0.5)],
        "stop": [(2.0, 0.7)],
    }
    bounds = [[one["low"], one["high"]] for one in rows if one["kind"] == "vote"]
    assert bounds == CURVE["interval"]


def test_a_stop_stands_in_the_panel_of_its_own_run() -> None:
    stopped = revoted(run="two")
    made = named(pictures([voted(), voted(run="two"), stopped]))
    kinds = [{one["kind"] for one in data(made["paths"], panel)} for panel in (0, 1)]
    assert kinds == [{"vote", "best"}, {"vote", "best", "stop", "greedy"}]


def test_calibration_and_doubts_are_those_of_the_scores() -> None:
    made = named(pictures([voted(ties=7, errors=2)]))
    [datum] = data(made["calibration"])
    assert (datum["share"], datum["accuracy"], datum["problems"]) == (1 / 3, 0.25, 4)
    assert "ECE 0.123, n = 40" in made["calibration"].spec["concat"][0]["title"]["subtitle"]
    counts = {one["what"]: one["count"] for one in data(made["doubts"])}
    assert counts == {"errors": "2", "unread": "1", "truncated": "–", "ties": "7"}


def test_groups_are_shown_in_order_with_their_numbers_of_problems() -> None:
    made = named(pictures([score("chain_of_thought", 20)]))
    rows = data(made["by-steps"])
    assert [one["group"] for one in rows] == ["2 (10)", "3 (10)", "4 (10)", "5 (10)"]
    assert [one["accuracy"] for one in rows] == [0.5] * 4


def test_a_tag_of_many_texts_and_one_that_tells_nothing_apart_have_no_picture() -> None:
    tags = {f"p{number}": {"text": str(number), "same": 1} for number in range(40)}
    assert not [name for name in named(pictures([score("a", tags=tags)])) if "by" in name]


def test_names_stay_text(capfd: pytest.CaptureFixture[str]) -> None:
    tags = {f"p{number}": {HOSTILE: f"{HOSTILE}{number % 2}"} for number in range(40)}
    first, second = (
        voted(f"{HOSTILE}{number}", task=HOSTILE, model=HOSTILE, tags=tags) for number in range(2)
    )
    for picture in pictures([first, second], baseline=f"{HOSTILE}0"):
        assert "<b>" not in drawn(picture, capfd)
        assert "/" not in picture.name
        vega = vl_convert.vegalite_to_vega(dict(picture.spec), vl_version="6.4")
        for program in programs(vega):
            assert "script" not in program, picture.name


def programs(vega: Any, key: str = "") -> Iterator[str]:
    """The expressions in a Vega specification."""
    if isinstance(vega, dict):
        for name, one in vega.items():
            yield from programs(one, name)
    elif isinstance(vega, list):
        for one in vega:
            yield from programs(one, key)
    elif isinstance(vega, str) and key in {"expr", "signal", "update", "test", "init", "on"}:
        yield vega


def test_columns_with_nothing_in_them_have_no_pictures() -> None:
    nothing: dict[str, Any] = {"problems": 0, "accuracy": None, "interval": [None, None]}
    nothing |= {"unread": 0, "credits": {}, "tags": {}}
    assert pictures([]) == ()
    assert pictures([score("a", **nothing)]) == ()
    made = named(pictures([score("a", **nothing), score("b")]))
    assert [one["name"] for one in data(made["accuracy"])] == ["b"]


def test_older_scores_have_the_pictures_that_they_have_figures_for() -> None:
    older = score("a")
    for name in ("credits", "clusters", "tags", "unread", "truncated", "seconds"):
        del older[name]
    assert list(named(pictures([older]))) == ["accuracy", "cost"]


def test_a_baseline_that_is_none_is_told() -> None:
    with pytest.raises(UserError, match="no row is called 'b'"):
        pictures([score("a")], baseline="b")


def test_models_stand_before_the_names_of_their_rows() -> None:
    made = named(pictures([score("a"), score("a", model="other")]))
    assert [one["name"] for one in data(made["accuracy"])] == ["reference, a", "other, a"]


def test_very_many_panels_are_several_pictures_and_no_two_have_one_name() -> None:
    tags = {f"p{number}": {"a/b": number % 2, "a-b": number % 3} for number in range(40)}
    made = pictures([voted(task=f"task {number}", tags=tags) for number in range(25)])
    names = [picture.name for picture in made]
    assert len(set(names)) == len(names)
    assert [name for name in names if name.startswith("paths")] == ["paths-1", "paths-2"]
    panels = [len(one.spec["concat"]) for one in made if one.name.startswith("paths")]
    assert panels == [24, 1]


def test_files_are_written_as_png_and_svg(tmp_path: Path) -> None:
    [picture, *_] = pictures([score("a")])
    svg, png = write([picture], tmp_path / "new")
    assert (svg.name, png.name) == ("accuracy.svg", "accuracy.png")
    assert svg.read_text(encoding="utf-8").startswith("<svg")
    assert png.read_bytes().startswith(b"\x89PNG")


def test_the_bundle_stands_inside_a_page_and_asks_for_the_interpreter() -> None:
    made = bundle()
    assert "window.draw=" in made.replace(" ", "")
    assert "</script" not in made.lower()
    assert "ast:!0" in made.replace(" ", "") or "ast:true" in made.replace(" ", "")
    assert json.dumps(theme(dark=True)["style"]["dot"]["color"]) in made


def test_the_bundle_is_made_once_and_kept_for_other_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []

    def javascript_bundle(code: str) -> str:
        made.append(code)
        return code

    monkeypatch.setattr(vl_convert, "javascript_bundle", javascript_bundle)
    for folder, times in ((tmp_path / "cache", 1), (tmp_path / "no folder", 2)):
        (tmp_path / "no folder").write_text("a file, in which nothing can be kept")
        monkeypatch.setattr(drawing, "user_cache_path", lambda name, folder=folder: folder)
        made.clear()
        found = {bundle.__wrapped__(), bundle.__wrapped__()}
        assert (len(found), len(made)) == (1, times)
