"""What the summaries on a console are made of."""

from __future__ import annotations

from io import TextIOWrapper

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from reports.text import visible


def prepare(console: Console) -> None:
    """Lets a terminal that lacks a character show its number."""
    if isinstance(console.file, TextIOWrapper):
        console.file.reconfigure(errors="backslashreplace")


def safe(text: str, style: str = "") -> Text:
    """A string of a record: no markup in it counts, and nothing in it moves the cursor."""
    return Text(visible(text), style)


def put(console: Console, text: Text) -> None:
    """Prints a line without breaks of our own, so that it can be copied whole."""
    console.print(text, soft_wrap=True)


def put_heading(console: Console, text: str) -> None:
    """Prints a heading after an empty line."""
    console.print()
    console.print(Text(text, "bold"))


def put_indented(console: Console, text: Text, by: int = 2) -> None:
    """Prints a text whose lines all begin so many columns to the right."""
    console.print(Padding(text, (0, 0, 0, by), expand=False))
