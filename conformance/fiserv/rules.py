"""Which outcomes the documents and the readings allow for one request."""

from __future__ import annotations

from dataclasses import dataclass, field

import specs
from conformance.judge.readings import Readings

OPEN = "open"  # a cause of which nobody knows at which stage it is found
SUCCESS = "0"  # in every table of codes; which codes stand for what else, the contract's data say
ANY = "any"  # any code of severity Error


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is or may be wrong with a request.

    Attributes:
        name: what it is, in words.
        requirements: what the answer to it decides; none where the documents say nothing of it (a doubt).
        codes: allowed codes; 0 among them where a reading takes the request all the same, ANY for any Error.
        cause: parse, form, schema, signon, identity, content or open; decides HTTP status and place of the code.
        bare: HTTP statuses with which a Status body may be missing; 4xx for any.
        after: requirements that a later read decides: the request must have had no effect.
        reading: the reading that decides.
        guess: whether a target may count it as a guess at the password, and lock the user after some.
    """

    name: str
    requirements: tuple[str, ...]
    codes: frozenset[str]
    cause: str
    bare: frozenset[str] = frozenset()
    after: tuple[str, ...] = ()
    reading: str | None = None
    guess: bool = False

    @property
    def sure(self) -> bool:
        """Whether the request must not succeed."""
        return SUCCESS not in self.codes


@dataclass(frozen=True, slots=True)
class Taken:
    """Something unusual in a request that the target is known to take: success then decides a requirement."""

    requirement: str
    reading: str


@dataclass
class Expectation:
    """What may come of a request.

    Attributes:
        faults: all that is or may be wrong with it.
        taken: what is unusual about it and taken all the same.
        gray: why the documents leave the outcome open, or "".
        signer: UserID of who signs on, as far as known.
        subject: UserID of whose profile is named, as far as known.
    """

    faults: list[Fault] = field(default_factory=list)
    taken: list[Taken] = field(default_factory=list)
    gray: str = ""
    signer: str | None = None
    subject: str | None = None

    def doubt(self, name: str) -> None:
        """Adds something that a target may take or refuse, with any code."""
        self.faults.append(Fault(name, (), frozenset({SUCCESS, ANY}), OPEN, frozenset({"4xx"})))

    @property
    def sure(self) -> bool:
        """Whether the documents and the readings decide the code: no doubt, and only one that is allowed."""
        return not self.gray and len(self.real) == len(self.faults) and len(self.codes) == 1 and ANY not in self.codes

    @property
    def real(self) -> list[Fault]:
        """The faults that are no mere doubts."""
        return [fault for fault in self.faults if fault.requirements]

    @property
    def codes(self) -> frozenset[str]:
        """Every allowed code."""
        if not self.faults:
            return frozenset({SUCCESS})
        union = frozenset().union(*(fault.codes for fault in self.faults))
        return union - {SUCCESS} if any(fault.sure for fault in self.faults) else union | {SUCCESS}

    @property
    def bare(self) -> frozenset[str]:
        """HTTP statuses with which a Status body may be missing."""
        return frozenset().union(*(fault.bare for fault in self.faults))

    def causes_of(self, code: str | None) -> frozenset[str]:
        """The causes of those faults that allow a code; of all of them, where none does."""
        fitting = [fault for fault in self.faults if among(code, fault.codes)]
        return frozenset(fault.cause for fault in fitting or self.faults)

    def allows(self, code: str) -> bool:
        """Whether a code may be the outcome."""
        return bool(self.gray) or among(code, self.codes)

    def allows_bare(self, http: int) -> bool:
        """Whether the answer may do without a Status at this HTTP status."""
        if not 400 <= http <= 499:
            return False
        return bool(self.gray) or str(http) in self.bare or "4xx" in self.bare


def among(code: str | None, codes: frozenset[str]) -> bool:
    """Whether a code is one of those allowed."""
    return code is not None and (code in codes or (ANY in codes and code != SUCCESS))


class Codes:
    """Sets of codes, as the readings that are still possible allow them."""

    def __init__(self, contract: specs.Contract, readings: Readings) -> None:
        self.contract = contract
        self.readings = readings
        self.table = frozenset(code.code for code in contract.codes.values() if code.in_table)
        self.signon_family = frozenset(
            code.code for code in contract.codes.values() if code.extra.get("family") == "signon"
        )
        self._roles = {code.extra["role"]: code.code for code in contract.codes.values() if "role" in code.extra}
        self._missing = {
            code.extra["missing"]: code.code for code in contract.codes.values() if "missing" in code.extra
        }

    def __call__(self, *roles: str) -> frozenset[str]:
        """The codes that stand for something, by their roles in the contract's data."""
        return frozenset(self._roles[role] for role in roles)

    def signon(self, *roles: str) -> frozenset[str]:
        """What a failed sign-on with one of these sign-on codes may be answered with."""
        found: set[str] = set()
        if self.readings.may("signon-failure", "signon-codes", "http-401/403"):
            found.update(self(*roles))
        if self.readings.may("signon-failure", "collapsed-100"):
            found.update(self("general"))
        return frozenset(found)

    def of_signon(self) -> frozenset[str]:
        """The codes in which a failed sign-on can be seen."""
        collapsed = self("general") if self.readings.may("signon-failure", "collapsed-100") else frozenset()
        return self.signon_family | collapsed

    def signon_bare(self) -> frozenset[str]:
        """HTTP statuses of a failed sign-on that need no Status."""
        may = self.readings.may("signon-failure", "http-401/403")
        return frozenset({"401", "403"}) if may else frozenset()

    def missing(self, *members: str) -> frozenset[str]:
        """What a missing member may be answered with, or members that are missing at once."""
        own = {self._missing[member] for member in members if member in self._missing}
        if not own or any(member not in self._missing for member in members):
            # Whether the global table stands in for members without a code of their own is open.
            own |= self("invalid", "missing")
        found: set[str] = set()
        for option in self.readings.possible("missing-member-code"):
            found.update(own if option == "46xx" else {option})
        return frozenset(found)

    def chosen(self, reading: str, *, taken: str | None = None) -> frozenset[str]:
        """The options of a reading that are codes; `taken` is the option under which the request succeeds."""
        return frozenset(SUCCESS if option == taken else option for option in self.readings.possible(reading))

    def read_as_credentials(self, reading: str) -> frozenset[str]:
        """The options of a reading, of which one is the code of wrong credentials: that fails as a sign-on does."""
        credentials = next(iter(self("wrong-credentials")))
        found: set[str] = set()
        for option in self.readings.possible(reading):
            found.add(option)
            found.update(self.signon("wrong-credentials") if option == credentials else ())
        return frozenset(found)

    def strict_form(self) -> bool:
        """Whether a fault of form is known to win over one of sign-on."""
        return self.readings.settled("fault-precedence") == "schema-first"

    def named(self) -> frozenset[str]:
        """Codes outside the table that a reading allows somewhere."""
        found: set[str] = set()
        for name in ("missing-member-code", "unparsable-xml", "invalid-email", "cross-user", "duplicate-phone"):
            for option in self.readings.possible(name):
                found.update(option.split("/"))
        if self.readings.may("missing-member-code", "46xx"):
            found.update(self._missing.values(), self("missing"))
        return frozenset(code for code in found if code.isdigit())
