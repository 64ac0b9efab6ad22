"""The report: one HTML page that tells what a study found, in English or Chinese."""

from shanshui.report.page import report

__all__ = ["report"]
