"""Faults in addresses and bodies that are odd: repeated members, ids in other forms, what makes a service fail."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from conformance.reference.core import Reply
from conformance.reference.faults import fault
from conformance.reference.genesys.bodies import LONGEST_ID
from conformance.reference.genesys.model import (
    CUSTOMER_ID,
    Asked,
    Key,
    RefusalError,
)
from conformance.reference.genesys.service import GenesysService

STORED = "sent-attributes-stored"


@fault("repeated-members-joined", breaks=[STORED], reach="hard")
class RepeatedMembersJoined(GenesysService):
    """The values of an attribute that stands twice in a body are joined into one array."""

    def body(self, asked: Asked) -> Any:
        """Collects what stands twice."""
        value = super().body(asked)
        if asked.call.method != "PUT" or not isinstance(value, dict):
            return value
        pairs = json.loads(asked.call.body.decode("utf-8-sig"), object_pairs_hook=list)
        names = [name for name, _ in pairs]
        twice = {n for n in names if names.count(n) > 1 and n != CUSTOMER_ID and isinstance(value[n], str)}
        return value | {name: [v for n, v in pairs if n == name] for name in twice}


@fault("beginning-of-body-id-suffices", breaks=["body-id-names-customer"], reach="hard")
class BeginningOfBodyIdSuffices(GenesysService):
    """A customer_id with which the id of the address begins is taken for the same."""

    def addressed(self, asked: Asked, body: dict[str, Any]) -> Key:
        """Compares as many characters as there are."""
        given = body.get(CUSTOMER_ID)
        if isinstance(given, str) and given.strip() and asked.key.customer.startswith(given):
            body = {**body, CUSTOMER_ID: asked.key.customer}
        return super().addressed(asked, body)


@fault("body-id-compared-with-encoded", breaks=["body-id-optional"], reach="hard")
class BodyIdComparedWithEncoded(GenesysService):
    """A customer_id is compared with the address before that was decoded."""

    def addressed(self, asked: Asked, body: dict[str, Any]) -> Key:
        """Compares with the segment as it came."""
        segment = asked.call.path.rpartition("/")[2]
        if CUSTOMER_ID in body and unquote(segment) != segment and body[CUSTOMER_ID] == asked.key.customer:
            raise RefusalError(400, "customer_id is not the one of the address")
        return super().addressed(asked, body)


@fault("plus-in-address-is-a-blank", breaks=["id-up-to-16"], reach="hard")
class PlusInAddressIsABlank(GenesysService):
    """A plus sign in an address is read as a blank, as in a form."""

    def decoded(self, segment: str) -> str:
        """Reads it as a form."""
        return super().decoded(segment.replace("+", " "))


@fault("body-of-other-type-comes-later", breaks=["last-update-stands", STORED], reach="hard")
class BodyOfOtherTypeComesLater(GenesysService):
    """The body of an update that was refused for its media type takes the place of the next one of the customer."""

    left: tuple[Key, bytes] | None = None

    def update(self, asked: Asked) -> Reply:
        """Takes the body that is left in the buffer."""
        if self.left is not None and self.left[0] == asked.key:
            kept, self.left = self.left[1], None
            return super().update(replace(asked, call=replace(asked.call, body=kept)))
        try:
            return super().update(asked)
        except RefusalError as refusal:
            if refusal.status == 415:
                self.left = (asked.key, asked.call.body)
            raise


@fault("address-that-is-no-utf-8-fails", breaks=["no-server-error"], reach="hard")
class AddressThatIsNoUtf8Fails(GenesysService):
    """An address whose bytes are no UTF-8 makes the service fail with 500."""

    def decoded(self, segment: str) -> str:
        """Decodes strictly."""
        try:
            return unquote(segment, errors="strict")
        except UnicodeDecodeError:
            raise RefusalError(500, "UnicodeDecodeError") from None


@fault("nul-in-address-fails", breaks=["no-server-error"], reach="hard")
class NulInAddressFails(GenesysService):
    """A NUL in an address makes the service fail with 500."""

    def check_id(self, customer: str) -> None:
        """Fails as a database does."""
        if "\0" in customer:
            raise RefusalError(500, "invalid byte sequence")
        super().check_id(customer)


@fault("infinite-integer-fails", breaks=["no-server-error"], reach="hard")
class InfiniteIntegerFails(GenesysService):
    """A number in a record that is beyond a double makes the service fail with 500."""

    def body(self, asked: Asked) -> Any:
        """Fails where the number is made whole."""
        try:
            return super().body(asked)
        except RefusalError as refusal:
            if "out of range" in refusal.why:
                raise RefusalError(500, "OverflowError") from None
            raise


@fault("refusal-quotes-raw-text", breaks=["answers-fit-schemas"], reach="hard")
class RefusalQuotesRawText(GenesysService):
    """What a refusal quotes is put into its JSON as it is, so that quotes and line ends break it."""

    def refused(self, refusal: RefusalError) -> Reply:
        """Puts the reason between two quotes."""
        reply = super().refused(refusal)
        body = '{"code": "' + str(refusal.status) + '", "description": "' + refusal.why + '"}'
        return replace(reply, body=body.encode("utf-8", "replace"))


@fault("long-id-fails", breaks=["no-server-error"], reach="hard")
class LongIdFails(GenesysService):
    """An id of more than 1024 characters makes the service fail with 500."""

    def check_id(self, customer: str) -> None:
        """Fails where a column ends."""
        if len(customer) > 64 * LONGEST_ID:
            raise RefusalError(500, "value too long")
        super().check_id(customer)


@fault("ill-formed-bytes-dropped", breaks=["text-values", STORED], reach="hard")
class IllFormedBytesDropped(GenesysService):
    """Bytes of a body that are not UTF-8 are left out, and the rest is stored."""

    def body(self, asked: Asked) -> Any:
        """Decodes what can be decoded."""
        return super().body(_with_text(asked, asked.call.body.decode("utf-8", "ignore")))


@fault("surrogates-in-three-bytes-joined", breaks=["text-values", STORED], reach="hard")
class SurrogatesInThreeBytesJoined(GenesysService):
    """Two halves of a surrogate pair that come in three bytes each are stored as the character that they make."""

    def body(self, asked: Asked) -> Any:
        """Decodes without a look at surrogates."""
        try:
            text = asked.call.body.decode("utf-8", "surrogatepass").encode("utf-16-le", "surrogatepass")
            return super().body(_with_text(asked, text.decode("utf-16-le")))
        except UnicodeDecodeError:
            return super().body(asked)


def _with_text(asked: Asked, text: str) -> Asked:
    """The same call with another body."""
    return replace(asked, call=replace(asked.call, body=text.encode()))
