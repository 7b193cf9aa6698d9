"""The XSDs of xsds.yaml."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from lxml import etree

HEAD = '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" elementFormDefault="qualified"'


def _whole(text: str) -> str:
    if text.startswith("<xs:schema"):
        return text.replace("<xs:schema", HEAD if "elementFormDefault" not in text else HEAD.rpartition(" ")[0], 1)
    return f"{HEAD}>{text}</xs:schema>"


_DATA: dict[str, Any] = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text())
XSDS = {name: _whole(text) for name, text in _DATA["xsd-1.0"].items()}
XSDS_11 = {name: _whole(text) for name, text in _DATA["xsd-1.1"].items()}
BEYOND = {name: (_whole(entry["xsd"]), entry["says"]) for name, entry in _DATA["beyond"].items()}


def libxml2(text: str) -> etree.XMLSchema:
    """The same schema for the second validator."""
    return etree.XMLSchema(etree.fromstring(text.encode()))
