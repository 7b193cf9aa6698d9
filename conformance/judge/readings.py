"""Which readings are still possible for one implementation."""

from __future__ import annotations

from collections.abc import Mapping

import specs


class Readings:
    """For each reading the options that the implementation may follow, as far as is known.

    All options are possible until a probe has learned which one it is.
    """

    def __init__(self, contract: specs.Contract, learned: Mapping[str, str] | None = None) -> None:
        self._options = {name: frozenset(reading.option_ids) for name, reading in contract.readings.items()}
        self._possible = dict(self._options)
        self._learned: dict[str, str] = {}
        for name, option in (learned or {}).items():
            self.learn(name, option)

    def learn(self, name: str, option: str) -> None:
        """Holds the implementation to one option from now on.

        Raises:
            KeyError: there is no such reading.
            ValueError: the reading has no such option.
        """
        if option not in self._options[name]:
            raise ValueError(f"{name} has no option {option!r}")
        self._possible[name] = frozenset({option})
        self._learned[name] = option

    def possible(self, name: str) -> frozenset[str]:
        """The options that the implementation may follow. Raises KeyError for an unknown reading."""
        return self._possible[name]

    def may(self, name: str, *options: str) -> bool:
        """Whether any of these options is still possible."""
        return not self._possible[name].isdisjoint(options)

    def settled(self, name: str) -> str | None:
        """The option that is followed, or None while several are possible."""
        options = self._possible[name]
        return next(iter(options)) if len(options) == 1 else None

    @property
    def learned(self) -> Mapping[str, str]:
        """What probes have learned, reading to option."""
        return dict(self._learned)
