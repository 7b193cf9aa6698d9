"""Faults of app profiles alone: app ids, channels, flags and dates."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from conformance.reference.core import Call
from conformance.reference.faults import fault
from conformance.reference.imiconnect.model import (
    BAD_VALUE,
    Attributes,
    Changes,
    Desk,
    Effect,
    RecordError,
    Scope,
)
from conformance.reference.imiconnect.part import APP
from conformance.reference.imiconnect.routes import Route, collection
from conformance.reference.imiconnect.service import ImiconnectService
from conformance.reference.imiconnect.tenants import TENANTS, Tenant
from conformance.reference.imiconnect.values import DATES

STORED = ("sent-attributes-stored", "outcome-true", "channel-profiles")
OFFSET_FORM = "%Y-%m-%dT%H:%M:%S%z"
FLAGS = ("verified", "status", "connectStatus")


@fault("any-app-id", breaks=["unknown-app-refused"], reach="medium", contracts=[APP])
class AnyAppId(ImiconnectService):
    """Every app id is taken."""

    def linked(self, tenant: Tenant, app_id: str) -> bool:
        """Does not look."""
        del tenant, app_id
        return True


@fault("app-id-of-any-tenant", breaks=["unknown-app-refused"], reach="hard", contracts=[APP])
class AppIdOfAnyTenant(ImiconnectService):
    """App ids of other tenants are taken."""

    def linked(self, tenant: Tenant, app_id: str) -> bool:
        """Asks for every tenant."""
        return any(super(AppIdOfAnyTenant, self).linked(each, app_id) for each in (tenant, *TENANTS))


@fault("app-id-by-beginning", breaks=["unknown-app-refused"], reach="medium", contracts=[APP])
class AppIdByBeginning(ImiconnectService):
    """The beginning of an app id is enough."""

    def linked(self, tenant: Tenant, app_id: str) -> bool:
        """Compares the beginning."""
        return any(known.startswith(app_id) for known in tenant.app_ids)


@fault("app-id-any-case", breaks=["unknown-app-refused"], reach="medium", contracts=[APP])
class AppIdAnyCase(ImiconnectService):
    """App ids are compared without regard to case."""

    def linked(self, tenant: Tenant, app_id: str) -> bool:
        """Folds case."""
        return super().linked(tenant, app_id.lower())


@fault("missing-app-id-default", breaks=["missing-app-id-refused"], reach="medium", contracts=[APP])
class MissingAppIdDefault(ImiconnectService):
    """Without an app id in the path the tenant's first application is taken."""

    def route(self, call: Call) -> Route:
        """Puts an app id in."""
        paths = [collection(template) for template in self.app_update_templates()]
        if call.method == "PUT" and call.path.rstrip("/") in paths:
            return Route(APP, "update", {"appid": TENANTS[0].app_ids[0]}, {})
        return super().route(call)


@fault("app-update-hits-customer", breaks=["only-named-change"], reach="hard", contracts=[APP])
class AppUpdateHitsCustomer(ImiconnectService):
    """The name in an app profile is written to the customer profile, too."""

    def put(self, desk: Desk, scope: Scope, customer: str, attributes: Attributes) -> None:
        """Writes twice."""
        super().put(desk, scope, customer, attributes)
        if scope.is_app and "name" in attributes:
            desk.changed["", customer] = {**desk.masters[customer], "name": attributes["name"]}


@fault("second-channel-refused", breaks=["several-channels"], reach="hard", contracts=[APP])
class SecondChannelRefused(ImiconnectService):
    """A customer that has a profile for one channel cannot get one for another: 7011."""

    def merge(self, stored: Attributes, changes: Changes) -> Attributes:
        """Compares channels."""
        merged = super().merge(stored, changes)
        if stored.get("channel") and merged.get("channel") != stored["channel"]:
            raise RecordError(BAD_VALUE)
        return merged


@fault("channel-change-replaces", breaks=["unsent-attributes-kept"], reach="hard", contracts=[APP])
class ChannelChangeReplaces(ImiconnectService):
    """An update that names the channel is written as a new profile."""

    def merge(self, stored: Attributes, changes: Changes) -> Attributes:
        """Forgets what was stored."""
        return super().merge({} if "channel" in changes else stored, changes)


@fault("twitter-refused", breaks=["channel-profiles", "examples-accepted"], reach="medium", contracts=[APP])
class TwitterRefused(ImiconnectService):
    """The channel twitter is not in the list of channels: 7011."""

    def check_form(self, app: bool, name: str, value: str) -> None:
        """Knows three channels."""
        if app and name == "channel" and value == "twitter":
            raise RecordError(BAD_VALUE)
        super().check_form(app, name, value)


@fault("user-id-must-be-digits", breaks=["channel-profiles"], reach="medium", contracts=[APP])
class UserIdMustBeDigits(ImiconnectService):
    """A user id of anything but digits fails with 7011."""

    def check_form(self, app: bool, name: str, value: str) -> None:
        """Demands digits."""
        if app and name == "userId" and not value.isdigit():
            raise RecordError(BAD_VALUE)
        super().check_form(app, name, value)


@fault("picture-cut", breaks=[*STORED, "long-values-stored"], reach="hard", contracts=[APP])
class PictureCut(ImiconnectService):
    """The column of profile_pic has 200 characters."""

    def change(self, name: str, value: Any) -> str | Effect:
        """Cuts one attribute."""
        change = super().change(name, value)
        return change[:200] if name == "profile_pic" and isinstance(change, str) else change


@fault("picture-query-lost", breaks=[*STORED, "long-values-stored"], reach="hard", contracts=[APP])
class PictureQueryLost(ImiconnectService):
    """Addresses in values lose their query strings."""

    def change(self, name: str, value: Any) -> str | Effect:
        """Cuts at the question mark."""
        change = super().change(name, value)
        return change.partition("?")[0] if isinstance(change, str) and change.startswith("https://") else change


@fault("flags-as-words", breaks=["flags-stored", *STORED], reach="medium", contracts=[APP])
class FlagsAsWords(ImiconnectService):
    """Flags are read back as true and false."""

    def change(self, name: str, value: Any) -> str | Effect:
        """Converts flags."""
        change = super().change(name, value)
        return {"1": "true", "0": "false"}.get(change, change) if name in FLAGS and isinstance(change, str) else change


@fault("zero-flags-lost", breaks=["flags-stored", *STORED], reach="hard", contracts=[APP])
class ZeroFlagsLost(ImiconnectService):
    """A flag that is 0 is taken for no value and keeps what it was."""

    def change(self, name: str, value: Any) -> str | Effect:
        """Looks for content."""
        return Effect.KEEP if name in FLAGS and value == "0" else super().change(name, value)


@fault(
    "offset-dates-refused",
    breaks=["dates-accepted", "channel-profiles", "examples-accepted"],
    reach="medium",
    contracts=[APP],
)
class OffsetDatesRefused(ImiconnectService):
    """A date with an offset without colon fails with 7011."""

    def check_form(self, app: bool, name: str, value: str) -> None:
        """Demands a colon."""
        if app and name in DATES and re.search(r"[+-]\d{4}$", value):
            raise RecordError(BAD_VALUE)
        super().check_form(app, name, value)


@fault("dates-with-colon", breaks=["dates-accepted", *STORED], reach="hard", contracts=[APP])
class DatesWithColon(ImiconnectService):
    """Offsets of dates are stored with a colon."""

    def change(self, name: str, value: Any) -> str | Effect:
        """Normalizes dates."""
        change = super().change(name, value)
        if name in DATES and isinstance(change, str):
            return re.sub(r"([+-]\d\d)(\d\d)$", r"\1:\2", change) if "T" in change else change
        return change


@fault("dates-in-utc", breaks=["dates-accepted", *STORED], reach="hard", contracts=[APP])
class DatesInUtc(ImiconnectService):
    """Dates with an offset are stored in UTC."""

    def change(self, name: str, value: Any) -> str | Effect:
        """Shifts dates."""
        change = super().change(name, value)
        if name not in DATES or not isinstance(change, str):
            return change
        try:
            return datetime.strptime(change, OFFSET_FORM).astimezone(UTC).strftime(OFFSET_FORM)
        except (ValueError, OverflowError):
            return change
