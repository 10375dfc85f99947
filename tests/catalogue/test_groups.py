"""Groups of tasks: every member is a task, files of a folder are put in, and what is none is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness import KINDS, UserError
from harness.catalogue.finding import find, find_all, names
from harness.catalogue.groups import expanded, groups
from harness.catalogue.marks import marks
from harness.cli.listing import AREAS, task_groups, tasks
from harness.running.planning import prepared


@pytest.mark.parametrize("name", groups())
def test_every_member_of_a_group_is_a_task_and_is_there_once(name: str) -> None:
    labels = [found.label for found in find_all(f"@{name}", "task")]
    assert len(set(labels)) == len(labels) == len(groups()[name].tasks) > 1


def test_the_papers_groups_have_their_sets() -> None:
    sizes = {name: len(group.tasks) for name, group in groups().items()}
    assert sizes["chain_of_thought_paper"] == 8 + 4 + 6
    assert sizes["self_consistency_paper"] == 12 + 7
    assert sizes["ensembles_paper"] == 17
    assert sizes["bbh"] == 27


def test_a_group_is_run_like_its_members() -> None:
    chosen, _ = prepared("@endless", "chain_of_thought", 2, None, None)
    assert [one.task.name for one in chosen] == list(groups()["endless"].tasks)
    assert {len(one.problems) for one in chosen} == {2}


def test_files_of_a_folder_go_to_the_tasks_whose_names_they_bear(tmp_path: Path) -> None:
    for name in ("gsm8k.jsonl", "arc_easy.json", "hotpotqa.json", "navigate.json", "boolq.parquet"):
        (tmp_path / name).touch()
    specs = expanded(f"@ensembles_paper:files={tmp_path}")
    assert f"gsm8k:path={tmp_path}/gsm8k.jsonl" in specs
    assert f"arc:level=easy,path={tmp_path}/arc_easy.json" in specs
    assert f"hotpotqa:first=1000,path={tmp_path}/hotpotqa.json" in specs
    assert f"boolq:passage=yes,path={tmp_path}/boolq.parquet" in specs
    assert "arc" in specs
    assert f"bbh:name=navigate,path={tmp_path}/navigate.json" in expanded(f"@bbh:files={tmp_path}")


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("@arithmatic", "there is no group '@arithmatic' (did you mean 'arithmetic'?)"),
        ("@bbh:limit=3", "a group takes the option files alone, not limit"),
        ("@bbh:files=/nowhere/at/all", "files=/nowhere/at/all is no folder"),
    ],
)
def test_what_is_no_group_is_one_line(spec: str, said: str) -> None:
    with pytest.raises(UserError) as caught:
        find_all(spec, "task")
    assert said in str(caught.value)


@pytest.mark.parametrize("name", names("task"))
def test_every_task_says_its_area_answers_rows_and_licence(name: str) -> None:
    about = marks(find(name, "task").function)
    assert about["area"] in AREAS
    assert about["rows"]
    assert about["licence"]
    assert about["kind"] in (*KINDS, "of each task", "of the rows")


def test_tasks_stand_area_by_area_and_groups_tell_their_members() -> None:
    areas = [entry.family for entry in tasks()]
    assert areas == sorted(areas, key=AREAS.index)
    entries = {entry.name: entry for entry in task_groups()}
    assert "gsm8k svamp asdiv aqua" in entries["@arithmetic"].options
