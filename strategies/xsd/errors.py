"""What cannot be done is said by name."""

from __future__ import annotations


class Unsupported(Exception):  # noqa: N818 - it is no error of the schema, nor of its user
    """The schema uses something that no documents are made for.

    Attributes:
        construct: what it is, in the words of XSD, such as "xs:alternative".
        where: the component that uses it.
    """

    def __init__(self, construct: str, where: str) -> None:
        super().__init__(f"{construct} at {where}")
        self.construct = construct
        self.where = where
