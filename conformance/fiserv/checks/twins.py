"""Two users who are sent the same in different formats."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from lxml import etree

from conformance.fiserv import xml
from conformance.fiserv.content_rules import ROLES, SHAPELESS
from conformance.fiserv.driver import Driver, User, answered_of
from conformance.fiserv.rules import SUCCESS
from conformance.fiserv.stored import DERIVED, PHONES, UNKNOWN, flatten, plain, sent_members
from conformance.judge import NotTested
from strategies.fiserv.profiles import PLAIN, REFERRING
from strategies.fiserv.schema import Content
from strategies.fiserv.wire import Format

COMPARED = (*PLAIN, *REFERRING, "AdvisorRegStatus")
AGREE = "both-formats-agree"
# Members whose inside no document describes: each format may ask for another one.
UNDESCRIBED = (*SHAPELESS, ROLES[-1])


def codes_of(driver: Driver, messages: Sequence[tuple[bytes, Format]]) -> list[str | None]:
    """Sends one update in several formats; where the documents decide what comes of it, the codes must be the same."""
    decided = [driver.decides(message, format_) for message, format_ in messages]
    told = [answered_of(driver.post(message, format_)) for message, format_ in messages]
    codes = [answered.code if answered else None for answered in told]
    if all(decided) and None not in codes:
        driver.bench.expect(AGREE, len(set(codes)) == 1, observed=f"{codes}", allowed="the same code")
    return codes


class Twins:
    """Two users with the same profile; what differs between them all the same is known."""

    def __init__(self, driver: Driver, mark: str) -> None:
        self.driver = driver
        try:
            self.first, self.second = driver.own_user(), driver.own_user()
        except NotTested:
            self.first, self.second = driver.user(0), driver.user(1)
        seeded = [driver.seed(user, mark) for user in self.users]
        self._apart = _different(*seeded)

    @property
    def users(self) -> tuple[User, User]:
        """Both of them."""
        return self.first, self.second

    def update(self, sent: Content, messages: Sequence[tuple[bytes, Format]]) -> None:
        """Sends each of the two the same profile in a format of its own, and compares codes and reads.

        Args:
            sent: the profile.
            messages: the update of the first and that of the second, each with its format.
        """
        codes = codes_of(self.driver, messages)
        # Each profile is read in the format in which it was not written.
        reads = [self.driver.read(user, messages[1 - n][1]) for n, user in enumerate(self.users)]
        if reads[0] is None or reads[1] is None:
            return
        differ = _different(reads[0], reads[1])
        told = sent_members(sent)
        # What becomes of an empty text, or of blanks at the ends of one, no document says: in neither format. A name
        # that the server makes may have the user's id in it.
        open_ = {name for name in differ if told.get(name) is UNKNOWN or (name == DERIVED and name not in told)}
        # What a list was before may show in what it is after it was sent, unless it is known to be replaced.
        if self.driver.readings.settled("list-merge") != "replace-list":
            open_ |= self._apart & {PHONES, *COMPARED}
        wrong = [n for n in sorted(differ - open_) if n in told or (n in COMPARED and _decided(sent.get(n)))]
        wrong += [n for n in sorted(differ - open_ - self._apart) if n not in told and n not in COMPARED]
        self._apart = differ
        if codes == [SUCCESS, SUCCESS]:
            observed = f"after {messages[0][1]} and {messages[1][1]} differ {wrong}"
            self.driver.bench.expect(AGREE, not wrong, observed=observed, allowed="the same profile")


def _different(first: Content, second: Content) -> set[str]:
    """The members of two profiles that differ."""
    seen = [flatten(profile) for profile in (first, second)]
    apart = {name for name in seen[0] if seen[0][name] != seen[1][name]}
    return apart | {name for name in COMPARED if str(first.get(name)) != str(second.get(name))}


def _decided(value: object) -> bool:
    return isinstance(value, int) or plain(value)


def without(message: bytes, members: Collection[str]) -> bytes:
    """An update in XML without some members of its profile, wherever they stand in it."""
    root = xml.parse(message)
    for profile in [element for element in root.iter(etree.Element) if xml.local(element) == "UserProfile"]:
        for element in [element for element in profile.iter(etree.Element) if xml.local(element) in members]:
            parent = element.getparent()
            if parent is not None:
                parent.remove(element)
    return etree.tostring(root)
