"""A sample study on a generated landscape, with the truth about what was planted in it."""

from shanshui.sample.write import write_sample

__all__ = ["write_sample"]
