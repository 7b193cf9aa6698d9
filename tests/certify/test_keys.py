"""Keys are written once, for their owner only, and read with a clear word on what is wrong."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from conformance.certify.keys import KeyFileError, key_id, read_private, read_public
from conformance.cli import cli
from tests.certify.folders import certified


def conformance(*arguments: str | Path, **environment: str) -> Result:
    return CliRunner().invoke(cli, [str(each) for each in arguments], env=environment)


def pair(folder: Path, **environment: str) -> tuple[Path, Path]:
    done = conformance("keygen", "--out", folder / "issuer", **environment)
    assert done.exit_code == 0, done.output
    return folder / "issuer.key", folder / "issuer.pub"


def test_a_pair_of_keys_fits_and_the_private_one_is_for_its_owner(tmp_path: Path) -> None:
    private, public = pair(tmp_path)
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    key = read_private(private, lambda: None)
    assert key_id(key.public_key()) == key_id(read_public(public))


@pytest.mark.parametrize("name", ["issuer.key", "issuer.pub"])
def test_no_key_is_ever_written_over(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("dear to somebody")
    done = conformance("keygen", "--out", tmp_path / "issuer")
    assert (done.exit_code, "exists already" in done.output) == (2, True)
    assert [path.read_text() for path in tmp_path.iterdir()] == ["dear to somebody"]


def test_a_passphrase_from_the_environment_encrypts_the_key(tmp_path: Path) -> None:
    private, _ = pair(tmp_path, CONFORMANCE_KEY_PASSPHRASE="open sesame")
    assert b"BEGIN ENCRYPTED PRIVATE KEY" in private.read_bytes()
    assert read_private(private, lambda: b"open sesame")
    with pytest.raises(KeyFileError, match="there is no passphrase"):
        read_private(private, lambda: None)
    with pytest.raises(KeyFileError, match="passphrase is wrong"):
        read_private(private, lambda: b"open barley")


def test_a_key_of_another_kind_is_refused(tmp_path: Path) -> None:
    other, private, public = X25519PrivateKey.generate(), tmp_path / "a", tmp_path / "b"
    private.write_bytes(other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public.write_bytes(other.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    with pytest.raises(KeyFileError, match="of another kind"):
        read_private(private, lambda: None)
    with pytest.raises(KeyFileError, match="of another kind"):
        read_public(public)


def test_a_certificate_is_checked_with_the_public_key(tmp_path: Path) -> None:
    private, public = pair(tmp_path)
    folder = certified(tmp_path / "c", read_private(private, lambda: None))
    assert conformance("verify", folder, "--key", private).exit_code == 2
    assert conformance("verify", tmp_path / "nowhere", "--key", public).exit_code == 2
    (folder / "run.json").write_text("{}")
    done = conformance("verify", folder, "--key", public)
    assert (done.exit_code, done.output) == (1, "does not match: changed file: 'run.json'\n")


def test_no_private_key_is_left_behind_where_the_public_one_cannot_be_written(tmp_path: Path) -> None:
    done = conformance("keygen", "--out", tmp_path / "nowhere" / "issuer")
    assert (done.exit_code, "cannot be written" in done.output) == (2, True)
