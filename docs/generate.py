"""Write the pages that follow from the code: quantities from the vocabulary, steps from their docstrings.

A hook of mkdocs. Nothing here is kept by hand, so a page cannot say what the code does not do.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

PROJECT = Path(__file__).parents[1]
TEMPLATE = PROJECT / "src" / "shanshui" / "study" / "template.toml"
TEMPLATE_MARK = "<!-- the commented template stands here -->"
BROUGHT = "What a study brings"
SHAPES = {
    "cell": "raster, made tile by tile",
    "cover": "which zones lie on a tile",
    "sums": "sums that add up over tiles",
    "table": "table",
    "vector": "map of points, lines or polygons",
}
MEASURES = {
    "class": "class (codes)",
    "intensive": "intensive (a density or state: averaged)",
    "extensive": "extensive (an amount: summed)",
}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the two generated pages."""
    found = load_catalogue()
    files.append(File.generated(config, "quantities.md", content=quantities_page(found)))
    files.append(File.generated(config, "steps.md", content=steps_page(found)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Put the commented template of the study file where its mark stands."""
    if TEMPLATE_MARK not in markdown:
        return markdown
    if not TEMPLATE.is_file():
        raise PluginError(f"{page.file.src_uri} shows {TEMPLATE.relative_to(PROJECT)}, which is not there")
    return markdown.replace(TEMPLATE_MARK, f"```toml\n{TEMPLATE.read_text('utf-8').strip()}\n```")


@cache
def load_catalogue() -> Any:
    """Return all words and all steps of the installed package."""
    from shanshui.chapters import catalogue

    return catalogue()


# ---------------------------------------------------------------------------------------------- quantities


def quantities_page(catalogue: Any) -> str:
    """List every quantity, by the file whose steps give it; first those that a study brings."""
    words = [word for word in catalogue.vocabulary.values() if not word.family]
    groups: dict[str, list[Any]] = {BROUGHT: []}
    for word in words:
        steps = [step for step in catalogue.steps if step.gives == word.name]
        groups.setdefault(place(steps[0]) if steps else BROUGHT, []).append(word)
    lines = [
        "# Quantities 量",
        "",
        f"The vocabulary has {len(words)} words. A parameter of a [step](steps.md) is one of these names.",
        "This page is written from the vocabulary files when the documentation is built.",
    ]
    for title, members in groups.items():
        if not members:
            continue
        lines += ["", f"## {title}", "", "| name | English | 中文 | unit | shape |", "|---|---|---|---|---|"]
        lines += [
            f"| {quantity_link(word.name, '')} | {cell(word.english)} | {cell(word.chinese)} | {unit(word)} "
            f"| {word.shape} |"
            for word in members
        ]
        for word in members:
            lines += ["", *quantity_entry(word, catalogue)]
    return "\n".join(lines) + "\n"


def quantity_entry(word: Any, catalogue: Any) -> list[str]:
    """Describe one quantity."""
    givers = [step for step in catalogue.steps if step.gives == word.name]
    takers = [step for step in catalogue.steps if word.name in step.inputs]
    facts = {"shape": SHAPES.get(word.shape, word.shape)}
    if word.shape in {"cell", "sums"}:
        facts |= {"unit": unit(word), "range": valid_range(word)}
    if word.measure in MEASURES:
        facts["measure"] = MEASURES[word.measure]
    facts["given by"] = linked_steps(givers) or "the study: its layers, tables, zones and grid"
    facts["taken by"] = linked_steps(takers) or "no step"
    if word.product:
        facts["product"] = "made by default"
    lines = [
        f"### {word.english} {word.chinese} {{ #{word.name} }}",
        "",
        f"`{word.name}`: {word.meaning} {word.meaning_zh}",
        "",
    ]
    lines += ["| | |", "|---|---|", *(f"| {key} | {value} |" for key, value in facts.items())]
    if word.columns:
        lines += ["", "| column | what stands in it |", "|---|---|"]
        lines += [f"| `{column}` | {cell(words)} |" for column, words in word.columns.items()]
    return lines


def unit(word: Any) -> str:
    """Return the unit as text; a code and a plain number have none."""
    if word.shape in {"table", "vector", "cover"}:
        return "see columns" if word.columns else ""
    if word.unit == "1":
        return "code" if word.measure == "class" else "1"
    return f"`{word.unit}`"


def valid_range(word: Any) -> str:
    """Return the range in which a value is valid, as text."""
    match word.minimum, word.maximum:
        case None, None:
            return "any"
        case low, None:
            return f"{low} or more"
        case None, high:
            return f"{high} or less"
        case low, high:
            return f"{low} to {high}"


# --------------------------------------------------------------------------------------------------- steps


def steps_page(catalogue: Any) -> str:
    """List every step, by file, with its signature and its docstring."""
    functions: dict[Any, list[Any]] = {}
    for step in catalogue.steps:
        functions.setdefault(step.function, []).append(step)
    groups: dict[str, list[list[Any]]] = {}
    for members in functions.values():
        groups.setdefault(place(members[0]), []).append(members)
    lines = [
        "# Steps 步骤",
        "",
        "A step is a plain function: its parameters are names of [quantities](quantities.md), and so are its wiring.",
        "Where several steps give one quantity, the study chooses one, or the first whose inputs exist is taken.",
        "This page is written from the functions and their docstrings when the documentation is built.",
    ]
    for title, groups_of_members in groups.items():
        lines += ["", f"## {title}", ""]
        module = groups_of_members[0][0].function.__module__
        lines.append(f"`{module.replace('.', '/')}.py`")
        for members in groups_of_members:
            lines += ["", *step_entry(members)]
    return "\n".join(lines) + "\n"


def step_entry(members: list[Any]) -> list[str]:
    """Describe one step, or one family of steps that share a function."""
    first = members[0]
    facts = {"gives": linked_quantities(step.gives for step in members)}
    if first.method:
        facts["method"] = f"`{first.method}`"
    facts["takes"] = linked_quantities(name for step in members for name in step.inputs) or "nothing"
    if first.parameters:
        facts["parameters"] = ", ".join(f"`{name}`" for name in first.parameters)
    if first.halo:
        facts["halo"] = f"{first.halo} cell{'s' if first.halo > 1 else ''} on each side"
    lines = [f"### {first.name} {{ #{anchor(first)} }}", "", "```python", signature(first.function), "```", ""]
    lines += ["| | |", "|---|---|", *(f"| {key} | {value} |" for key, value in facts.items()), ""]
    return lines + markdown_of(inspect.getdoc(first.function) or "")


def signature(function: Any) -> str:
    """Return a function's signature as it is written, without quotes around its types."""
    parts, keywords = [], False
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind is parameter.KEYWORD_ONLY and not keywords:
            parts.append("*")
            keywords = True
        typed = "" if parameter.annotation is parameter.empty else f": {written(parameter.annotation)}"
        default = "" if parameter.default is parameter.empty else f" = {parameter.default!r}"
        parts.append(name + typed + (default if typed else default.replace(" ", "")))
    returned = inspect.signature(function).return_annotation
    arrow = "" if returned is inspect.Signature.empty else f" -> {written(returned)}"
    line = f"def {function.__name__}({', '.join(parts)}){arrow}"
    if len(line) <= 100:
        return line
    return f"def {function.__name__}(\n" + "".join(f"    {part},\n" for part in parts) + f"){arrow}"


def written(annotation: Any) -> str:
    """Return a type as it is written in the source."""
    return annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)


def markdown_of(docstring: str) -> list[str]:
    """Turn a numpy docstring into Markdown."""
    parts = re.split(r"^(\w[\w ]*)\n-{3,}[ ]*$", docstring, flags=re.MULTILINE)
    lines = prose(parts[0])
    for title, body in zip(parts[1::2], parts[2::2], strict=True):
        lines += ["", f"**{title}**", ""]
        if title in {"Parameters", "Other Parameters", "Returns", "Yields", "Raises"}:
            lines += items(body)
        else:
            lines += prose(body)
    return lines


def prose(text: str) -> list[str]:
    """Keep text as it is; examples become code, and so do formulas after a double colon."""
    lines: list[str] = []
    example = False
    for line in text.strip("\n").splitlines():
        if line.startswith(">>>") and not example:
            lines += ["", "```pycon"]
            example = True
        elif not line.strip() and example:
            lines.append("```")
            example = False
        lines.append(line if example else re.sub(r"::$", ":", line))
    return [*lines, "```"] if example else lines


def items(text: str) -> list[str]:
    """Turn the entries `name : type` with indented words below them into a list."""
    entries: list[tuple[str, list[str]]] = []
    for line in text.strip("\n").splitlines():
        if line and not line[0].isspace():
            name, _, kind = line.partition(" : ")
            entries.append((f"- `{name.strip()}`" + (f" ({kind.strip()})" if kind else ""), []))
        elif line.strip() and entries:
            entries[-1][1].append(line.strip())
    return [": ".join(filter(None, (head, " ".join(words)))) for head, words in entries]


# --------------------------------------------------------------------------------------------------- links


def place(step: Any) -> str:
    """Return the file a step lives in, seen from the chapters: ``status/land``."""
    return step.function.__module__.removeprefix("shanshui.chapters.").replace(".", "/")


def anchor(step: Any) -> str:
    """Return where a step stands on its page."""
    return f"{place(step)}-{step.name}".replace("/", "-").replace("_", "-")


def quantity_link(name: str, page: str = "quantities.md") -> str:
    """Link to a quantity."""
    return f"[`{name}`]({page}#{name})"


def linked_quantities(names: Iterable[str]) -> str:
    """Link to quantities, each once."""
    return ", ".join(quantity_link(name) for name in dict.fromkeys(names))


def linked_steps(steps: Iterable[Any]) -> str:
    """Link to steps, each function once, with its method where it has one."""
    links = {
        anchor(step): f"[`{step.name}`](steps.md#{anchor(step)})" + (f" ({step.method})" if step.method else "")
        for step in steps
    }
    return ", ".join(links.values())


def cell(text: str) -> str:
    """Make text fit for a cell of a table."""
    return " ".join(text.split()).replace("|", "\\|")
