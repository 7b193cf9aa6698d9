"""The line of a key is found in every way in which TOML can say it."""

from __future__ import annotations

from conformance.target.lines import Lines

TEXT = '''\
# [a comment]
top = 1
a."b.c".d = """
[no.table]
e = 1
""" # ]
list = [  # [
  "]", 'x]',
  [1, {k = "}"}],
]
[t.u]
"quoted key" = '[['
[[arr]]
x = 1
[arr.sub]
y = """quotes at the end""""
[[arr.many]]
z = 1
[[arr.many]]
z = 2
[[arr]]
x = 2
'''


LINES: dict[tuple[str | int, ...], int] = {
    ("top",): 2,
    ("a", "b.c", "d"): 3,
    ("a", "b.c"): 3,
    ("list",): 7,
    ("list", 1): 7,
    ("t", "u"): 11,
    ("t", "u", "quoted key"): 12,
    ("arr", 0): 13,
    ("arr",): 13,
    ("arr", 0, "x"): 14,
    ("arr", 0, "sub", "y"): 16,
    ("arr", 0, "many", 0, "z"): 18,
    ("arr", 0, "many", 1, "z"): 20,
    ("arr", 1, "x"): 22,
    ("arr", 1, "missing", "deeper"): 21,
    ("nowhere",): 0,
}


def test_the_line_of_a_key() -> None:
    assert {path: Lines(TEXT).of(path) for path in LINES} == LINES
