"""Reads YAML and JSON data files and says where a mistake is."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

from specs.errors import Mistake, SpecError

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the same in C, where PyYAML has it
FORMATS = Path(__file__).parent / "formats"


def pointer(parts: Sequence[object]) -> str:
    """The JSON pointer (RFC 6901) of a path into a document."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


@cache
def format_validator(name: str) -> Draft202012Validator:
    """The validator of a data file format, by its name in `specs/formats/`."""
    schema = json.loads((FORMATS / f"{name}.schema.json").read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


class Lines:
    """Line numbers of the values of a YAML document, by JSON pointer."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def _lines(self) -> dict[str, int]:
        """Only a mistake needs them, and counting them takes longer than reading the file."""
        lines: dict[str, int] = {}
        node = yaml.compose(self._text, Loader=LOADER)
        if node is not None:
            self._walk(node, (), lines)
        return lines

    def _walk(self, node: yaml.Node, path: tuple[object, ...], lines: dict[str, int]) -> None:
        lines[pointer(path)] = node.start_mark.line + 1
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                self._walk(value, (*path, key.value), lines)
                lines[pointer((*path, key.value))] = key.start_mark.line + 1
        elif isinstance(node, yaml.SequenceNode):
            for index, value in enumerate(node.value):
                self._walk(value, (*path, index), lines)

    def of(self, path: Sequence[object]) -> int:
        """The line of a value, or of its nearest parent that the file has."""
        parts = tuple(path)
        while parts and pointer(parts) not in self._lines:
            parts = parts[:-1]
        return self._lines.get(pointer(parts), 0)


def read_yaml(path: Path) -> tuple[Any, Lines]:
    """The content of a YAML file and the lines of its values.

    Raises:
        SpecError: the file is missing, is not YAML, or has a key twice in one mapping.
    """
    try:
        text = path.read_text("utf-8")
        loader = LOADER(text)
        node = loader.get_single_node()
        repeated = [] if node is None else list(_repeated(node))
        if repeated:
            raise SpecError(
                [Mistake(path, key.start_mark.line + 1, "", f"the key {key.value!r} stands twice") for key in repeated]
            )
        return None if node is None else loader.construct_document(node), Lines(text)
    except OSError as error:
        raise SpecError([Mistake(path, 0, "", f"cannot be read: {error.strerror}")]) from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise SpecError([Mistake(path, line, "", f"not YAML: {error.problem}")]) from error


def _repeated(node: yaml.Node) -> Iterator[yaml.ScalarNode]:
    """The keys that stand in a mapping before; a reader of YAML would take the last value without a word."""
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    yield key
                seen.add(key.value)
            yield from _repeated(value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _repeated(item)


def load(path: Path, form: str) -> tuple[Any, Lines]:
    """The content of a data file, valid against its format.

    Args:
        path: the YAML file.
        form: the name of its format in `specs/formats/`.

    Raises:
        SpecError: with every mistake, its file and its line.
    """
    data, lines = read_yaml(path)
    errors = sorted(format_validator(form).iter_errors(data), key=lambda e: list(map(str, e.absolute_path)))
    if errors:
        raise SpecError([Mistake(path, lines.of(e.absolute_path), pointer(e.absolute_path), e.message) for e in errors])
    return data, lines
