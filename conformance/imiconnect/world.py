"""What the history tells of the target's state: profiles, submissions, transids."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from conformance.imiconnect.answered import Answered
from conformance.imiconnect.asked import Tenant
from conformance.imiconnect.cells import ABSENT, ANYTHING, Cell, Value, Write
from conformance.imiconnect.records import RecordRule

EXISTS: Final = "\0exists"
YES: Final = "yes"
BEGINNING: Final = -1


def _unknown() -> Cell:
    return Cell([Write(ANYTHING, BEGINNING, BEGINNING, sure=True)])


@dataclass(slots=True)
class Profile:
    """One profile.

    Attributes:
        cells: the attributes that the run has sent, and the profile's existence.
        rest: every other attribute.
        touches: what the next read of an attribute says something about, by attribute.
        deleting: whether a deletion was sent, and no read has shown yet that it took effect: it may be queued.
        owned: attributes that reads have shown and nobody of ours has sent: the service may own and change them.
    """

    cells: dict[str, Cell] = field(default_factory=lambda: {EXISTS: _unknown()})
    rest: Cell = field(default_factory=_unknown)
    touches: dict[str, set[str]] = field(default_factory=dict)
    owned: set[str] = field(default_factory=set)
    deleting: bool = False

    def cell(self, name: str) -> Cell:
        """One attribute."""
        if name not in self.cells:
            self.cells[name] = self.rest.copy()
        return self.cells[name]

    def touch(self, names: Iterable[str], requirements: Iterable[str]) -> None:
        """The next read of these attributes says something about these requirements."""
        wanted = set(requirements)
        for name in names:
            self.touches.setdefault(name, set()).update(wanted)

    @property
    def exists(self) -> bool | None:
        """Whether it exists, None where that is not known."""
        allowed = self.cells[EXISTS].allowed()
        return {frozenset({YES}): True, frozenset[Value]({ABSENT}): False}.get(allowed)

    @property
    def names(self) -> list[str]:
        """The attributes that the run has sent."""
        return [name for name in self.cells if name != EXISTS]

    def sent(self, name: str) -> bool:
        """Whether anything is known of an attribute; of one that the service owns nothing is."""
        return self.cell(name).allowed() != ANYTHING


@dataclass(frozen=True, slots=True)
class Sent:
    """One write that is on its way, with the attribute of the profile that it goes to."""

    profile: Profile
    name: str
    write: Write


@dataclass(slots=True)
class Submission:
    """One accepted request.

    Attributes:
        number: of the exchange that sent it.
        tenant: who sent it.
        app: app id, empty for customer profiles.
        creates: whether it creates.
        judged: whether the document says what must become of its records; False for companion operations, and where a
            creation came between.
        rules: what may become of each record.
        sizes: how many records may be processed.
        writes: what is on its way for each record.
        surely: whether it was surely taken.
        final: the first final status answer.
    """

    number: int
    tenant: Tenant
    app: str
    creates: bool
    judged: bool
    rules: list[RecordRule]
    sizes: range
    writes: list[list[Sent]] = field(default_factory=list)
    surely: bool = True
    final: Answered | None = None

    @property
    def size(self) -> int:
        """How many records it has."""
        return len(self.rules)


class World:
    """Profiles and submissions as far as the run has made or seen them."""

    def __init__(self) -> None:
        self.submissions: dict[str, Submission] = {}
        self.refused: set[str] = set()
        self.made: set[str] = set()  # customers that the run's own tenant was asked to create
        self.shown: set[str] = set()  # ids under which reads have shown a profile
        self._profiles: defaultdict[tuple[Tenant, str], dict[str, Profile]] = defaultdict(dict)

    def profile(self, tenant: Tenant, app: str, customer: str) -> Profile:
        """A profile; unknown until something was learned of it."""
        of_customer = self._profiles[tenant, customer]
        if app not in of_customer:
            of_customer[app] = Profile()
        return of_customer[app]

    def known(self, tenant: Tenant, app: str, customer: str) -> Profile | None:
        """A profile of which something was learned."""
        return self._profiles[tenant, customer].get(app)

    def everywhere(self, tenant: Tenant, customer: str) -> list[Profile]:
        """The profiles of a customer of which something was learned, under whatever app id."""
        return list(self._profiles[tenant, customer].values())

    def profiles(self, tenant: Tenant, app: str) -> list[Profile]:
        """The profiles under an app id of which something was learned."""
        return [each[app] for (owner, _), each in self._profiles.items() if owner is tenant and app in each]

    def forget(self, tenant: Tenant, customer: str) -> None:
        """A customer was deleted, or may have been: nothing is known of its app profiles any more."""
        of_customer = self._profiles[tenant, customer]
        for app in [app for app in of_customer if app]:
            of_customer[app] = Profile(deleting=True)

    def put(self, tenant: Tenant, app: str, customer: str, profile: Profile) -> None:
        """Replaces what is known of a profile."""
        self._profiles[tenant, customer][app] = profile
