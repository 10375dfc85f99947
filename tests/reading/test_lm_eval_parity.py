"""Our reading as lm-evaluation-harness reads, beside that harness itself, text by text.

Skipped where it is not installed, unless LM_EVAL_REQUIRED is set; it is no dependency of ours. `make
test-parity` installs it in an environment beside ours and runs this file. The filters,
stop texts, golds and the metric are built by its own code from its own task files.
"""

from __future__ import annotations

import json
import os
import random
import re
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from harness.reading import lm_eval as ours
from harness.reading.kinds import KINDS

SHARED = Path(__file__).resolve().parents[3] / "shared"

pytestmark = pytest.mark.filterwarnings("default")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # what another package warns of at import is no fault of ours
    if os.environ.get("LM_EVAL_REQUIRED"):
        import lm_eval
    else:
        lm_eval = pytest.importorskip("lm_eval")
    from lm_eval.api.instance import Instance
    from lm_eval.api.task import ConfigurableTask
    from lm_eval.models.utils import postprocess_generated_text
    from lm_eval.tasks import TaskManager

TEXTS = 4000
PATHS = 64

ANNOUNCEMENTS = (
    "The answer is {}.", "The answer is {}", "The answer is ${}.", "The answer is {} dollars.",
    "So the answer is {}.", "The answer is **{}**.", "The answer is: {}.", "#### {}", "\\boxed{{{}}}",
    "Answer: {}", "She has {} left.", "The answer is {}.\n", "The answer is {}. The answer is 7.",
    "The answer is {}</s>", "The answer is {}.\n\nQ: 5 + 2?", "The answer is {}.<|im_end|>9",
    "The answer is\n{}.", "The answer  is {}.", "It is {}...", "The answer is {}%.",
)  # fmt: skip
STATEMENTS = (
    "There are {} boxes of {}.", "{} * {} = 42.", "So that is ${} each.\n", "On day {}, {} more came.",
    "It costs $0.{}.", "At {}:30 he left.", "{}/{} of them.", "That makes -{}.", "\n\n", "Q: And {}?",
    "A: {} of them. ", "Well ... ", "$. ",
)  # fmt: skip
PIECES = (
    "The answer is ", "the answer is ", "#### ", "Q:", "</s>", "<|im_end|>", "\n", "\n\n", " ", "-", "--", ".",
    "..", ",", "$", "$$", "0", "7", "18", "1,200", "1,200.50", ".5", "5.", "−3", "٣", "½", "１２", "x", "%",
    "[invalid]", "é", "\u2028", "\x85", "\ud800", "\0", "🍎", "9" * 300, "-.", ":", "/", "e5", "_", "\\", "\r",
    "\t", "\x0b",
)  # fmt: skip


def number(draw: random.Random) -> str:
    value = draw.choice((draw.randrange(20), draw.randrange(2000), draw.randrange(10**7)))
    return draw.choice(
        (str(value), f"{value:,}", f"-{value}", f"{value}.00", f"{value / 8}", f".{value}")
    )


def realistic(draw: random.Random) -> str:
    said = [*draw.choices(STATEMENTS, k=draw.randrange(6)), draw.choice(ANNOUNCEMENTS)]
    return " ".join(said).format(*(number(draw) for _ in range(20)))


def hostile(draw: random.Random) -> str:
    return "".join(draw.choices(PIECES, k=draw.randrange(24)))


def published() -> Iterator[str]:
    """The public corpus and the worked solutions of GSM8K, where they are."""
    for file, field in (
        ("answers/golden.jsonl", "text"),
        ("data/gsm8k/test.jsonl", "answer"),
        ("data/gsm8k/train.jsonl", "answer"),
    ):
        if (SHARED / file).exists():
            for line in (SHARED / file).read_text(encoding="utf-8").split("\n"):
                if line:
                    text = json.loads(line)[field]
                    yield text
                    yield text.replace("#### ", "The answer is ")


@pytest.fixture(scope="module")
def texts() -> list[str]:
    draw = random.Random(20)
    made = [make(draw) for _ in range(TEXTS // 2) for make in (realistic, hostile)]
    return [*made, *published()]


@pytest.fixture(scope="module")
def tasks() -> dict[str, Any]:
    """Its two tasks as it builds them of its task files, without the download of their problems."""
    import datasets

    document = {"question": "2 + 3?", "answer": "2 + 3 = 5\n#### 5"}
    data = datasets.DatasetDict(test=datasets.Dataset.from_list([document]))
    folder = Path(lm_eval.__file__).parent / "tasks" / "gsm8k"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        index = TaskManager(include_path=str(folder), include_defaults=False).task_index
        return {
            name: ConfigurableTask(config={**index[name].cfg, "custom_dataset": lambda **_: data})
            for name in ("gsm8k_cot", "gsm8k_cot_self_consistency")
        }


def theirs(task: Any, replies: Sequence[Sequence[str]]) -> list[dict[str, str]]:
    """What each of a task's filters makes of the replies to one problem after another.

    The replies are first cut at the task's stop texts, as its models cut what they generated.
    """
    stops = task.config.generation_kwargs["until"]
    task._instances = [
        Instance(
            "generate_until",
            doc={},
            arguments=("", {}),
            idx=0,
            resps=[postprocess_generated_text(text, stops, None) for text in paths],
        )
        for paths in replies
    ]
    task.apply_filters()
    return [instance.filtered_resps for instance in task._instances]


def test_there_are_texts_enough_of_every_sort(texts: list[str]) -> None:
    read = [ours.strict(text) for text in texts]
    assert len(set(texts)) >= 2000
    assert 0.1 < read.count(ours.INVALID) / len(read) < 0.9


def test_single_answers_are_read_as_its_filters_read_them(
    texts: list[str], tasks: dict[str, Any]
) -> None:
    for text, filtered in zip(
        texts, theirs(tasks["gsm8k_cot"], [[text] for text in texts]), strict=True
    ):
        read = {"strict-match": ours.strict(text), "flexible-extract": ours.flexible(text)}
        assert read == filtered, text


def test_sampled_answers_are_read_and_elected_as_its_filters_do(
    texts: list[str], tasks: dict[str, Any]
) -> None:
    draw = random.Random(8)
    replies = [[text, *draw.choices(texts, k=PATHS - 1)] for text in texts[::20]]
    # few answers that differ, so that the order decides among equals
    close = [
        [f"The answer is {number}." for number in draw.choices("1234", k=PATHS)] for _ in range(200)
    ]
    for paths, filtered in zip(
        [*replies, *close],
        theirs(tasks["gsm8k_cot_self_consistency"], [*replies, *close]),
        strict=True,
    ):
        read = [ours.sampled(text) for text in paths]
        assert filtered == {
            "score-first": read[0],
            "maj@64": ours.majority(read),
            "maj@8": ours.majority(read[:8]),
        }


def test_answers_are_right_where_its_metric_says_so(
    texts: list[str], tasks: dict[str, Any]
) -> None:
    task, draw, kind = tasks["gsm8k_cot"], random.Random(3), KINDS["number"]
    verdicts = []
    for text in texts[::5]:
        answer = draw.choice((ours.strict, ours.flexible))(text)
        near = answer.replace(",", "").strip("$.")
        # without NUL, which NumPy's texts, in which the metric compares, lose at their end
        any_text = hostile(draw).replace("\0", "")
        for gold in (draw.choice((near, f"${near}.")), number(draw), any_text):
            document = {"question": "", "answer": f"so it is\n#### {gold}"}
            verdict = task.process_results(document, [answer])["exact_match"]
            verdicts.append(verdict)
            # what it compares with is the gold as it cuts it out of the document
            assert ours.right(answer, task.doc_to_target(document)) == verdict, (answer, gold)
            normal = kind.normal(gold) if re.fullmatch(r"-?[1-9][0-9,]*", gold) else None
            if normal is not None:
                assert ours.right(answer, normal) == verdict, (answer, gold)
    assert 0.1 < sum(verdicts) / len(verdicts) < 0.9
