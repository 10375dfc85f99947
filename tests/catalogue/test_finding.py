"""Finding: names, files and functions become callables with options; errors teach."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest

from harness import Chain, Problem, UserError, members, strategy, task
from harness.catalogue.finding import find, find_all, names, single_chain
from harness.catalogue.marks import options

MINE = '''
"""A strategy and a task of somebody's own."""
from harness import Problem, strategy, task

@strategy
async def echo(problem, model, *, paths: int = 3, temperature: float = 0.5):
    """Says it again."""
    return []

@strategy
async def silence(problem, model):
    """Says nothing."""
    return []

@task(exemplars="mine.json", unlimited=True)
def sums(*, steps: str = "2", path: str | None = None):
    """Sums."""
    yield Problem("sums/0", "1 + 1?", "2", "number")

def plain(problem, model):
    return []
'''


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    path = tmp_path / "mine.py"
    path.write_text(MINE)
    return path


@strategy
async def settable(
    problem: Problem,
    model: Any,
    *,
    paths: int = 3,
    temperature: float = 0.7,
    greedy: bool = False,
    shots: int | None = None,
    steps: int | str = "any",
    output: Literal["sampled", "greedy"] = "sampled",
    stop: str = "Q:",
) -> list[Chain]:
    """Takes options of every type."""
    return []


@task()
def few(*, seed: int = 0) -> Iterator[Problem]:
    """A few problems."""
    yield Problem("few/0", "1 + 1?", "2", "number")


def test_built_in_names() -> None:
    assert "self_consistency" in names("strategy")
    assert {"arithmetic", "last_letter", "coin_flip"} <= set(names("task"))
    # modules that only serve others are no tasks
    assert not {"released", "streams"} & set(names("task"))


@pytest.mark.parametrize("wanted", ["task", "strategy"])
def test_every_built_in_can_be_found(wanted: str) -> None:
    for name in names(wanted):
        found = find(name, wanted)
        assert found.name == found.label == found.spec == name
        assert found.options == options(found.function)
        assert found.digest is None


def test_options_are_typed() -> None:
    found = find("self_consistency:paths=5,temperature=1", "strategy")
    assert found.options["paths"] == 5
    assert found.options["temperature"] == 1.0
    assert isinstance(found.options["temperature"], float)
    assert found.options["top_p"] == options(found.function)["top_p"]
    assert found.label == "self_consistency:paths=5,temperature=1.0"
    assert found.spec == "self_consistency:paths=5,temperature=1"


def test_an_option_at_its_default_is_the_same_column() -> None:
    default = options(find("self_consistency", "strategy").function)["paths"]
    assert find(f"self_consistency:paths={default}", "strategy").label == "self_consistency"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"paths": 7}, 7),
        ({"temperature": 1}, 1.0),
        ({"greedy": True}, True),
        ({"shots": None}, None),
        ({"shots": 4}, 4),
        ({"steps": 3}, 3),
        ({"output": "greedy"}, "greedy"),
    ],
)
def test_a_partial_gives_options(given: dict[str, Any], expected: Any) -> None:
    found = find(functools.partial(settable, **given), "strategy")
    (name,) = given
    assert found.options[name] == expected
    assert type(found.options[name]) is type(expected)
    assert found.digest  # whose source is not the harness's


def test_the_outer_partial_wins() -> None:
    inner = functools.partial(settable, paths=1, shots=2)
    found = find(functools.partial(inner, paths=9), "strategy")
    assert (found.options["paths"], found.options["shots"]) == (9, 2)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"paths": 2.5}, "takes a whole number, not 2.5"),
        ({"paths": True}, "takes a whole number"),
        ({"greedy": 1}, "takes true or false"),
        ({"output": "greed"}, "did you mean 'greedy'"),
        ({"path": 3}, "has no option 'path' .did you mean 'paths'"),
    ],
)
def test_a_wrong_value_is_told(given: dict[str, Any], told: str) -> None:
    with pytest.raises(UserError, match=told):
        find(functools.partial(settable, **given), "strategy")


def test_several_orders_are_as_many_columns() -> None:
    found = find_all("chain_of_thought:shots=4,orders=3", "strategy")
    assert [one.label for one in found] == [
        f"chain_of_thought:shots=4,order={number}" for number in range(3)
    ]
    partial = functools.partial(found[0].function, orders=3, shots=4)
    assert [one.options for one in find_all(partial, "strategy")] == [one.options for one in found]
    assert [one.label for one in find_all("standard", "strategy")] == ["standard"]


@pytest.mark.parametrize("options", ["orders=1", "orders=many", "orders=3,order=1"])
def test_orders_that_are_no_number_of_columns_are_told(options: str) -> None:
    with pytest.raises(UserError, match=r"orders=.* stands for that many columns"):
        find_all(f"chain_of_thought:{options}", "strategy")


def test_a_strategy_without_an_order_has_no_orders() -> None:
    with pytest.raises(UserError, match="zero_shot has no option 'orders'"):
        find_all("zero_shot:orders=3", "strategy")


def test_a_value_in_parentheses_may_hold_options_of_its_own() -> None:
    base = "(chain_of_thought:rationale=dots,annotator=B)"
    found = find(f"self_consistency:base={base},paths=3", "strategy")
    assert found.options["base"] == base
    assert found.options["paths"] == 3
    single_chain(base, shots=2)
    with pytest.raises(UserError, match="zero_shot has no option 'shots'"):
        single_chain("zero_shot", shots=2)


def test_members_are_joined_by_plus_and_stand_in_parentheses_where_they_have_several_options() -> (
    None
):
    of = "standard+(self_consistency:base=(chain_of_thought:annotator=B,shots=2),paths=3)+zero_shot"
    found = find(f"majority_of_strategies:of={of},each=strategy", "strategy")
    assert found.options == {"of": of, "each": "strategy"}
    assert members(of) == ["standard", of[len("standard+") : -len("+zero_shot")], "zero_shot"]
    assert find(members(of)[1], "strategy").options["paths"] == 3
    assert members("standard") == ["standard"]


def test_a_run_knows_the_files_that_its_members_come_from(mine: Path) -> None:
    spec = f"majority_of_strategies:of=standard+({mine}@echo:paths=2,temperature=1.0)"
    before = find(spec, "strategy").digest
    mine.write_text(MINE.replace("paths: int = 3", "paths: int = 4"))
    assert find(spec, "strategy").digest != before != find("standard", "strategy").digest


def test_a_file(mine: Path) -> None:
    found = find(f"{mine}@echo:paths=5", "strategy")
    assert found.name == "echo"
    assert found.options == {"paths": 5, "temperature": 0.5}
    assert found.label == "echo:paths=5"
    assert found.digest
    assert find(f"{mine}@echo", "strategy").function is found.function
    assert find(f"{mine}", "task").name == "sums"  # the only task in it needs no name
    assert find(f"{mine}:steps=4", "task").options["steps"] == "4"


def test_a_file_that_has_changed_is_read_again(mine: Path) -> None:
    before = find(f"{mine}@echo", "strategy")
    mine.write_text(MINE.replace("paths: int = 3", "paths: int = 4"))  # same size, same second
    after = find(f"{mine}@echo", "strategy")
    assert after.options["paths"] == 4
    assert after.digest != before.digest
    assert not (mine.parent / "__pycache__").exists()


def test_a_file_may_import_what_lies_beside_it(tmp_path: Path) -> None:
    (tmp_path / "beside_it.py").write_text("PATHS = 12\n")
    (tmp_path / "mine.py").write_text(
        "from harness import strategy\nfrom beside_it import PATHS\n\n"
        "@strategy\nasync def mine(problem, model, *, paths: int = PATHS):\n    return []\n"
    )
    assert find(f"{tmp_path}/mine.py", "strategy").options["paths"] == 12


def test_the_home_directory_is_known(mine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(mine.parent))
    assert find("~/mine.py@echo", "strategy").name == "echo"


def test_a_path_is_shortened_in_the_label(mine: Path) -> None:
    found = find(f"{mine}@sums:path=/a/long/way/rows.json,steps=3", "task")
    assert found.label == "sums:steps=3,path=rows.json"
    assert found.options["path"] == "/a/long/way/rows.json"
    assert not found.unlimited
    assert find(f"{mine}@sums", "task").unlimited


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        ("self_consistancy", "did you mean 'self_consistency'"),
        ("Self_Consistency", "did you mean 'self_consistency'"),
        ("arithmetic", "'arithmetic' is a task, not a strategy: give it with -t"),
        ("nothing_like_it_at_all", "there is no strategy 'nothing_like_it_at_all': `harness list"),
        ("", "there is no strategy ''"),
        ("os.path", "there is no strategy"),
        ("ensemble", "there is no strategy 'ensemble'"),
        ("self_consistency:path=5", "no option 'path' .did you mean 'paths'..: it takes paths"),
        ("self_consistency:paths=five", "'paths' of self_consistency takes a whole number, not"),
        ("self_consistency:paths=5,paths=6", "'paths' is given twice"),
        ("self_consistency:paths", "'paths' is no option: write NAME=VALUE"),
        ("self_consistency:temperature=nan", "takes a number, not 'nan'"),
        ("self_consistency:temperature=inf", "takes a number, not 'inf'"),
    ],
)
def test_what_is_not_there_is_told(spec: str, told: str) -> None:
    with pytest.raises(UserError, match=told):
        find(spec, "strategy")


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        ("{}@eco", "has no strategy 'eco' .did you mean 'echo'"),
        ("{}@sums", "'sums' in .* is a task: write @strategy"),
        ("{}@plain", "'plain' in .* is not marked: write @strategy .from harness. above it"),
        ("{}", "marks echo, silence: say which"),
        ("{}@silence:paths=3", "silence has no option 'paths': it takes none"),
        ("{}x.py", "there is no file"),
    ],
)
def test_what_a_file_does_not_have_is_told(mine: Path, spec: str, told: str) -> None:
    with pytest.raises(UserError, match=told):
        find(spec.format(mine), "strategy")


def test_a_misspelled_file_is_told(mine: Path) -> None:
    with pytest.raises(UserError, match=r"no file .*mime\.py .did you mean '.*mine\.py'"):
        find(f"{mine.parent}/mime.py@echo", "strategy")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("def broken(:", r"mine\.py cannot be loaded: SyntaxError"),
        (
            "import not_a_module_at_all",
            "ModuleNotFoundError: No module named 'not_a_module_at_all'",
        ),
        ("1 / 0", "ZeroDivisionError"),
        ("from harness import task\n@task\ndef f(): pass", "cannot be loaded: TypeError"),
    ],
)
def test_a_broken_file_is_told_each_time(mine: Path, text: str, told: str) -> None:
    mine.write_text(text)
    for _ in range(2):
        with pytest.raises(UserError, match=told):
            find(f"{mine}@echo", "strategy")


def test_what_is_no_marked_function_is_told() -> None:
    def unmarked() -> None:
        pass

    wrong: list[Any] = [unmarked, few, 3, functools.partial(print, 1), print]
    for thing in wrong:
        with pytest.raises(UserError):
            find(thing, "strategy")
    assert find(few, "task").name == "few"
    found = find(few, "task")
    assert find(found, "task") is found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("greedy=yes", True),
        ("greedy=False", False),
        ("shots=none", None),
        ("shots=4", 4),
        ("steps=3", 3),
        ("steps=3-5", "3-5"),
        ("output=greedy", "greedy"),
        ("stop=a,b c", "a,b c"),
        ("stop=", ""),
        ("stop=a=b", "a=b"),
    ],
)
def test_text_becomes_what_is_declared(tmp_path: Path, text: str, expected: Any) -> None:
    path = tmp_path / "typed.py"
    path.write_text(
        "from __future__ import annotations\nfrom typing import Literal\n"
        "from harness import strategy\n\n@strategy\n"
        "async def typed(problem, model, *, greedy: bool = False, shots: int | None = None,\n"
        "                steps: int | str = 'any', stop='Q:',\n"
        "                output: Literal['sampled', 'greedy'] = 'sampled'):\n    return []\n"
    )
    found = find(f"{path}:{text}", "strategy")
    assert found.options[text.partition("=")[0]] == expected
