"""The command line. Heavy modules are imported where they are used, so that help comes at once."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from shanshui.base.errors import Problem, StudyError

if TYPE_CHECKING:
    from shanshui.study.study import Study

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
out = Console(soft_wrap=True, highlight=False, emoji=False)
err = Console(stderr=True, soft_wrap=True, highlight=False, emoji=False)

StudyArgument = Annotated[Path, typer.Argument(metavar="STUDY", help="The folder that holds study.toml.")]
ScenarioOption = Annotated[str | None, typer.Option("--scenario", help="A scenario of the study.")]
TrustOption = Annotated[bool, typer.Option("--trust", help="Use the study's own steps.py: code that will run.")]
LanguageOption = Annotated[str | None, typer.Option("--language", help="en or zh; the study's own by default.")]


def main() -> None:
    """Run the command line: problems become lines and exit code 2, never a traceback."""
    try:
        app()
    except StudyError as error:
        _print_problems(error.problems)
        sys.exit(2)
    except PermissionError as error:
        _print_problems(
            [Problem(str(error.filename), "cannot be written", "give another folder, or the right to write")]
        )
        sys.exit(2)
    except KeyboardInterrupt:
        err.print("stopped; what was finished stands, and the next run goes on from there")
        sys.exit(130)


@app.callback()
def about() -> None:
    """Shanshui (山水): from map layers and tables to the decisions that protect an ecological region."""


@app.command()
def sample(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where the study is written.")],
    size: Annotated[int, typer.Option(min=50, help="Cells a side.")] = 600,
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = 1,
) -> None:
    """Write a complete sample study: a generated landscape."""
    from shanshui.sample import write_sample

    _require_free(folder)
    with _progress() as progress:
        write_sample(folder, size, seed, progress.report)
    out.print(f"{folder}: a sample study. Next: shanshui run {folder}", markup=False)


@app.command()
def new(folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where the study is begun.")]) -> None:
    """Write an empty study.toml, every key commented."""
    template = Path(__file__).parent / "study" / "template.toml"
    _require_free(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "study.toml").write_text(template.read_text("utf-8"), "utf-8")
    except OSError as error:
        raise StudyError(Problem(str(folder), f"cannot be written ({error.strerror})", "give another folder")) from None
    out.print(f"{folder / 'study.toml'}: fill it in. Next: shanshui check {folder}", markup=False)


@app.command()
def check(study: StudyArgument, scenario: ScenarioOption = None, trust: TrustOption = False) -> None:
    """Look at every input, list every problem at once, write nothing; of a folder with pack.toml, at that rule pack."""
    if (study / "pack.toml").exists() and not (study / "study.toml").exists():
        _tell_problems(_check_pack(study))
        return
    with _opened(study, scenario, trust) as opened, _progress() as progress:
        problems = opened.check(progress)
    _tell_problems(problems)


def _check_pack(folder: Path) -> list[Problem]:
    from shanshui.policy.engine.books import read_rule_book
    from shanshui.policy.engine.checks import check_book

    try:
        return check_book(read_rule_book([str(folder.absolute())], key="pack"))
    except StudyError as error:
        return list(error.problems)


def _tell_problems(problems: list[Problem]) -> None:
    _print_problems(problems)
    errors = sum(problem.severity == "error" for problem in problems)
    if errors:
        err.print(f"{errors} problem{'s' if errors > 1 else ''}")
        raise typer.Exit(2)
    out.print("no problem found")


@app.command()
def run(
    study: StudyArgument,
    products: Annotated[
        list[str] | None, typer.Argument(metavar="[PRODUCT]...", help="All that can be made by default.")
    ] = None,
    scenario: ScenarioOption = None,
    trust: TrustOption = False,
    threads: Annotated[int, typer.Option(min=1, help="Tiles worked on at once; changes no byte.")] = 2,
    draws: Annotated[int, typer.Option(min=0, help="Draws of what is uncertain: mean and standard deviation.")] = 0,
    seed: Annotated[int | None, typer.Option(min=0, help="Of the draws, in place of the study's own.")] = None,
) -> None:
    """Make the products asked for, only what is stale."""
    with _opened(study, scenario, trust) as opened:
        if draws and not opened.uncertain:
            raise StudyError(Problem("uncertainty", "is empty: nothing is uncertain", "write [uncertainty.NAME]"))
        _run(opened, products or [], threads)
        if draws:
            _draw(opened, products or [], draws, seed, threads)


@app.command()
def show(
    study: StudyArgument,
    product: Annotated[
        str | None, typer.Argument(help="One quantity, or rules: the rule book; a list of all products by default.")
    ] = None,
    scenario: ScenarioOption = None,
    trust: TrustOption = False,
    language: LanguageOption = None,
) -> None:
    """Tell what there is: unit, formula, source, inputs, method, and why it would run or not.

    'shanshui show rules' gives the rule book of all ready packs, 'shanshui show STUDY rules' that of a study.
    """
    from shanshui.base.errors import did_you_mean

    _require_language(language)
    if str(study) == "rules" and product is None and not study.exists():
        from shanshui.policy.engine.books import read_rule_book

        _print_rules(read_rule_book(), language or "en")
        return

    from shanshui.study.telling import describe, standings

    with _opened(study, scenario, trust) as opened:
        if product == "rules" and product not in opened.catalogue.vocabulary:
            _print_rules(opened.decisions.book, language or opened.file.study.language)
            return
        if product is None:
            for standing in standings(opened):
                out.print(
                    f"{standing.name:<24} {standing.state:<11} {standing.english} {standing.chinese}", markup=False
                )
                for reason in standing.why:
                    out.print(f"{'':<24} - {reason}", markup=False)
            return
        if product not in opened.catalogue.vocabulary:
            raise StudyError(
                Problem(product, "is not in the vocabulary", did_you_mean(product, opened.catalogue.vocabulary))
            )
        _print_told(describe(opened, product))


@app.command()
def explain(
    study: StudyArgument,
    at: Annotated[
        str | None, typer.Option("--at", metavar="X,Y", help="A place: in the grid's CRS, or longitude,latitude.")
    ] = None,
    parcel: Annotated[
        str | None, typer.Option("--parcel", metavar="ID", help="A parcel: what it overlaps, what may be done there.")
    ] = None,
    activity: Annotated[
        str | None, typer.Option("--activity", metavar="CODE", help="The one that is decided on, as A5.")
    ] = None,
    industry: Annotated[
        str | None, typer.Option("--industry", metavar="CODE", help="Its industry, code of GB/T 4754.")
    ] = None,
    on: Annotated[
        str | None, typer.Option("--on", metavar="DATE", help="The day on which it is asked; today by default.")
    ] = None,
    facts: Annotated[
        list[str] | None, typer.Option("--fact", metavar="NAME=VALUE", help="What else is known; may be repeated.")
    ] = None,
    to: Annotated[
        Path | None, typer.Option("--to", metavar="FILE", help="Takes the decision: .html to print, .json its trace.")
    ] = None,
    language: LanguageOption = None,
    scenario: ScenarioOption = None,
    trust: TrustOption = False,
) -> None:
    """Tell everything known about one place, or decide whether an activity may take place on one parcel."""
    given = {"--activity": activity, "--industry": industry, "--on": on, "--fact": facts, "--to": to}
    _require_language(language)
    if (at is None) == (parcel is None):
        fault = "is missing, and so is --parcel" if at is None else "is given, and so is --parcel"
        raise StudyError(Problem("--at", fault, "give a place or a parcel"))
    if at is not None:
        odd = [name for name, value in given.items() if value]
        if odd:
            raise StudyError(Problem(name, "is for parcels", "give --parcel, or leave it out") for name in odd)
        _explain_place(study, at, scenario, trust)
        return
    assert parcel is not None
    if to is not None and activity is None:
        raise StudyError(Problem("--to", "takes a decision, and no activity is given", "give --activity"))
    if to is not None and to.suffix.lower() not in (".html", ".json"):
        raise StudyError(Problem("--to", f"{to.name!r} is neither .html nor .json", "give one of the two endings"))
    known = _facts(facts or [])
    with _opened(study, scenario, trust) as opened:
        words: Any = language or opened.file.study.language
        if activity is None:
            from shanshui.study.deciding import known_of_parcel
            from shanshui.study.decision_words import parcel_in_words

            decision, outcomes = known_of_parcel(opened, parcel, industry, on, known)
            told = parcel_in_words(decision, outcomes, words)
        else:
            from shanshui.study.decision_words import decision_in_words

            decision = opened.decide(parcel, activity, industry, on, known)
            told = decision_in_words(decision, words)
        _print_problems(opened.decisions.notes)
        _print_told(told)
        if to is not None:
            _write_decision(decision, to, words)


def _explain_place(study: Path, at: str, scenario: str | None, trust: bool) -> None:
    from shanshui.study.explain import explain_place

    try:
        x, y = (float(part) for part in at.split(","))
        if not math.isfinite(x) or not math.isfinite(y):
            raise ValueError
    except ValueError:
        raise StudyError(Problem("--at", f"{at!r} is no place", "write two numbers and a comma: X,Y")) from None
    with _opened(study, scenario, trust) as opened:
        _print_told(explain_place(opened, x, y))


def _facts(given: list[str]) -> dict[str, str]:
    """Read what is known, written as name=value."""
    facts: dict[str, str] = {}
    for text in given:
        name, sign, value = (part.strip() for part in text.partition("="))
        if not (name and sign and value):
            raise StudyError(Problem("--fact", f"{text!r} cannot be read", "write name=value"))
        if name in facts:
            raise StudyError(Problem("--fact", f"{name} is given twice", "give it once"))
        facts[name] = value
    return facts


def _write_decision(decision: Any, path: Path, language: Any) -> None:
    try:
        if path.suffix.lower() == ".html":
            from shanshui.report.decision_page import write_decision

            write_decision(decision, path, language)
        else:
            import json

            from shanshui.data.files import replacing
            from shanshui.policy.engine.trace import trace

            with replacing(path) as temporary:
                temporary.write_text(json.dumps(trace(decision), ensure_ascii=False, indent=2) + "\n", "utf-8")
    except OSError as error:
        raise StudyError(Problem("--to", f"{path} cannot be written ({error.strerror})", "give another file")) from None
    out.print(f"{path}: the decision", markup=False)


def _print_rules(book: Any, language: Any) -> None:
    from shanshui.policy.rules.book_text import told
    from shanshui.policy.rules.chapter_rules import told_chapter_rules

    for line in (*told(book, language), "", *told_chapter_rules(language)):
        out.print(line, markup=False)


@app.command()
def compare(
    first: Annotated[
        str, typer.Argument(metavar="FIRST", help="FOLDER of a study, or FOLDER@SCENARIO; a red line with --study.")
    ],
    second: Annotated[str, typer.Argument(metavar="SECOND", help="The same; @SCENARIO for one of the first's folder.")],
    products: Annotated[
        list[str] | None, typer.Argument(metavar="[PRODUCT]...", help="All that stand in either by default.")
    ] = None,
    to: Annotated[
        Path | None, typer.Option("--to", metavar="DIR", help="Takes each difference in full: tables and rasters.")
    ] = None,
    study: Annotated[
        str | None,
        typer.Option(
            "--study",
            metavar="STUDY",
            help="FIRST and SECOND are red lines, files of polygons: FOLDER or FOLDER@SCENARIO accounts for them.",
        ),
    ] = None,
    trust: TrustOption = False,
) -> None:
    """Put two studies, scenarios or red lines side by side: what differs, where, by how much."""
    from shanshui.data.vectors import VECTORS
    from shanshui.study.comparing import compare as compare_studies
    from shanshui.study.comparing import compare_lines

    if study is not None:
        if products:
            fault, mend = "two red lines are compared as they are", "leave it out, or leave --study out"
            raise StudyError(Problem(products[0], fault, mend))
        folder, _, scenario = study.partition("@")
        with _opened(Path(folder), scenario or None, trust) as one, _progress() as progress:
            differences = compare_lines(one, Path(first), Path(second), to, progress)
    else:
        drawn = [text for text in (first, second) if Path(text).suffix.lower() in VECTORS]
        if drawn:
            fault, mend = f"is missing, and {drawn[0]} is a file", "name the study that shall account for two red lines"
            raise StudyError(Problem("--study", fault, mend))
        folder, _, scenario = first.partition("@")
        other, _, other_scenario = second.partition("@")
        with (
            _opened(Path(folder), scenario or None, trust) as one,
            _opened(Path(other or folder), other_scenario or None, trust) as two,
            _progress() as progress,
        ):
            differences = compare_studies(one, two, products or [], to, progress)
    for found in differences:
        _print_told({found.name: "\n".join(found.told)})


@app.command()
def report(
    study: StudyArgument, language: LanguageOption = None, scenario: ScenarioOption = None, trust: TrustOption = False
) -> None:
    """Write the report: findings, tables, maps, charts, method, sources."""
    with _opened(study, scenario, trust) as opened:
        out.print(str(_report(opened, language)), markup=False)


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="Where the sample study is written.")] = Path("demo"),
    size: Annotated[int, typer.Option(min=50, help="Cells a side.")] = 600,
) -> None:
    """Sample, run and report in one go."""
    from shanshui.sample import write_sample

    if not (folder / "study.toml").exists():
        _require_free(folder)
        with _progress() as progress:
            write_sample(folder, size, 1, progress.report)
    with _opened(folder, None, False) as opened:
        _run(opened, [], 2)
        out.print(str(_report(opened, None)), markup=False)


class _Progress:
    """A bar: tiles done, rate, time left."""

    def __init__(self, bar: Any) -> None:
        self._bar = bar
        self._task: Any = None

    def start(self, tiles: int, words: str) -> None:
        if self._task is not None:
            self._bar.remove_task(self._task)
        self._task = self._bar.add_task(words if len(words) < 50 else words[:47] + "...", total=tiles)

    def advance(self) -> None:
        self._bar.advance(self._task)

    def report(self, done: int, total: int) -> None:
        """Take a count of what is done, as the sample gives it."""
        if self._task is None:
            self.start(total, "sample")
        self._bar.update(self._task, completed=done, total=total)


@contextmanager
def _progress() -> Iterator[_Progress]:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn, TimeRemainingColumn
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Any) -> Text:
            return Text(f"{task.speed:.1f} tiles/s" if task.speed else "")

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Rate(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        yield _Progress(bar)


@contextmanager
def _opened(folder: Path, scenario: str | None, trust: bool) -> Iterator[Study]:
    from shanshui.study.study import open_study

    with open_study(folder, scenario, trust) as study:
        yield study


def _run(study: Study, products: list[str], threads: int) -> None:
    from shanshui.study.plan import root_reasons

    with _progress() as progress:
        done = study.make(products, threads=threads, progress=progress)
    _print_problems((*study.inputs.notes, *study.decisions.notes))
    for raster in done.empty:
        err.print(f"note: {raster} has no value anywhere; see 'shanshui explain {study.folder} --at X,Y'", markup=False)
    # What is missing for the same reason is told in one line; `show` gives each one's whole chain.
    together: dict[tuple[str, ...], list[str]] = {}
    for name, reasons in done.skipped.items():
        together.setdefault(root_reasons(reasons), []).append(name)
    for roots, names in together.items():
        err.print(f"skipped {', '.join(names)}: {'; '.join(roots)}", markup=False)
    for name in done.made:
        out.print(f"made {name}")
    if not done.made:
        out.print(f"nothing to compute: all {len(done.fresh)} products are current")
    elif done.fresh:
        out.print(f"current already: {', '.join(done.fresh)}")


def _draw(study: Study, products: list[str], draws: int, seed: int | None, threads: int) -> None:
    with _progress() as progress:
        done = study.draw(products, draws=draws, seed=seed, threads=threads, progress=progress)
    if products:
        for name in done.skipped:
            err.print(f"note: {name} hangs on nothing uncertain and was not drawn", markup=False)
    for name in done.made:
        out.print(f"drew {name}")
    if not done.made:
        out.print(f"nothing to draw: the draws of all {len(done.fresh)} products are current")


def _report(study: Study, language: Any) -> Path:
    from shanshui.report import report as write_report

    _require_language(language)
    return write_report(study, language)


def _require_language(language: Any) -> None:
    if language not in (None, "en", "zh"):
        raise StudyError(Problem("--language", f"there is nothing in {language!r}", "give en or zh"))


def _require_free(folder: Path) -> None:
    if (folder / "study.toml").exists():
        raise StudyError(Problem(str(folder), "already holds a study", "give another folder"))


def _print_problems(problems: Any) -> None:
    for problem in problems:
        err.print(("note: " if problem.severity == "note" else "") + str(problem), markup=False)


def _print_told(told: dict[str, Any]) -> None:
    for heading, words in told.items():
        if isinstance(words, list):
            out.print(f"{heading}:", markup=False)
            for line in words:
                out.print(f"  {line}", markup=False)
        else:
            first, *more = str(words).splitlines() or [""]
            out.print(f"{heading}: {first}", markup=False)
            for line in more:
                out.print(f"  {line}", markup=False)
