"""Faults of app profiles written from the documents alone: attribute values and what becomes of a profile."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import takewhile
from time import monotonic
from typing import Any

from conformance.reference.core import Reply
from conformance.reference.faults import fault
from conformance.reference.imiconnect.model import (
    BAD_VALUE,
    INTERNAL,
    Attributes,
    Changes,
    Desk,
    Effect,
    Record,
    RecordError,
    Scope,
    Submission,
)
from conformance.reference.imiconnect.service import ImiconnectService

APP = "imiconnect-app"
INVISIBLE = dict.fromkeys([0x200B, 0x200C, 0x200D, 0xFE0F, 0xFEFF])
FRESH_S = 1.0


@fault("app-value-invisible-characters", breaks=["sent-attributes-stored"], contracts=[APP], reach="hard", round=1)
class AppValueInvisibleCharacters(ImiconnectService):
    """Joiners, variation selectors and zero-width blanks are taken out of values, which breaks emoji and words."""

    def change(self, name: str, value: Any) -> str | Effect:
        """Cleans a text of what cannot be seen."""
        return super().change(name, value.translate(INVISIBLE) if isinstance(value, str) else value)


@fault(
    "app-picture-entities",
    breaks=["sent-attributes-stored", "long-values-stored"],
    contracts=[APP],
    reach="hard",
    round=1,
)
class AppPictureEntities(ImiconnectService):
    """Entities of HTML in a picture address are replaced, so a query parameter such as &copy= becomes a sign."""

    def change(self, name: str, value: Any) -> str | Effect:
        """Unescapes the address."""
        return super().change(name, html.unescape(value) if name == "profile_pic" and isinstance(value, str) else value)


@fault("app-value-nul-internal-error", breaks=["no-internal-error"], contracts=[APP], reach="hard", round=1)
class AppValueNulInternalError(ImiconnectService):
    """A record with the character U+0000 in a value fails with an internal error."""

    def change(self, name: str, value: Any) -> str | Effect:
        """Meets a database that cannot hold the character."""
        if isinstance(value, str) and "\0" in value:
            raise RecordError(INTERNAL)
        return super().change(name, value)


@fault("app-flag-zero-not-stored", breaks=["flags-stored", "outcome-true"], contracts=[APP], reach="medium", round=1)
class AppFlagZeroNotStored(ImiconnectService):
    """The text 0 counts as no value: a stored flag of 1 keeps its value, and the record is reported as success."""

    def change(self, name: str, value: Any) -> str | Effect:
        """Asks a language in which the text 0 is false."""
        return Effect.KEEP if value == "0" else super().change(name, value)


@fault("app-device-id-leading-zeros", breaks=["sent-attributes-stored"], contracts=[APP], reach="hard", round=1)
class AppDeviceIdLeadingZeros(ImiconnectService):
    """A deviceId of digits is kept as a number, so the zeros at its beginning are lost."""

    def change(self, name: str, value: Any) -> str | Effect:
        """Takes the id for a number."""
        digits = name == "deviceId" and isinstance(value, str) and value.isascii() and value.isdigit()
        return super().change(name, value.lstrip("0") or "0" if digits else value)


@fault("app-date-negative-offset", breaks=["dates-accepted"], contracts=[APP], reach="hard", round=1)
class AppDateNegativeOffset(ImiconnectService):
    """A date with a time zone west of Greenwich is stored with the opposite sign."""

    def change(self, name: str, value: Any) -> str | Effect:
        """Writes each offset with a plus."""
        if isinstance(value, str) and name in ("last_opened", "last_upgraded"):
            value = re.sub(r"(T\d\d:\d\d:\d\d)-(\d{4})$", r"\1+\2", value)
        return super().change(name, value)


@fault("app-date-midnight", breaks=["dates-accepted"], contracts=[APP], reach="hard", round=1)
class AppDateMidnight(ImiconnectService):
    """A date whose time is midnight is stored without its time."""

    def change(self, name: str, value: Any) -> str | Effect:
        """Writes a date as a database shows it that leaves zeros out."""
        if isinstance(value, str) and name in ("createdOn", "updatedOn"):
            value = value.removesuffix(" 00:00:00")
        return super().change(name, value)


@fault("app-status-and-connect-status", breaks=["channel-profiles"], contracts=[APP], reach="hard", round=1)
class AppStatusAndConnectStatus(ImiconnectService):
    """status and connectStatus share one column, so an in-app profile that sends different flags stores one of them."""

    def changes(self, app: bool, attributes: Any) -> Changes:
        """Lays the second flag over the first."""
        changes = dict(super().changes(app, attributes))
        if "status" in changes and "connectStatus" in changes:
            changes["status"] = changes["connectStatus"]
        return changes


@fault(
    "app-new-channel-clears",
    breaks=["several-channels", "unsent-attributes-kept"],
    contracts=[APP],
    reach="hard",
    round=1,
)
class AppNewChannelClears(ImiconnectService):
    """An update for another channel removes what was stored for the former one."""

    def merge(self, stored: Attributes, changes: Changes) -> Attributes:
        """Begins anew when the channel changes."""
        channel = changes.get("channel")
        other = isinstance(channel, str) and stored.get("channel", channel) != channel
        return super().merge({} if other else stored, changes)


@fault(
    "app-attribute-name-letter-case",
    breaks=["unknown-attributes", "unsent-attributes-kept"],
    contracts=[APP],
    reach="hard",
    round=1,
)
class AppAttributeNameLetterCase(ImiconnectService):
    """An attribute whose name differs from that of a stored one only in case overwrites the stored one."""

    def merge(self, stored: Attributes, changes: Changes) -> Attributes:
        """Finds stored names without case."""
        names = {name.lower(): name for name in stored}
        return super().merge(stored, {names.get(name.lower(), name): change for name, change in changes.items()})


@fault("app-empty-value-of-a-new-attribute", breaks=["empty-values"], contracts=[APP], reach="hard", round=1)
class AppEmptyValueOfANewAttribute(ImiconnectService):
    """An empty text replaces a stored value, but is left out where the profile did not have the attribute."""

    def merge(self, stored: Attributes, changes: Changes) -> Attributes:
        """Adds no empty attributes."""
        return super().merge(stored, {name: value for name, value in changes.items() if value != "" or name in stored})


@fault(
    "app-bad-value-half-applied",
    breaks=["failed-record-unchanged", "invalid-value-refused"],
    contracts=[APP],
    reach="hard",
    round=1,
)
class AppBadValueHalfApplied(ImiconnectService):
    """A record that fails with 7011 has the attributes stored that stand before the bad one."""

    def apply(self, desk: Desk, job: Submission, record: Record) -> None:
        """Changes the profile while it still checks."""
        try:
            super().apply(desk, job, record)
        except RecordError as bad:
            if bad.code == BAD_VALUE and isinstance(record.attributes, dict):
                good = dict(takewhile(lambda pair: isinstance(pair[1], str), record.attributes.items()))
                super().apply(desk, job, replace(record, attributes=good))
            raise


@fault("app-false-passed-over", breaks=["other-scalars"], contracts=[APP], reach="medium", round=1)
class AppFalsePassedOver(ImiconnectService):
    """The value false is left out and its record succeeds, while true and numbers fail with 7011."""

    def changes(self, app: bool, attributes: Any) -> Changes:
        """Skips what counts as false, but for empty texts."""
        if isinstance(attributes, dict):
            attributes = {name: value for name, value in attributes.items() if value is not False}
        return super().changes(app, attributes)


@fault("app-rtm-id-made-up", breaks=["sent-attributes-stored", "outcome-true"], contracts=[APP], reach="hard", round=1)
class AppRtmIdMadeUp(ImiconnectService):
    """Where userId and deviceId are sent too, rtmId is made of them and the one that was sent is lost."""

    def changes(self, app: bool, attributes: Any) -> Changes:
        """Joins the two ids, as they are in the example."""
        changes = dict(super().changes(app, attributes))
        if all(changes.get(name) for name in ("userId", "deviceId", "rtmId")):
            changes["rtmId"] = f"{changes['userId']}_{changes['deviceId']}"
        return changes


@fault("app-read-before-hides-update", breaks=["outcome-true"], contracts=[APP], reach="hard", round=1)
class AppReadBeforeHidesUpdate(ImiconnectService):
    """A profile that was read less than a second ago is shown as it was then, although an update has succeeded."""

    def read_app_profiles(self, scope: Scope, customers: Sequence[str]) -> Reply:
        """Caches reads, and forgets none of them for an update."""
        cached: dict[tuple[Scope, tuple[str, ...]], tuple[float, Reply]] = self.__dict__.setdefault("cached", {})
        asked = (scope, tuple(customers))
        if asked not in cached or monotonic() - cached[asked][0] > FRESH_S:
            cached[asked] = (monotonic(), super().read_app_profiles(scope, customers))
        return cached[asked][1]


@fault(
    "app-update-reaches-other-tenant",
    breaks=["tenant-isolation", "only-named-change"],
    contracts=[APP],
    reach="hard",
    round=1,
)
class AppUpdateReachesOtherTenant(ImiconnectService):
    """An update also changes the app profiles that another tenant has for a customer of the same id."""

    def save_profiles(self, tenant: str, profiles: Mapping[tuple[str, str], Attributes]) -> None:
        """Writes by customer id alone."""
        super().save_profiles(tenant, profiles)
        self.store.executemany(
            "UPDATE profile SET attributes = ? WHERE customer = ? AND app <> '' AND tenant <> ?",
            [(self.encode_attributes(each), key[1], tenant) for key, each in profiles.items() if key[0]],
        )
