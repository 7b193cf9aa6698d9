"""Reads one [[target]] table of a target file against its contract."""

from __future__ import annotations

import ipaddress
import re
import ssl
from collections.abc import Mapping
from pathlib import Path
from string import Formatter
from typing import Any
from urllib.parse import urlsplit

import specs
from conformance.target.demand import WANTED, Demand, parse
from conformance.target.errors import Mistakes, instead
from conformance.target.model import USER_AGENT, Limits, Secret, Target

Table = dict[str, Any]
_RATE = re.compile(r"(\d+(?:\.\d+)?)/(s|min|h)")
_UNIT_S = {"s": 1, "min": 60, "h": 3600}
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_TYPES: Mapping[str, tuple[type, str]] = {
    "string": (str, "a string in quotes"),
    "integer": (int, "a whole number"),
    "boolean": (bool, "true or false"),
    "array": (list, "an array"),
}


class TargetReader:
    """Reads one table. What `check_shape` has noted already is passed over here.

    Args:
        table: the table.
        index: which one of the file, from 0.
        folder: that paths in it are relative to.
        env: environment variables.
        mistakes: where mistakes are noted.
    """

    def __init__(self, table: Table, index: int, folder: Path, env: Mapping[str, str], mistakes: Mistakes) -> None:
        self._table = table
        self._path = ("target", index)
        self._folder = folder
        self._env = env
        self._mistakes = mistakes

    def read(self) -> Target | None:
        """The target, or None where a mistake kept it from being made."""
        contract = self._contract()
        credentials = self._credentials(contract)
        data = self._data(contract)
        readings = self._readings(contract)
        operations = self._operations(contract)
        base_url, ca_file = self._url("base_url"), self._ca_file()
        plain_http_url, source = self._url("network", "plain_http_url"), self._source()
        limits = self._limits()
        if contract is None or base_url is None or limits is None:
            return None
        return Target(
            contract=contract.id,
            name=str(self._table.get("name", "")).strip(),
            version=str(self._table.get("version", "")).strip(),
            base_url=base_url,
            ca_file=ca_file,
            credentials=credentials,
            data=data,
            readings=readings,
            operations=operations,
            plain_http_url=plain_http_url,
            unlisted_source=source,
            limits=limits,
            hostile_input=self._table.get("hostile_input") is True,
            user_agent=str(self._table.get("user_agent", USER_AGENT)),
            require_tested=self._demand(),
        )

    def _note(self, *path: str, message: str) -> None:
        self._mistakes.add((*self._path, *path), message)

    def _part(self, name: str) -> Table:
        part = self._table.get(name)
        return part if isinstance(part, dict) else {}

    def _contract(self) -> specs.Contract | None:
        name = self._table.get("contract")
        if not isinstance(name, str):
            return None
        if name not in specs.contracts():
            self._note("contract", message=f"no such contract; {instead(name, specs.contracts())}")
            return None
        return specs.contract(name)

    def _demand(self) -> Demand | None:
        given = self._table.get("require_tested")
        if isinstance(given, bool) or not isinstance(given, str | int):
            return None  # what is of another type, the schema has told
        try:
            return parse(given)
        except ValueError:
            self._note("require_tested", message=f"must be {WANTED}")
            return None

    def _credentials(self, contract: specs.Contract | None) -> dict[str, Secret]:
        found = {}
        for name, given in self._part("credentials").items():
            if contract is not None and name not in contract.credentials:
                self._unknown("credentials", name, contract.credentials)
                continue
            integer = contract is not None and contract.credentials[name].type == "integer"
            text = self._secret_text(("credentials", name), given)
            if text is None:
                continue
            if integer and not re.fullmatch(r"-?\d{1,40}", text):
                self._note("credentials", name, message="must be a whole number")
            found[name] = Secret(text)
        self._missing("credentials", contract.credentials if contract else {})
        return found

    def _data(self, contract: specs.Contract | None) -> dict[str, Any]:
        found = {}
        fields = _vendor_data(contract)
        for name, given in self._part("data").items():
            if contract is None:
                continue
            if name not in fields:
                self._unknown("data", name, fields)
                continue
            kind, words = _TYPES[fields[name].type]
            value = given
            if kind is str and isinstance(given, dict) and len(given) == 1 and set(given) < {"env", "file"}:
                value = self._secret_text(("data", name), given)
                if value is None:
                    continue
            if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
                self._note("data", name, message=f"must be {words}")
            found[name] = value
        self._missing("data", contract.data if contract else {})
        return found

    def _secret_text(self, path: tuple[str, str], given: Any) -> str | None:
        """A literal, or what an environment variable or a file holds; None where there is a mistake."""
        if isinstance(given, str | int) and not isinstance(given, bool):
            text = str(given)
        elif isinstance(given, dict) and isinstance(given.get("env"), str) and len(given) == 1:
            if given["env"] not in self._env:
                # Somebody may have put the secret itself here.
                name = given["env"] if re.fullmatch(r"[A-Z][A-Z0-9_]*", given["env"]) else "that is named here"
                self._note(*path, message=f"the environment variable {name} is not set")
                return None
            text = self._env[given["env"]]
        elif isinstance(given, dict) and isinstance(given.get("file"), str) and len(given) == 1:
            file = self._folder / given["file"]
            try:
                text = file.read_text("utf-8").removesuffix("\n").removesuffix("\r")
            except (OSError, ValueError) as error:
                why = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
                self._note(*path, message=f"the file {file} cannot be read: {why}")
                return None
        else:
            return None
        if not text:
            self._note(*path, message="is empty; leave it out where there is none")
            return None
        if _CONTROL.search(text):
            self._note(*path, message="has a line break or another control character in it")
            return None
        return text

    def _unknown(self, part: str, name: str, fields: Mapping[str, object]) -> None:
        self._note(part, name, message=f"the contract has no such {part.removesuffix('s')}; {instead(name, fields)}")

    def _missing(self, part: str, fields: Mapping[str, specs.TargetField]) -> None:
        for name, field in fields.items():
            if field.required and name not in self._part(part):
                self._note(part, name, message=f"is missing: {field.summary}")

    def _readings(self, contract: specs.Contract | None) -> dict[str, str]:
        claims = {name: option for name, option in self._part("readings").items() if isinstance(option, str)}
        if contract is None:
            return {}
        observable = [name for name, reading in contract.readings.items() if reading.observable]
        for name in self._part("readings"):
            reading = contract.readings.get(name)
            if reading is None:
                self._note("readings", name, message=f"the contract has no such reading; {instead(name, observable)}")
            elif not reading.observable:
                self._note("readings", name, message=f"cannot be claimed, no probe can tell: {reading.unobservable}")
            elif name in claims and claims[name] not in reading.option_ids:
                options = ", ".join(f'"{option}"' for option in reading.option_ids)
                self._note("readings", name, message=f"has no such option; it has {options}")
        return claims

    def _operations(self, contract: specs.Contract | None) -> dict[str, str | None]:
        found: dict[str, str | None] = {}
        for name, given in self._part("operations").items():
            if contract is None:
                continue
            operation = contract.operations.get(name)
            if operation is None:
                movable = [each.name for each in contract.operations.values() if not each.subject]
                self._note("operations", name, message=f"the contract has no such operation; {instead(name, movable)}")
                continue
            mistake = _operation_mistake(operation, given)
            if mistake:
                self._note("operations", name, message=mistake)
            else:
                found[name] = given or None
        return found

    def _url(self, *path: str) -> str | None:
        part = self._table if len(path) == 1 else self._part(path[0])
        url = part.get(path[-1])
        if not isinstance(url, str):
            return None
        try:
            split = urlsplit(url)
            sound = bool(split.hostname) and url.isascii() and not _CONTROL.search(url) and split.port != 0
        except ValueError:
            sound = False
        if not sound:
            self._note(*path, message="is not a URL: host and port must be plain ASCII, such as https://127.0.0.1:8443")
            return None
        return url.rstrip("/")

    def _ca_file(self) -> Path | None:
        given = self._table.get("ca_file")
        if not isinstance(given, str):
            return None
        file = self._folder / given
        try:
            ssl.create_default_context(cafile=file)
        except (OSError, ValueError) as error:
            bad = isinstance(error, ssl.SSLError | ValueError)
            why = "it has no certificate in PEM form" if bad else getattr(error, "strerror", None)
            self._note("ca_file", message=f"the file {file} cannot be used: {why}")
        return file

    def _source(self) -> str | None:
        given = self._part("network").get("unlisted_source")
        if not isinstance(given, str):
            return None
        try:
            return str(ipaddress.ip_address(given))
        except ValueError:
            self._note("network", "unlisted_source", message="must be an IP address, such as 127.0.0.2")
            return None

    def _limits(self) -> Limits | None:
        given = dict(self._part("limits"))
        rate = given.pop("rate", None)
        known = {name: value for name, value in given.items() if name in Limits.__dataclass_fields__}
        if rate is None:
            return Limits(**known)
        parts = _RATE.fullmatch(rate) if isinstance(rate, str) else None
        if parts is None:
            return None
        per_second = float(parts[1]) / _UNIT_S[parts[2]]
        if not 0 < per_second < float("inf"):
            self._note("limits", "rate", message="must be more than 0, such as 50/s")
            return None
        return Limits(rate=per_second, **known)


def _vendor_data(contract: specs.Contract | None) -> dict[str, specs.TargetField]:
    """The data of every contract of a vendor, so that one table of test data serves them all."""
    if contract is None:
        return {}
    siblings = [each for each in specs.contracts().values() if each.vendor == contract.vendor]
    return {name: field for each in (*siblings, contract) for name, field in each.data.items()}


def _operation_mistake(operation: specs.Operation, given: Any) -> str | None:
    if operation.subject:
        return "is what the contract is about: it can neither be missing nor live elsewhere (base_url takes a prefix)"
    if given is False:
        return None if operation.optional else "is needed by the checks and cannot be missing"
    if not isinstance(given, str):
        return "must be false where it is missing, or the path template where it lives elsewhere"
    if not re.fullmatch(r"/[!-~]*", given):
        return f"must be a path template that begins with a slash, such as {operation.path}"
    try:
        names, wanted = ({field for _, field, _, _ in Formatter().parse(t) if field} for t in (given, operation.path))
    except ValueError:
        return f"has a brace too many or too few; the contract's own is {operation.path}"
    if names != wanted:
        listed = ", ".join(f"{{{name}}}" for name in sorted(wanted)) or "no placeholders"
        return f"must have {listed}, as {operation.path} has"
    return None
