"""A target file says everything that it must be able to say, and a wrong one is told apart at once."""

from __future__ import annotations

from pathlib import Path

import pytest
import trustme

import specs
from conformance.target import Limits, Target
from conformance.target.load import TargetError, load

ENV = {"IMI_KEY": "s3cret-one", "IMI_KEY_2": "s3cret-two", "EMPTY": "", "TWO_LINES": "a\nb"}
EXAMPLE = """\
[[target]]
contract = "imiconnect-customer"
name = "Acme sandbox"
version = "2026.11"
base_url = "https://127.0.0.1:8443"
ca_file = "ca.pem"
[target.credentials]
key = {env = "IMI_KEY"}
other_tenant_key = {env = "IMI_KEY_2"}
[target.data]
app_id = "a_636035705699961900"
[target.readings]
batch-limit = "100"
[target.network]
unlisted_source = "127.0.0.2"
[target.limits]
rate = "50/s"
max_requests = 20000
poll_deadline_s = 30
"""
LEAST = """\
[[target]]
contract = "imiconnect-customer"
name = "Acme sandbox"
version = "2026.11"
base_url = "https://127.0.0.1:8443"
[target.credentials]
key = "s3cret-one"
"""
HIDDEN = next(r for r in specs.contract("imiconnect-customer").readings.values() if not r.observable)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    (tmp_path / "not.pem").write_text("no certificate")
    return tmp_path


def loaded(folder: Path, text: str) -> list[Target]:
    (folder / "target.toml").write_text(text, "utf-8")
    return load(folder / "target.toml", ENV)


def mistakes(folder: Path, text: str) -> list[str]:
    """The mistakes of a file, as `line: place: message`."""
    with pytest.raises(TargetError) as caught:
        loaded(folder, text)
    assert "s3cret" not in str(caught.value)
    return [f"{m.line}: {m.pointer}: {m.message}" for m in caught.value.mistakes]


def test_the_example_of_the_documentation_loads(folder: Path) -> None:
    [target] = loaded(folder, EXAMPLE)
    assert target == Target(
        "imiconnect-customer",
        "Acme sandbox",
        "2026.11",
        "https://127.0.0.1:8443",
        folder / "ca.pem",
        credentials=target.credentials,
        data={"app_id": "a_636035705699961900"},
        readings={"batch-limit": "100"},
        unlisted_source="127.0.0.2",
        limits=Limits(rate=50.0, max_requests=20000, poll_deadline_s=30),
    )
    assert [target.credential(name) for name in ("key", "other_tenant_key")] == ["s3cret-one", "s3cret-two"]


def test_several_targets_stand_in_one_file(folder: Path) -> None:
    assert [t.name for t in loaded(folder, LEAST + LEAST.replace("Acme", "Other"))] == ["Acme sandbox", "Other sandbox"]


@pytest.mark.parametrize("ending", ["", "\n", "\r\n"])
def test_a_credential_may_stand_in_a_file_beside_the_target_file(folder: Path, ending: str) -> None:
    (folder / "key.txt").write_bytes(b" s3cret " + ending.encode())
    [target] = loaded(folder, LEAST.replace('"s3cret-one"', '{file = "key.txt"}'))
    assert target.credential("key") == " s3cret "


def test_whole_numbers_are_credentials_as_their_digits(folder: Path) -> None:
    text = """[[target]]
contract = "fiserv-alldata"
name = "n"
version = "1"
base_url = "https://h/prefix/"
[target.credentials]
partner = 50040000
home = "50040009"
user = "u"
user_password = "p"
"""
    [target] = loaded(folder, text)
    assert (target.credential("partner"), target.credential("home"), target.base_url) == (
        "50040000",
        "50040009",
        "https://h/prefix",
    )


def test_operations_may_be_missing_or_live_elsewhere(folder: Path) -> None:
    [target] = loaded(folder, LEAST + '[target.operations]\ncreate = false\nstatus = "/s/{transid}?full=1"\n')
    assert (target.path("create"), target.path("status")) == (None, "/s/{transid}?full=1")


@pytest.mark.parametrize(("rate", "per_second"), [("50/s", 50.0), ("90/min", 1.5), ("1800/h", 0.5), ("0.5/s", 0.5)])
def test_rates(folder: Path, rate: str, per_second: float) -> None:
    [target] = loaded(folder, LEAST + f'[target.limits]\nrate = "{rate}"\n')
    assert target.limits.rate == per_second


def test_every_mistake_is_named_at_once_with_its_place(folder: Path) -> None:
    text = """\
[[target]]
contract = "imiconnect-customer"
nane = "Acme"
version = 3
base_url = "ftp://127.0.0.1"

[target.credentials]
key = {env = "NO_SUCH"}
tenant_key = "s3cret"
[target.readings]
batch-limit = "1001"

[[target]]
contract = "imiconnect-custommer"
name = "b"
version = "1"
base_url = "https://127.0.0.1"
[target.limits]
rate = "fast"
connect_timeout_s = -1
"""
    assert mistakes(folder, text) == [
        "1: target[0].name: is missing",
        "3: target[0].nane: unknown; did you mean 'name'?",
        '4: target[0].version: must be a string in quotes, such as "2026.11"',
        '5: target[0].base_url: is not of the right form, such as "https://127.0.0.1:8443"',
        "8: target[0].credentials.key: the environment variable NO_SUCH is not set",
        "9: target[0].credentials.tenant_key: the contract has no such credential; did you mean 'other_tenant_key'?",
        '11: target[0].readings.batch-limit: has no such option; it has "100", "1000"',
        "14: target[1].contract: no such contract; did you mean 'imiconnect-customer'?",
        '19: target[1].limits.rate: is not of the right form, such as "50/s"',
        "20: target[1].limits.connect_timeout_s: must be more than 0",
    ]


@pytest.mark.parametrize(
    ("change", "to", "said"),
    [
        ('"s3cret-one"', '{env = "EMPTY"}', "is empty"),
        ('"s3cret-one"', '{env = "TWO_LINES"}', "has a line break"),
        ('"s3cret-one"', '{env = "s3cret-one"}', "the environment variable that is named here is not set"),
        ('"s3cret-one"', '{file = "no.txt"}', "cannot be read: No such file"),
        ('"s3cret-one"', '{environ = "IMI_KEY"}', "target[0].credentials.key.environ: unknown"),
        ('"s3cret-one"', '{env = "IMI_KEY", file = "x"}', "must be exactly one of"),
        ('"s3cret-one"', "{}", "must be exactly one of"),
        ('"s3cret-one"', "true", "must be a string in quotes or a whole number or a table"),
        ('key = "s3cret-one"', "", "credentials.key: is missing:"),
        ('[target.credentials]\nkey = "s3cret-one"', 'key = "s3cret-one"', "target[0].key: unknown"),
        ("127.0.0.1:8443", "127.0.0.1:84430", "base_url: is not a URL"),
        ("127.0.0.1:8443", "us3cret:s3cret@h", "base_url: is not of the right form"),
        ("127.0.0.1:8443", "h/?key=s3cret", "base_url: is not of the right form"),
        ('version = "2026.11"', 'ca_file = "no.pem"', "cannot be used: No such file"),
        ('version = "2026.11"', 'ca_file = "not.pem"', "no certificate in PEM form"),
        ("[[target]]", "[target]", "target: must be an array of tables: write [[target]]"),
        ("[[target]]", "[[targets]]", "targets: unknown; did you mean 'target'?"),
        ('"Acme sandbox"', '" "', "name: is not of the right form"),
        ('"Acme sandbox"', '"a', "not TOML at column"),
        ('"2026.11"', "2026-11-01", "version: must be a string in quotes"),
    ],
)
def test_a_mistake_says_what_would_be_right(folder: Path, change: str, to: str, said: str) -> None:
    assert change in LEAST
    assert said in "\n".join(mistakes(folder, LEAST.replace(change, to)))


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("[target.data]\ncustomer_ids = 3", "data.customer_ids: must be an array"),
        ("[target.data]\ncustomer_idds = []", "did you mean 'customer_ids'?"),
        ("[target.readings]\nbatch-limit = 100", 'must be a string in quotes, such as "100"'),
        ('[target.readings]\nbatch-limmit = "100"', "did you mean 'batch-limit'?"),
        (f'[target.readings]\n{HIDDEN.id} = "{HIDDEN.default}"', "cannot be claimed, no probe can tell"),
        ("[target.operations]\nstatus = false", "cannot be missing"),
        ('[target.operations]\nstatus = "/s/{id}"', "must have {transid}, as"),
        ('[target.operations]\nstatus = "/s/{transid"', "brace"),
        ('[target.operations]\nstatus = "s/{transid}"', "begins with a slash"),
        ("[target.operations]\ncreate = true", "must be false where it is missing"),
        ("[target.operations]\nupdate = false", "what the contract is about"),
        ("[target.operations]\ncreat = false", "did you mean 'create'?"),
        ('[target.network]\nunlisted_source = "localhost"', "must be an IP address"),
        ('[target.network]\nplain_http_url = "https://h"', "plain_http_url: is not of the right form"),
        ("[target.limits]\nmax_requests = 0", "must be at least 1"),
        ("[target.limits]\nmax_seconds = inf", "must be at most"),
        ("[target.limits]\nmax_seconds = nan", "must be a finite number"),
        ('[target.limits]\nrate = "0/s"', "must be more than 0"),
        (LEAST, "another target of this contract has the same name"),
    ],
)
def test_a_mistake_in_what_is_optional_says_so_too(folder: Path, more: str, said: str) -> None:
    assert said in "\n".join(mistakes(folder, LEAST + more + "\n"))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read: No such file or directory"),
        (b"\xff", "not UTF-8 at byte 0"),
        (b"", "target: is missing (write [[target]])"),
        (b"target = []", "must not be empty"),
        (b"a = " + b"[" * 9999, "not TOML"),
    ],
)
def test_what_is_no_target_file_is_one_clear_mistake(tmp_path: Path, content: bytes | None, said: str) -> None:
    if content is not None:
        (tmp_path / "target.toml").write_bytes(content)
    with pytest.raises(TargetError) as caught:
        load(tmp_path / "target.toml", ENV)
    assert [said in str(mistake) for mistake in caught.value.mistakes] == [True]
