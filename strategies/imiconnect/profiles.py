"""Attributes of customer profiles and of the four kinds of app profile, by the names of the documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

import specs
from strategies.imiconnect import values

Attributes = dict[str, str]

CHANNELS: Mapping[str, Sequence[str]] = {
    "fb": ("verified", "status", "createdOn", "name", "profile_pic", "psid", "updatedOn"),
    "twitter": (
        "verified",
        "status",
        "twitter_handle",
        "twitter_name",
        "geolocation",
        "timezone",
        "twitterid",
        "createdOn",
        "updatedOn",
    ),
    "wechat": ("verified", "status", "nick", "language", "wechat_user_id", "createdOn", "updatedOn"),
    "rt": (
        "verified",
        "status",
        "connectStatus",
        "deviceId",
        "make",
        "model",
        "os",
        "osversion",
        "pushId",
        "createdOn",
        "last_opened",
        "last_upgraded",
    ),
}
NEW_NAMES = ("xfavourite_colour", "xLoyaltyTier", "xscore2", "X_PLAN", "x.plan", "x$cost", "x-tier")
_FREE = ("name", "nick", "twitter_name", "model", "make", "geolocation", "timezone")
_STRATEGIES: Mapping[str, SearchStrategy[str]] = {
    "email": values.emails(),
    "msisdn": values.phone_numbers(),
    "verified": values.flags(),
    "status": values.flags(),
    "connectStatus": values.flags(),
    "createdOn": values.plain_dates(),
    "updatedOn": values.plain_dates(),
    "last_opened": values.offset_dates(),
    "last_upgraded": values.offset_dates(),
    "profile_pic": values.picture_addresses(),
    "psid": values.digits(),
    "twitterid": values.digits(),
    "deviceId": values.digits(15, 15),
    "twitter_handle": st.integers(0, 2**70).map(lambda number: f"tw_{values.spelled(number)}"),
    "language": st.sampled_from(["en", "de", "pt-BR", "zh"]),
    "os": st.sampled_from(["ios", "android"]),
    "osversion": st.sampled_from(["9.3.1", "10", "14.0.2"]),
    "pushId": st.integers(0, 2**256 - 1).map(lambda number: f"{number:064x}"),
    "wechat_user_id": st.integers(0, 2**128).map(lambda number: f"o{values.spelled(number):x<27.27}"),
}


def documented(contract: specs.Contract) -> tuple[str, ...]:
    """The attribute names that the document shows, in its order."""
    return tuple(contract.schema("attributes")["properties"])


def free_text_names(contract: specs.Contract) -> tuple[str, ...]:
    """The documented names whose values have no form."""
    return tuple(name for name in documented(contract) if name in _FREE)


@cache
def value_of(name: str) -> SearchStrategy[str]:
    """Values that fit a name."""
    return _STRATEGIES.get(name, values.texts())


@st.composite
def attributes(draw: DrawFn, names: Sequence[str], *, least: int = 1, most: int = 4) -> Attributes:
    """Some of these names with values that fit them."""
    chosen = draw(st.lists(st.sampled_from(names), min_size=min(least, len(names)), max_size=most, unique=True))
    return {name: draw(value_of(name)) for name in chosen}


def new_names() -> SearchStrategy[str]:
    """Attribute names that no document shows."""
    return st.one_of(
        st.from_regex(r"x[a-z]{3,12}", fullmatch=True),
        st.from_regex(r"x[A-Z][a-zA-Z0-9_]{2,20}", fullmatch=True),
        st.sampled_from(NEW_NAMES),
    )


@st.composite
def channel_profiles(draw: DrawFn) -> Attributes:
    """A profile of any of the four channels: its name and some of the attributes that the document shows for it."""
    channel = draw(st.sampled_from(sorted(CHANNELS)))
    names = CHANNELS[channel]
    chosen = draw(st.integers(1, 2 ** len(names) - 1))  # a bit for each
    return {"channel": channel, **{n: draw(value_of(n)) for place, n in enumerate(names) if chosen >> place & 1}}


def known_attributes(contract: specs.Contract) -> SearchStrategy[Attributes]:
    """Attributes that every reading of the contract accepts."""
    names = documented(contract)
    return channel_profiles() if "channel" in names else attributes(names, most=3)
