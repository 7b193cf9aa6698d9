"""The same schema, loaded by libxml2: a second opinion."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import xmlschema
from lxml import etree

from strategies.xsd.errors import Unsupported

Schema = xmlschema.XMLSchema10 | xmlschema.XMLSchema11
_loaded: WeakKeyDictionary[Any, etree.XMLSchema | Unsupported] = WeakKeyDictionary()


def libxml2(schema: Schema) -> etree.XMLSchema:
    """The schema in libxml2; loaded once for each schema object.

    Raises:
        Unsupported: it does not load there: XSD 1.1, or something that libxml2 does not find or does not take.
    """
    if schema.xsd_version != "1.0":
        raise Unsupported(f"XSD {schema.xsd_version} for libxml2", str(schema.url or "the schema"))
    return of_any_version(schema)


def of_any_version(schema: Schema) -> etree.XMLSchema:
    """The schema in libxml2, though it may be of XSD 1.1: then libxml2 may refuse what is valid.

    Raises:
        Unsupported: it does not load there.
    """
    if schema not in _loaded:
        try:
            _loaded[schema] = _load(schema)
        except Unsupported as error:
            _loaded[schema] = error
    found = _loaded[schema]
    if isinstance(found, Unsupported):
        raise found
    return found


def _load(schema: Schema) -> etree.XMLSchema:
    try:
        if schema.url is None:
            return etree.XMLSchema(etree.fromstring(schema.get_text().encode()))
        try:
            return etree.XMLSchema(etree.parse(schema.url))
        except (etree.XMLSchemaParseError, OSError):  # what xmlschema found elsewhere is written beside it
            with tempfile.TemporaryDirectory() as folder:
                schema.export(folder, save_remote=True)
                return etree.XMLSchema(etree.parse(str(Path(folder) / Path(schema.url).name)))
    except (etree.LxmlError, OSError) as error:
        raise Unsupported(f"a schema that libxml2 does not load ({error})", str(schema.url)) from error
