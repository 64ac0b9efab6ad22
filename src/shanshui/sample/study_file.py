"""The text of the sample's study file."""

from pathlib import Path

from shanshui.sample.facts import filled

# A study file with blanks; what stands in braces of its own is doubled.
_TEMPLATE = Path(__file__).with_name("study_template.toml")


def study_text(size: int, seed: int) -> str:
    """Give the text of ``study.toml``.

    Parameters
    ----------
    size : cells a side
    seed : of the sample

    Returns
    -------
    str
        TOML with a comment on every key that does not speak for itself.
    """
    return filled(_TEMPLATE.read_text("utf-8"), size, seed)
