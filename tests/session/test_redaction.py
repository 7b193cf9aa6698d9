"""No secret reaches a file, in whatever form a request or an answer carries it."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, quote_plus, urlencode
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import given
from hypothesis import strategies as st

import specs
from conformance.session.exchange import Answer, Exchange, Request
from conformance.session.journal import FileJournal
from conformance.session.redaction import Redactor
from conformance.target import Secret, Target

SECRETS = ["correct-horse", "p\"a'ß<&>/ +%41\\:k\U0001f600\t", "x1y2"]
CONTRACT = next(c for c in specs.contracts().values() if any(f.secret for f in c.credentials.values()))
NAME = next(name for name, field in CONTRACT.credentials.items() if field.secret)


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


FORMS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "JSON, ASCII": json.dumps,
    "JSON, UTF-8": lambda s: json.dumps(s, ensure_ascii=False),
    "JSON, slashes escaped": lambda s: json.dumps(s).replace("/", "\\/"),
    "JSON, all escaped": lambda s: "".join(f"\\u{unit:04X}" for c in s for unit in _units(c)),
    "JSON in JSON": lambda s: json.dumps(json.dumps({"a": s})),
    "XML text": escape,
    "XML attribute": quoteattr,
    "XML numbers": lambda s: "".join(f"&#{ord(c)};" for c in s),
    "XML hexadecimal numbers": lambda s: "".join(f"&#x{ord(c):x};" for c in s),
    "HTML": html.escape,
    "URL path": lambda s: quote(s, safe=""),
    "URL path, lower case": lambda s: "".join(f"%{byte:02x}" for byte in s.encode()),
    "form": lambda s: urlencode({"a": s}),
    "URL in a URL": lambda s: quote(quote(s)),
    "plus for a blank": quote_plus,
    "Basic authentication": lambda s: basic("user", s),
    "Basic with a longer name": lambda s: basic("user1", s),
    "Basic with the longest name": lambda s: basic("user12", s),
    "Base64": lambda s: base64.b64encode(s.encode()).decode(),
    "Base64 for URLs": lambda s: base64.urlsafe_b64encode(f"??>{s}".encode()).decode(),
    "UTF-8 taken for Latin-1": lambda s: s.encode().decode("latin-1"),
    "Python": ascii,
}


def _units(character: str) -> list[int]:
    wide = character.encode("utf-16-be")
    return [int.from_bytes(wide[i : i + 2]) for i in range(0, len(wide), 2)]


def redactor(secret: str) -> Redactor:
    return Redactor(Target(CONTRACT.id, "t", "1", "https://t.invalid", credentials={NAME: Secret(secret)}))


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_is_found_in_every_form(secret: str) -> None:
    # The Base64 of a short secret is told from chance only where a user stands before it.
    forms = {form: make(secret) for form, make in FORMS.items() if len(secret) > 4 or not form.startswith("Base64")}
    clean = {form: redactor(secret).text(f"before {shown} after") for form, shown in forms.items()}
    assert [form for form, text in clean.items() if forms[form].strip("\"'") in text] == []
    assert [form for form, text in clean.items() if f"***{NAME}***" not in text] == []
    assert {(text[:7], text[-6:]) for text in clean.values()} == {("before ", " after")}


@pytest.mark.parametrize("coding", ["utf-8", "utf-16", "utf-16-be", "utf-32", "latin-1"])
def test_a_secret_is_found_in_bytes_of_every_encoding(coding: str) -> None:
    data = '{"a": "\xe4", "b": "correct-h\xf6rse"}'.encode(coding)
    assert "correct-h\xf6rse".encode(coding)[2:] not in redactor("correct-h\xf6rse").data(data)


@pytest.mark.parametrize("data", [b"", b"{}", b"\xff\x00\xfe", "ä\ud7ff".encode(), b"\\u0041 &amp; %41 + \\"])
def test_what_has_no_secret_in_it_stays_as_it_is(data: bytes) -> None:
    assert redactor("correct-horse").data(data) == data


@pytest.mark.parametrize("secret", SECRETS)
def test_no_secret_reaches_the_journal(tmp_path: Path, secret: str) -> None:
    pieces = [form(secret) for form in FORMS.values()]
    headers = tuple((f"h{number}", piece) for number, piece in enumerate(pieces))
    text = "\n".join(pieces).encode()
    bodies = [text, b"\xff" + text, text.decode().encode("utf-16")]
    journal = FileJournal(tmp_path / "j", redactor(secret))
    for body in bodies:
        request = Request("", "PUT", f"/{quote(secret)}", f"a={quote_plus(secret)}", headers, body)
        journal.append(Exchange(1, "c", request, Answer(200, headers, body), None, f"not HTTP: {secret!r}"))
    journal.close()
    written = (tmp_path / "j").read_text("utf-8")
    assert not [form for form, shape in FORMS.items() if len(secret) > 4 and shape(secret).strip("\"'") in written]
    for line in written.splitlines():
        row = json.loads(line)
        for side in (row["request"], row["answer"]):
            raw = base64.b64decode(side["base64"]) if "base64" in side else side["text"].encode()
            assert not [c for c in ("utf-8", "utf-16-le", "utf-16-be") if secret.encode(c) in raw]


@given(
    secret=st.text(min_size=3, max_size=12),
    form=st.sampled_from(sorted(form for form in FORMS if not form.startswith("Ba"))),
    more=st.text(),
)
def test_any_secret_is_found(secret: str, form: str, more: str) -> None:
    assert f"***{NAME}***" in redactor(secret).text(f"{more}|{FORMS[form](secret)}|{more}")


def test_credentials_that_are_no_secret_stay() -> None:
    name = next((n for c in specs.contracts().values() for n, f in c.credentials.items() if not f.secret), None)
    contract = next(c for c in specs.contracts().values() if name in c.credentials)
    target = Target(contract.id, "t", "1", "https://t.invalid", credentials={str(name): Secret("a-user")})
    assert Redactor(target).text("a-user") == "a-user"
