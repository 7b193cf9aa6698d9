"""The same schema, loaded by libxml2: a second opinion."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urljoin
from weakref import WeakKeyDictionary

import xmlschema
from lxml import etree
from xmlschema.names import XSD_IMPORT, XSD_INCLUDE, XSD_REDEFINE

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
        except (etree.XMLSchemaParseError, OSError):
            with tempfile.TemporaryDirectory() as folder:
                return etree.XMLSchema(etree.parse(str(_gathered(schema, Path(folder)))))
    except (etree.LxmlError, OSError) as error:
        raise Unsupported(f"a schema that libxml2 does not load ({error})", str(schema.url)) from error


def _gathered(schema: Schema, folder: Path) -> Path:
    """Copies of all that xmlschema loaded, the locations of which libxml2 may not find or may not ask; the main one."""
    files = {one.url: folder / f"{number}.xsd" for number, one in enumerate(schema.maps.iter_schemas()) if one.url}
    of_space = {one.target_namespace: files[one.url] for one in schema.maps.iter_schemas() if one.url}
    for url, file in files.items():
        tree = etree.parse(url)
        for child in tree.getroot():
            location = child.get("schemaLocation", "")
            if child.tag == XSD_IMPORT:
                found = files.get(urljoin(url, location)) or of_space.get(child.get("namespace", ""))
            else:
                found = files.get(urljoin(url, location)) if child.tag in {XSD_INCLUDE, XSD_REDEFINE} else None
            if found is not None:
                child.set("schemaLocation", str(found))
        tree.write(str(file))
    return files[str(schema.url)]
