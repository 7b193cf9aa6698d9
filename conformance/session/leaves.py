"""The values that a body holds, whatever it is written in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lxml import etree

from conformance.session.exchange import parse_json

Place = tuple[str | int, ...]


def leaves(body: bytes) -> Iterator[tuple[Place, str]]:
    """Each text and number in a JSON or XML body, with its place; nothing where the body is neither."""
    start = body.lstrip()[:1]
    if start == b"<":
        yield from _xml_leaves(body)
    elif start:
        try:
            yield from _json_leaves(parse_json(body), ())
        except (ValueError, RecursionError):
            return


def _json_leaves(value: Any, place: Place) -> Iterator[tuple[Place, str]]:
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _json_leaves(item, (*place, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _json_leaves(item, (*place, index))
    elif value is not None and not isinstance(value, bool):
        yield place, str(value)


def _xml_leaves(body: bytes) -> Iterator[tuple[Place, str]]:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        return
    tree = root.getroottree()
    for element in root.iter():
        if isinstance(element.tag, str):
            path = tree.getpath(element)
            for name, value in element.attrib.items():
                yield (path, str(name)), str(value)
            if element.text and element.text.strip():
                yield (path,), element.text.strip()
