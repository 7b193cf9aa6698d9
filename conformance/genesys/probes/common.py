"""What the probes share."""

from __future__ import annotations

from typing import Any

from conformance.genesys.driver import Driver
from conformance.genesys.finding import REFUSED
from conformance.genesys.wire import accepted, status
from conformance.judge import NotTested
from conformance.session.exchange import Exchange
from strategies.genesys import Extension, Field
from strategies.genesys.profiles import Members
from strategies.genesys.superset import extension_value, record, superset


def names(driver: Driver, count: int) -> list[str]:
    """Text attributes. Raises NotTested where there are fewer."""
    found = [a.name for a in driver.schema.texts]
    if len(found) < count:
        raise NotTested(f"the profile schema has fewer than {count} attributes of type string")
    return found[:count]


def pair(driver: Driver, *, several: bool) -> tuple[str, str]:
    """Two text attributes; the second one takes several values where that is asked for."""
    one, other = names(driver, 2)
    if not several:
        return one, other
    other = driver.lists[0]
    return next(name for name in names(driver, 2) if name != other), other


def word(driver: Driver) -> str:
    """A text that no profile has."""
    return driver.bench.fresh(6)


def words(driver: Driver, *attributes: str) -> Members:
    """A text for each attribute; and a value for every other one where updates have to name them all."""
    return {**filling(driver), **{name: word(driver) for name in attributes}}


def filling(driver: Driver) -> Members:
    """Every attribute, where updates may have to name them all; else nothing."""
    if not driver.whole:
        return {}
    return superset(driver.schema, word(driver), arrays=False, extensions=False)


def several(driver: Driver) -> Extension:
    """A multi-valued extension with records of its own. Raises NotTested."""
    found = [e for e in driver.schema.of_kind("multi-valued") if e.fields and not e.bare]
    if not found:
        raise NotTested("no extension schema is multi-valued")
    return next((e for e in found if e.unique), found[0])


def single(driver: Driver, least: int = 1) -> Extension:
    """A single-valued extension. Raises NotTested."""
    kinds = driver.schema.of_kind("single-valued")
    found = next((e for e in kinds if len(e.fields) >= least and not e.bare), None)
    if found is None:
        raise NotTested("no extension schema is single-valued")
    return found


def holding(driver: Driver, *extensions: Extension, mark: str = "") -> tuple[str, Members]:
    """A customer with one attribute and some extensions; also its attributes."""
    attributes = words(driver, *names(driver, 1))
    held = {e.name: extension_value(e, mark or word(driver)) for e in extensions}
    return driver.customer({**attributes, **held}), attributes


def with_field(driver: Driver, wanted: Any) -> tuple[Extension, Field]:
    """The first attribute of an extension for which `wanted` holds. Raises NotTested."""
    for extension in driver.schema.of_kind("single-valued", "multi-valued"):
        for field in extension.fields:
            if not extension.bare and wanted(extension, field):
                return extension, field
    raise NotTested("no extension schema has such an attribute")


def value_of(extension: Extension, content: Any) -> Any:
    """A record as the value of its extension."""
    return [content] if extension.kind == "multi-valued" else content


def one_record(extension: Extension, driver: Driver) -> Any:
    """A valid record with every attribute."""
    return record(extension, word(driver), 0)


def answered_400(exchange: Exchange) -> str | None:
    """The option `400` of a reading, if that is the status."""
    return "400" if status(exchange) == 400 else None


def refused_for_content(exchange: Exchange) -> str | None:
    """The option `400` of a reading of which no document names the status: any that says the content is at fault."""
    return "400" if status(exchange) in REFUSED else None


__all__ = [
    "accepted",
    "answered_400",
    "filling",
    "holding",
    "names",
    "one_record",
    "pair",
    "refused_for_content",
    "several",
    "single",
    "status",
    "value_of",
    "with_field",
    "word",
    "words",
]
