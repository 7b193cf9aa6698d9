"""What is said to let a requirement be tested names what a target file can have."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import conformance
import specs

HOME = Path(conformance.__file__).parent
NAMED = re.compile(r"`(\w+)(?: = \w+)?`")


def mends() -> Iterator[tuple[str, str]]:
    """What each NotTested says would help, with its place."""
    for path in sorted(HOME.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "NotTested" and len(node.args) > 1:
                yield f"{path.relative_to(HOME)}:{node.lineno}", ast.unparse(node.args[1])


def test_what_would_help_names_only_what_a_target_file_can_have() -> None:
    schema = json.loads((HOME / "target" / "target.schema.json").read_text("utf-8"))
    known = set(re.findall(r'"(\w+)": \{', json.dumps(schema)))
    for contract in specs.contracts().values():
        known |= {*contract.credentials, *contract.data}
    said = [(place, name) for place, mend in mends() for name in NAMED.findall(mend)]
    assert said
    assert [(place, name) for place, name in said if name not in known] == []
