"""`harness score` and `report`: what chains are worth, wherever they came from."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.errors import UserError

if TYPE_CHECKING:
    from harness.report.pictures import Picture
    from harness.running.run import Run


def shown(done: Run) -> None:
    """The answers of a run, its table, and where the rest of the report lies."""
    from harness.records.loading import read
    from harness.report.forms import terminal
    from harness.report.report import report as reported

    terminal.show(reported(read([done.directory])).drawn())
    _tell(done.directory, f"harness report {shlex.quote(str(done.directory))} --full")


def _tell(directory: Path | None, here: str) -> None:
    """Say where the whole report of a run lies, and what shows it in the terminal."""
    pages = [directory / f"report.{ending}" for ending in ("html", "md")] if directory else []
    click.echo("\nThe whole report:")
    for page in pages:
        if page.exists():
            click.echo(f"  {page}")
    click.echo(f"  {here}")


@click.command()
@click.argument(
    "files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="DIR")
@click.option("--kind", metavar="KIND", help="What all golds are; else a row's own, or a guess.")
@click.option("-m", "--model", metavar="NAME", help="The model of rows that name none. [FILE]")
@click.option("-t", "--task", metavar="NAME", help="The task of rows that name none. [FILE]")
@click.option("-s", "--strategy", metavar="NAME", default="scored", show_default=True)
@click.option(
    "--fields", metavar="GOLD=FIELD,...", help="Of rows in any other form, which is what."
)
@click.option("--strict", is_flag=True, help="One bad row, and nothing is written.")
def score(files: tuple[Path, ...], **settings: Any) -> None:
    """Score what others generated.

    Each FILE has rows {"gold": "18", "texts": ["...", ...]}, or is what another program logged:
    lm-evaluation-harness (samples_*.jsonl), Inspect (.eval or .json), lighteval (details_*.parquet),
    evalscope (reviews, predictions), NeMo-Skills (output-rs*.jsonl, all seeds together), OpenAI's evals
    and simple-evals, HELM (scenario_state.json), Every Eval Ever, or a samples.jsonl of ours. All are
    known by content, gzipped or not. They are read, voted on and reported like a run. Rows that cannot
    be scored are skipped and named.

    Any other JSON, JSONL, CSV, TSV or parquet is read with --fields, which says which field is what:
    gold, texts (a list, or one), id, question, choices, kind, tags, model, task, strategy, tokens,
    logprobs, finish. A path (choices.message.content) looks into objects and lists; a+b joins columns.

    \b
    harness score outputs.jsonl -o scored
    harness score samples_gsm8k_cot_2026-01-31T12-00-00.jsonl --kind number -m my-model
    harness score eval-results/gsm8k/output-rs*.jsonl
    harness score answers.csv --fields gold=target,texts=first+second,id=qid -t gsm8k
    """
    from harness.interop.scoring import score

    shown(score(files, **settings))


@click.command()
@click.argument(
    "directories", metavar="DIR...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option("--vote", "votes", multiple=True, metavar="RULE", help="Vote anew: weighted_sum ...")
@click.option("--stop", "stops", multiple=True, metavar="RULE", help="Had it stopped: adaptive ...")
@click.option("--baseline", metavar="STRATEGY", help="The row that others are held against.")
@click.option("--group-by", "by", multiple=True, metavar="TAG", help="Accuracy by tag: steps ...")
@click.option("--full", is_flag=True, help="All sections: differences, cost, certainty ...")
@click.option("--plots", type=click.Path(path_type=Path), metavar="FOLDER", help="Draw it there.")
@click.option("--csv", "form", flag_value="csv", help="One line per score, as CSV.")
@click.option("--json", "form", flag_value="json", help="The scores, as JSON.")
@click.option("--html", "form", flag_value="html", help="One page, with every problem in it.")
@click.option("--markdown", "form", flag_value="markdown", help="The report, as Markdown.")
@click.option("--latex", "form", flag_value="latex", help="The table, for a paper.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Write it there."
)
def report(
    directories: tuple[Path, ...],
    votes: tuple[str, ...],
    stops: tuple[str, ...],
    baseline: str | None,
    by: tuple[str, ...],
    full: bool,
    plots: Path | None,
    form: str | None,
    output: Path | None,
) -> None:
    """Put several runs into one report.

    The answer in a sentence, accuracies with intervals, and warnings; with --full, and in every file,
    also which differences are real, cost, what more paths bring, and how the chains were read.
    --vote and --stop decide the stored chains anew, with no model: by another rule of voting, or as
    if a stopping rule had ended the paths. --group-by adds the accuracy on problems with the same tag
    (or tags: steps,in_domain). --plots writes pictures, as PNG and SVG.

    \b
    harness report results/2026-01-31-reference-1 --full
    harness report results/2026-01-31-reference-1 --vote weighted_sum --stop adaptive
    harness report results/2026-01-31-reference-1 --group-by steps --plots pictures
    harness report results/*/ --csv -o all.csv
    harness report results/*/ -o all.html

    \b
    Rules of voting: majority first complexity weighted_sum weighted_average sample_and_rank
    confidence borda; options behind them, as in weighted_sum:normalised=no or first:k=5.
    Rules of stopping: adaptive window decided.
    """
    from harness.records.loading import finished, read
    from harness.records.revoting import revoted
    from harness.report.forms import terminal
    from harness.report.pictures import pictures
    from harness.report.report import report as reported
    from harness.report.writing import rendered

    scores = revoted(read(directories), votes=votes, stops=stops)
    for directory in directories:
        if not finished(directory):
            click.echo(f"harness: the run in {directory} is not finished; this is a part", err=True)
    if form is None and output is None:
        terminal.show(reported(scores, baseline=baseline, by=by).drawn(full=full))
        if not full:
            # the files of a run know nothing of what is asked here
            changed = votes or stops or baseline or by or len(directories) > 1
            _tell(None if changed else directories[0], "the same command with --full")
    else:
        text = rendered(scores, form or _form(output), baseline=baseline, by=by)
        _put(text, output)
    if plots:
        _draw(pictures(scores, baseline=baseline), plots)


def _draw(pictures: Sequence[Picture], folder: Path) -> None:
    from harness.report.pictures import write

    try:
        write(pictures, folder)
    except OSError as error:
        raise UserError(f"no pictures can be written to {folder}: {error.strerror}") from error
    names = ", ".join(picture.name for picture in pictures)
    click.echo(f"harness: {folder} has {names}, each as PNG and as SVG", err=True)


def _put(text: str, output: Path | None) -> None:
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UserError(f"the report cannot be written to {output}: {error.strerror}") from error
    click.echo(output)


def _form(output: Path | None) -> str:
    """The form of a report where none was named: what the file's name says."""
    suffix = output.suffix.lower() if output else ""
    return {".csv": "csv", ".json": "json", ".html": "html", ".htm": "html"}.get(suffix, "markdown")
