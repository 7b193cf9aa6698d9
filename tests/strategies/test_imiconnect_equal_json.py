"""JSON written in other ways is the same JSON."""

from __future__ import annotations

import json

import pytest

from strategies.imiconnect.equal_json import STYLES, Style, written

VALUE = {
    "Records": [{"customerId": "a/b-1", "Attributes": {"name": 'caf\u00e9 \U0001f642 "x" \\ /', "more": [1, None]}}]
}


@pytest.mark.parametrize("style", STYLES, ids=repr)
def test_each_style_writes_the_same_value(style: Style) -> None:
    text = written(VALUE, style)
    assert json.loads(text) == VALUE
    assert text != written(VALUE, Style())
