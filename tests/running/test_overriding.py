"""What a run says about generation, in place of its strategies."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from harness import Problem, UserError, run, task
from harness.catalogue.finding import find
from harness.models.ledger import Ledger
from harness.models.scripted import Scripted
from harness.models.suggested import suggested
from harness.running.overriding import Overrides, Overriding

EXAMPLE = Problem("e", "1 + 1?", "2", "number", rationales=("1 + 1 = 2.",))


@task()
def one_sum() -> list[Problem]:
    """One sum."""
    return [Problem("sum", "2 + 3?", "5", "number")]


class Chatting(Scripted):
    """A scripted model that is asked in turns, and whose makers suggest something."""

    chat = True

    def suggested(self) -> dict[str, Any]:
        return {"temperature": 0.6, "top_p": 0.95}


def generation(folder: Path, *strategies: str, model: Scripted | None = None, **said: Any) -> Any:
    done = run(
        model=model or Scripted(lambda text: "The answer is 5."),
        tasks=one_sum,
        strategies=strategies,
        exemplars=[EXAMPLE],
        output=folder / "run",
        ledger=Ledger(),
        **said,
    )
    return json.loads((done.directory / "run.json").read_text())["generation"]


def test_settings_of_a_run_count_for_every_request(tmp_path: Path) -> None:
    said = {"temperature": 0.3, "repetition_penalty": 1.2}
    asked = generation(tmp_path, "chain_of_thought", "self_consistency:paths=2", generation=said)
    assert [(one["temperature"], one["repetition_penalty"]) for one in asked] == [(0.3, 1.2)] * 2


def test_what_a_spec_names_goes_before_what_the_run_says(tmp_path: Path) -> None:
    spec = "self_consistency:paths=2,temperature=0.7,max_tokens=9"
    [one] = generation(tmp_path, spec, generation={"temperature": 0.3, "top_p": 0.5}, max_tokens=77)
    assert (one["temperature"], one["top_p"], one["max_tokens"]) == (0.7, 0.5, 9)


def test_a_run_limits_the_chains_and_not_the_short_stages_behind_them(tmp_path: Path) -> None:
    first, second = generation(tmp_path, "zero_shot_chain_of_thought", max_tokens=77)
    assert (first["max_tokens"], second["max_tokens"]) == (77, 32)


def test_a_chat_model_has_room_to_end_its_turn(tmp_path: Path) -> None:
    chatting = Chatting(lambda text: "The answer is 5.")
    strategies = ("zero_shot", "self_consistency:paths=2", "standard:max_tokens=8")
    asked = generation(tmp_path, *strategies, model=chatting)
    assert [one["max_tokens"] for one in asked] == [512, 512, 8]


def test_the_makers_settings_are_taken_on_request(tmp_path: Path) -> None:
    chatting = Chatting(lambda text: "The answer is 5.")
    [ours] = generation(tmp_path / "ours", "chain_of_thought", model=chatting)
    assert (ours["temperature"], ours["top_p"]) == (0.0, 1.0)
    [theirs] = generation(
        tmp_path / "model",
        "chain_of_thought",
        model=chatting,
        generation_config="model",
        generation={"top_p": 0.8},
    )
    assert (theirs["temperature"], theirs["top_p"]) == (0.6, 0.8)


def test_a_search_is_left_alone() -> None:
    said: list[dict[str, Any]] = []

    class Noting:
        async def sample(self, prompt: str, *, n: int, first: int, **settings: Any) -> list[Any]:
            said.append(settings)
            return []

    model = Overriding(Noting(), {"temperature": 0.5})
    for settings in ({"beams": 2}, {"branching": True}, {"temperature": 0.0}):
        asyncio.run(model.sample("?", **settings))
    assert said == [{"beams": 2}, {"branching": True}, {"temperature": 0.5}]


def test_a_setting_with_which_paths_would_be_the_same_is_heard_before_the_run(
    tmp_path: Path,
) -> None:
    with pytest.raises(UserError, match="temperature 0 gives the same reply"):
        generation(tmp_path, "self_consistency:paths=2", generation={"temperature": 0.0})


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"settings": {"temprature": 1.0}}, "'temprature' is not known: use some of temperature"),
        ({"settings": {"top_p": 1.5}}, "top_p=1.5"),
        ({"settings": {"repetition_penalty": 0.0}}, "repetition_penalty=0.0: must be over 0"),
        ({"max_tokens": -1}, "max_tokens=-1"),
        ({"config": "theirs"}, "'theirs' is not known: use one of ours, model"),
    ],
)
def test_settings_that_make_no_sense_are_refused(said: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        Overrides(**said)


def test_a_limit_reaches_a_base_only_where_it_has_one(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text(
        "from harness import strategy\n\n\n@strategy\nasync def bare(problem, model):\n"
        '    """No limit."""\n    return []\n'
    )
    overrides = Overrides(max_tokens=50)
    bare = find(f"self_consistency:base={path}@bare", "strategy")
    assert overrides.limited(bare).options["max_tokens"] is None
    usual = find("self_consistency", "strategy")
    assert overrides.limited(usual).options["max_tokens"] == 50


@pytest.mark.parametrize(
    ("file", "settings"),
    [
        (
            {"do_sample": True, "temperature": 0.7, "top_k": 20, "repetition_penalty": 1.1},
            {"temperature": 0.7, "top_k": 20, "repetition_penalty": 1.1},
        ),
        ({"temperature": 0.7, "top_k": 50}, {}),
        ({"do_sample": True, "top_p": 0.9}, {"temperature": 1.0, "top_p": 0.9}),
        ({"suppress_tokens": [7, 9], "repetition_penalty": 1.0}, {"suppressed": (7, 9)}),
    ],
)
def test_a_models_own_file_suggests_this(file: dict[str, Any], settings: dict[str, Any]) -> None:
    assert suggested(file) == settings
