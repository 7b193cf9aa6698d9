"""Puts the JSON Schema files of a contract into its OpenAPI document."""

from __future__ import annotations

from typing import Any

SUFFIX = ".schema.json"


def _component(reference: str) -> str | None:
    """The component that a file reference stands for, with what follows the `#`."""
    file, _, fragment = reference.partition("#")
    name = file.rsplit("/", 1)[-1]
    if not name.endswith(SUFFIX):
        return None
    return f"#/components/schemas/{name.removesuffix(SUFFIX)}{fragment}"


def _rewrite(node: Any, home: str | None) -> Any:
    """`node` with file references turned into component references.

    `home` is the component that local references (`#/$defs/x`) belong to; None in the document itself.
    """
    if isinstance(node, list):
        return [_rewrite(item, home) for item in node]
    if not isinstance(node, dict):
        return node
    done: dict[str, Any] = {}
    for key, value in node.items():
        if key == "$ref" and isinstance(value, str):
            if value.startswith("#") and home is not None:
                done[key] = f"#/components/schemas/{home}{value[1:]}"
            else:
                done[key] = _component(value) or value
        elif home is not None and key in ("$id", "$schema"):
            continue
        else:
            done[key] = _rewrite(value, home)
    return done


def bundle(document: dict[str, Any], schemas: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """A self-contained OpenAPI document.

    Args:
        document: the OpenAPI document; refers to schemas as `schemas/<name>.schema.json`.
        schemas: the schemas by name; they become `components/schemas/<name>`.
    """
    bundled: dict[str, Any] = _rewrite(document, None)
    components = bundled.setdefault("components", {}).setdefault("schemas", {})
    for name, schema in schemas.items():
        components[name] = _rewrite(schema, name)
    return bundled
