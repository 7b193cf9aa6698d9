"""App profiles by channel: one for each, or one whose channel is an attribute like others."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.reference.imiconnect.model import Attributes, Changes, Scope
from conformance.reference.imiconnect.part import Part

MARK = "\x1f"  # between the channel and the name of an attribute, where profiles are kept for each channel


@dataclass(frozen=True, slots=True)
class ChannelProfile:
    """The profile of one channel; "" stands for the only one, or for one without a channel."""

    channel: str
    attributes: Attributes


class Channels(Part):
    """Takes what is stored for a customer under an app id apart, and puts it together again."""

    @property
    def by_channel(self) -> bool:
        """Whether each channel has a profile of its own."""
        return self.follows("profiles-per-channel", "one-per-channel")

    def profiles_of(self, stored: Attributes) -> list[ChannelProfile]:
        """The profiles of a customer under one app id."""
        if not self.by_channel or not stored:
            return [ChannelProfile("", stored)]
        found: dict[str, Attributes] = {}
        for key, value in stored.items():
            channel, _, name = key.rpartition(MARK)
            found.setdefault(channel, {})[name] = value
        return [ChannelProfile(channel, attributes) for channel, attributes in found.items()]

    def opened(self, scope: Scope, stored: Attributes, changes: Changes) -> tuple[ChannelProfile, list[ChannelProfile]]:
        """The profile that changes go to, and the others: without a channel it is the first one."""
        if not scope.is_app or not self.by_channel:
            return ChannelProfile("", stored), []
        profiles = self.profiles_of(stored)
        channel = changes.get("channel")
        if not isinstance(channel, str):
            channel = profiles[0].channel if profiles else ""
        meant = next((each for each in profiles if each.channel == channel), ChannelProfile(channel, {}))
        return meant, [each for each in profiles if each.channel != channel]

    def closed(self, part: ChannelProfile, changed: Attributes, rest: list[ChannelProfile]) -> Attributes:
        """What is stored after one of the profiles was changed."""
        if not part.channel and not rest:
            return changed
        written = [ChannelProfile(part.channel, changed), *rest]
        return {f"{each.channel}{MARK}{name}": value for each in written for name, value in each.attributes.items()}
