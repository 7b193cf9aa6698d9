"""What changed between runs: console, Markdown, HTML, and a history of many."""

from reports.compare.diff import Comparison, compare
from reports.compare.sources import JournalError, answers_of

__all__ = ["Comparison", "JournalError", "answers_of", "compare"]
