"""One contract: its catalogue, its machine-readable specs and their validators."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from referencing import Registry, Resource

from specs.bundle import bundle
from specs.files import read_yaml
from specs.freedoms import meetings, registers
from specs.model import (
    AbsentOrNull,
    Breadth,
    Declarative,
    DocumentRef,
    Example,
    Freedom,
    Meeting,
    Operation,
    Reading,
    Requirement,
    StatusCode,
    TargetField,
)
from specs.validation import Validator


@dataclass(frozen=True, repr=False)
class Contract:
    """Everything that is known of one contract, read from `specs/<vendor>/`."""

    id: str
    vendor: str
    folder: Path
    title: str
    summary: str
    document: DocumentRef
    operations: Mapping[str, Operation]
    codes: Mapping[str, StatusCode]
    requirements: Mapping[str, Requirement]
    declarative: tuple[Declarative, ...]
    readings: Mapping[str, Reading]
    freedoms: Mapping[str, Freedom]
    absent_or_null: tuple[AbsentOrNull, ...]
    examples: tuple[Example, ...]
    credentials: Mapping[str, TargetField]
    data: Mapping[str, TargetField]
    breadth: Breadth

    __hash__ = object.__hash__

    def __repr__(self) -> str:
        return f"Contract({self.id!r})"

    def path(self, name: str) -> Path:
        """A file of this contract's folder.

        Raises:
            FileNotFoundError: there is no such file.
        """
        path = self.folder / name
        if not path.is_file():
            raise FileNotFoundError(path)
        return path

    @property
    def schema_names(self) -> tuple[str, ...]:
        """Names of the JSON Schemas of this contract."""
        return tuple(sorted(p.name.removesuffix(".schema.json") for p in (self.folder / "schemas").glob("*.json")))

    def schema(self, name: str) -> dict[str, Any]:
        """One JSON Schema (2020-12), as written."""
        loaded: dict[str, Any] = json.loads(self.path(f"schemas/{name}.schema.json").read_text("utf-8"))
        return loaded

    @property
    def meetings(self) -> tuple[Meeting, ...]:
        """The pairs of readings that speak about the same observation."""
        return meetings(self.readings)

    def contradiction(self, followed: Mapping[str, str]) -> str | None:
        """Why no implementation can follow these options together, or None where one can.

        Args:
            followed: reading to option; readings that are not named are not looked at.
        """
        for name, option_id in followed.items():
            for excluded in self.readings[name].excludes:
                if excluded.own == option_id and followed.get(excluded.reading) == excluded.option:
                    return f"{name}={option_id} excludes {excluded.reading}={excluded.option}: {excluded.because}"
        return None

    @cache  # noqa: B019 - contracts live as long as the process
    def registry(self) -> Registry[Any]:
        """All schemas of this contract, by their `$id`."""
        schemas = [self.schema(name) for name in self.schema_names]
        return Registry().with_resources([(s["$id"], Resource.from_contents(s)) for s in schemas])

    @cache  # noqa: B019
    def validator(self, name: str) -> Validator:
        """A validator of one schema, formats checked and references resolved."""
        return Validator(self.schema(name), self.registry())

    @cache  # noqa: B019
    def openapi(self) -> dict[str, Any]:
        """The OpenAPI 3.1 document with its schema files bundled in."""
        document, _ = read_yaml(self.path("openapi.yaml"))
        return bundle(document, {name: self.schema(name) for name in self.schema_names})

    @cache  # noqa: B019
    def digest(self) -> str:
        """SHA-256 over the names and bytes of every file that makes up this contract."""
        digest = hashlib.sha256()
        root = self.folder.parents[1]
        files = [p for p in self.folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts]
        for file in sorted([*files, self.folder.parent / "readings.yaml", *registers(root, self.vendor)]):
            digest.update(file.relative_to(root).as_posix().encode() + b"\0")
            digest.update(hashlib.sha256(file.read_bytes()).digest())
        return digest.hexdigest()
