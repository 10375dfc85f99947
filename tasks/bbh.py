"""BIG-Bench Hard (Suzgun et al., 2022, arXiv:2210.09261): 27 tasks on which models were once below people.

Source: github.com/suzgunmirac/BIG-Bench-Hard, MIT, a file for each task, {examples: [{input, target}]}. `name=`
takes one task; without it all 27 are asked, 6511 problems with a tag `task` to group by. `path=` is one file or
the folder of them. Three worked examples belong to each task, ours; the tasks with three, five and seven
objects share theirs. In three rows the options are torn at commas and the gold is a text: they keep their
options in the question and are answered in free words.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from harness import KINDS, Problem, UserError, task

from .bigbench import Divided, divided, release
from .options import posed
from .released import Row, catalogued, released

KIND_OF = {
    "boolean_expressions": "label", "causal_judgement": "yes_no", "date_understanding": "choice",
    "disambiguation_qa": "choice", "dyck_languages": "free", "formal_fallacies": "label",
    "geometric_shapes": "choice", "hyperbaton": "choice", "logical_deduction_five_objects": "choice",
    "logical_deduction_seven_objects": "choice", "logical_deduction_three_objects": "choice",
    "movie_recommendation": "choice", "multistep_arithmetic_two": "number", "navigate": "yes_no",
    "object_counting": "number", "penguins_in_a_table": "choice",
    "reasoning_about_colored_objects": "choice", "ruin_names": "choice",
    "salient_translation_error_detection": "choice", "snarks": "choice", "sports_understanding": "yes_no",
    "temporal_sequences": "choice", "tracking_shuffled_objects_five_objects": "choice",
    "tracking_shuffled_objects_seven_objects": "choice", "tracking_shuffled_objects_three_objects": "choice",
    "web_of_lies": "yes_no", "word_sorting": "free",
}  # fmt: skip
"""The kind of answer of each of the 27 tasks."""

LABELS = {"boolean_expressions": ("true", "false"), "formal_fallacies": ("valid", "invalid")}


@task(
    exemplars="bbh_{examples}",
    area="symbolic",
    kind="of each task",
    rows="6,511 in 27 tasks",
    licence="MIT",
)
def bbh(
    *, name: str = "all", path: str | None = None, revision: str | None = None
) -> Iterator[Problem]:
    """BIG-Bench Hard: 27 tasks, or one of them by its name."""
    file = Path(path) if path else None
    if name == "all" and file and file.stem in KIND_OF and not file.is_dir():
        name = file.stem
    if name != "all" and name not in KIND_OF:
        raise UserError(f"bbh: there is no task {name!r}: one of {', '.join(KIND_OF)}")
    return catalogued(_problems(list(KIND_OF) if name == "all" else [name], file, revision))


def _problems(names: list[str], file: Path | None, revision: str | None) -> Iterator[Problem]:
    for name in names:
        path = str(file / f"{name}.json" if file.is_dir() else file) if file else None
        for row in released(release(name, "bbh"), path, "test", revision):
            yield _problem(row, name)


def _problem(row: Row, name: str) -> Problem:
    identity, kind, parts = f"bbh/{name}/{row.index:04d}", KIND_OF[name], divided(row)
    tags = {"task": name, "examples": _family(name)}
    if kind == "choice" and KINDS["choice"].normal(row.text("target"), parts.lettered):
        return posed(row, identity, parts.question, parts.lettered, row["target"], tags)
    if kind == "choice":
        kind, parts = "free", Divided(row.text("input"), (), ())
    choices = LABELS.get(name, ())
    return Problem(
        id=identity,
        question=parts.question,
        answer=row.gold(row["target"], kind, choices),
        kind=kind,
        choices=choices,
        tags=tags,
    )


def _family(name: str) -> str:
    """The name without how many objects there are: such tasks share their examples."""
    for number in ("three", "five", "seven"):
        name = name.removesuffix(f"_{number}_objects")
    return name
