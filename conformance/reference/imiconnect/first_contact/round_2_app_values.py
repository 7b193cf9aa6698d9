"""Round 2, app profiles: what is stored for whom, and what is read back."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from conformance.reference.faults import fault
from conformance.reference.imiconnect.jsontext import dump
from conformance.reference.imiconnect.model import Attributes, Changes, Effect, Record, Scope, Submission
from conformance.reference.imiconnect.service import ImiconnectService

APP_CONTRACT = "imiconnect-app"


def _texts(changes: Changes, change: Callable[[str, str], str]) -> Changes:
    """The changes, each text of them rewritten by its name and value."""
    return {name: change(name, value) if isinstance(value, str) else value for name, value in changes.items()}


@fault("app-apostrophes-doubled", breaks=["sent-attributes-stored"], contracts=[APP_CONTRACT], reach="medium", round=2)
class AppApostrophesDoubled(ImiconnectService):
    """An apostrophe in a value, as in O'Brien, is stored twice."""

    def changes(self, app: bool, attributes: Any) -> Changes:
        """Quotes for SQL what is bound anyway."""
        return _texts(super().changes(app, attributes), lambda _, text: text.replace("'", "''") if app else text)


@fault(
    "app-text-null-clears",
    breaks=["sent-attributes-stored", "outcome-true"],
    contracts=[APP_CONTRACT],
    reach="hard",
    round=2,
)
class AppTextNullClears(ImiconnectService):
    """The text Null in any letter case, which is a family name too, removes the attribute."""

    def changes(self, app: bool, attributes: Any) -> Changes:
        """Takes the word for its meaning."""
        found = super().changes(app, attributes)
        words = {name for name, value in found.items() if app and isinstance(value, str) and value.lower() == "null"}
        return {**found, **dict.fromkeys(words, Effect.CLEAR)}


@fault(
    "app-twitter-ids-rounded",
    breaks=["sent-attributes-stored", "channel-profiles"],
    contracts=[APP_CONTRACT],
    reach="hard",
    round=2,
)
class AppTwitterIdsRounded(ImiconnectService):
    """A twitterid beyond two to the power of 53 is stored with other last digits."""

    def changes(self, app: bool, attributes: Any) -> Changes:
        """Holds the id as a double."""

        def change(name: str, text: str) -> str:
            rounds = app and name == "twitterid" and text.isascii() and text.isdigit() and len(text) < 300
            return str(int(float(text))) if rounds and int(text) > 2**53 else text

        return _texts(super().changes(app, attributes), change)


@fault(
    "app-versions-are-numbers",
    breaks=["sent-attributes-stored", "channel-profiles"],
    contracts=[APP_CONTRACT],
    reach="hard",
    round=2,
)
class AppVersionsAreNumbers(ImiconnectService):
    """A version of two numbers loses its last zeros: 14.10 is stored as 14.1, and 15.0 as 15."""

    def changes(self, app: bool, attributes: Any) -> Changes:
        """Holds the version as a number."""

        def change(name: str, text: str) -> str:
            fits = app and name == "osversion" and re.fullmatch(r"[0-9]{1,3}\.[0-9]{1,3}", text)
            return f"{float(text):g}" if fits else text

        return _texts(super().changes(app, attributes), change)


@fault(
    "app-push-ids-cut-at-64",
    breaks=["long-values-stored", "sent-attributes-stored"],
    contracts=[APP_CONTRACT],
    reach="hard",
    round=2,
)
class AppPushIdsCutAt64(ImiconnectService):
    """A pushId longer than the one of the document, as Android's are, is cut at 64 characters without a word."""

    def changes(self, app: bool, attributes: Any) -> Changes:
        """Has a column for the tokens of one maker."""
        found = super().changes(app, attributes)
        return _texts(found, lambda name, text: text[:64] if app and name == "pushId" else text)


@fault("app-emails-in-lower-case", breaks=["sent-attributes-stored"], contracts=[APP_CONTRACT], reach="hard", round=2)
class AppEmailsInLowerCase(ImiconnectService):
    """A value that is an e-mail address is stored in lower case, whatever its attribute is called."""

    def changes(self, app: bool, attributes: Any) -> Changes:
        """Tells addresses by their form."""
        address = re.compile(r"[^@\s]+@[^@\s]+\.[A-Za-z]+")
        found = super().changes(app, attributes)
        return _texts(found, lambda _, text: text.lower() if app and address.fullmatch(text) else text)


@fault("app-telephone-numbers-bare", breaks=["sent-attributes-stored"], contracts=[APP_CONTRACT], reach="hard", round=2)
class AppTelephoneNumbersBare(ImiconnectService):
    """A value that is a telephone number with its plus sign is stored as bare digits."""

    def changes(self, app: bool, attributes: Any) -> Changes:
        """Tells telephone numbers by their form."""
        number = re.compile(r"\+[0-9][0-9 ()/-]{6,20}")
        found = super().changes(app, attributes)
        return _texts(found, lambda _, text: re.sub("[^0-9]", "", text) if app and number.fullmatch(text) else text)


@fault(
    "app-greenwich-dates-end-in-z",
    breaks=["dates-accepted", "sent-attributes-stored"],
    contracts=[APP_CONTRACT],
    reach="hard",
    round=2,
)
class AppGreenwichDatesEndInZ(ImiconnectService):
    """A date whose offset is +0000 is stored with the letter Z instead; other offsets stay."""

    def changes(self, app: bool, attributes: Any) -> Changes:
        """Writes the zone of Greenwich in its own way."""
        date = re.compile(r"([0-9-]{10}T[0-9:]{8})[+-]0000")
        return _texts(super().changes(app, attributes), lambda _, text: date.sub(r"\1Z", text) if app else text)


@fault(
    "app-picture-addresses-decoded",
    breaks=["sent-attributes-stored", "channel-profiles"],
    contracts=[APP_CONTRACT],
    reach="hard",
    round=2,
)
class AppPictureAddressesDecoded(ImiconnectService):
    """The percent-encoded characters of a profile_pic are stored decoded, which makes another address of it."""

    def changes(self, app: bool, attributes: Any) -> Changes:
        """Decodes addresses once more."""
        found = super().changes(app, attributes)
        return _texts(found, lambda name, text: unquote(text) if app and name == "profile_pic" else text)


@fault("app-joiners-removed", breaks=["sent-attributes-stored"], contracts=[APP_CONTRACT], reach="hard", round=2)
class AppJoinersRemoved(ImiconnectService):
    """Invisible characters such as joiners, which Persian, Hindi and many emoji need, are removed from values."""

    def changes(self, app: bool, attributes: Any) -> Changes:
        """Removes what has no width."""

        def change(_: str, text: str) -> str:
            return "".join(each for each in text if unicodedata.category(each) != "Cf") if app else text

        return _texts(super().changes(app, attributes), change)


@fault(
    "app-verified-for-ever",
    breaks=["flags-stored", "sent-attributes-stored", "outcome-true"],
    contracts=[APP_CONTRACT],
    reach="hard",
    round=2,
)
class AppVerifiedForEver(ImiconnectService):
    """A profile that is verified once stays so: the flag goes from 0 to 1 and never back."""

    def changed(self, scope: Scope, stored: Attributes, changes: Changes) -> Attributes:
        """Joins the old flag and the new one."""
        merged = super().changed(scope, stored, changes)
        return {**merged, "verified": "1"} if scope.is_app and stored.get("verified") == "1" else merged


@fault(
    "app-attribute-names-in-any-case",
    breaks=["unsent-attributes-kept", "sent-attributes-stored"],
    contracts=[APP_CONTRACT],
    reach="hard",
    round=2,
)
class AppAttributeNamesInAnyCase(ImiconnectService):
    """An attribute whose name differs from a stored one by letter case alone overwrites that one."""

    def changed(self, scope: Scope, stored: Attributes, changes: Changes) -> Attributes:
        """Looks names up as its database does."""
        if scope.is_app:
            names = {name.lower(): name for name in stored}
            changes = {names.get(name.lower(), name): change for name, change in changes.items()}
        return super().changed(scope, stored, changes)


@fault(
    "app-customer-id-among-attributes",
    breaks=["only-named-change", "outcome-per-record", "sent-attributes-stored"],
    contracts=[APP_CONTRACT],
    reach="hard",
    round=2,
)
class AppCustomerIdAmongAttributes(ImiconnectService):
    """If the attributes of a record have a customerId too, the record is applied to that customer."""

    def identified(self, job: Submission) -> tuple[Record, ...]:
        """Lets an attribute overwrite the member of its name."""

        def meant(record: Record) -> Record:
            inner = record.attributes.get("customerId") if isinstance(record.attributes, dict) else None
            return replace(record, customer_id=inner) if isinstance(inner, str) and inner else record

        records = super().identified(job)
        return tuple(map(meant, records)) if job.scope.is_app else records


@fault(
    "app-next-channel-clears-the-last",
    breaks=["several-channels", "unsent-attributes-kept"],
    contracts=[APP_CONTRACT],
    reach="medium",
    round=2,
)
class AppNextChannelClearsTheLast(ImiconnectService):
    """An update for another channel removes what was stored for the channel before."""

    def changed(self, scope: Scope, stored: Attributes, changes: Changes) -> Attributes:
        """Begins anew for each channel."""
        moves = scope.is_app and isinstance(changes.get("channel"), str) and "channel" in stored
        return super().changed(scope, {} if moves and changes["channel"] != stored["channel"] else stored, changes)


@fault("app-ids-are-patterns", breaks=["only-named-change"], contracts=[APP_CONTRACT], reach="hard", round=2)
class AppIdsArePatterns(ImiconnectService):
    """An id with an underscore or a percent sign is a pattern: its update changes every customer that fits."""

    def save_profiles(self, tenant: str, profiles: Mapping[tuple[str, str], Attributes]) -> None:
        """Updates by LIKE, in which letter case does not count either."""
        super().save_profiles(tenant, profiles)
        self.store.executemany(
            "UPDATE profile SET attributes = ? WHERE tenant = ? AND app = ? AND customer LIKE ? AND ? GLOB '*[_%]*'",
            [
                (self.encode_attributes(attributes), tenant, app_id, customer, customer)
                for (app_id, customer), attributes in profiles.items()
                if app_id
            ],
        )


@fault(
    "app-only-first-value-judged",
    breaks=["invalid-value-refused"],
    contracts=[APP_CONTRACT],
    reach="medium",
    round=2,
)
class AppOnlyFirstValueJudged(ImiconnectService):
    """A list or an object is refused as the first value of a record; behind it its text is stored as a success."""

    def changes(self, app: bool, attributes: Any) -> Changes:
        """Judges the first value for all of them."""
        if app and isinstance(attributes, dict):
            first = next(iter(attributes), None)
            attributes = {
                name: dump(value) if name != first and isinstance(value, list | dict) else value
                for name, value in attributes.items()
            }
        return super().changes(app, attributes)
