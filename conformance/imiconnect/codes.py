"""The codes that rules speak of, by their meaning; texts and sources stand in the contracts' data."""

from __future__ import annotations

from typing import Final

SUCCESS: Final = "1000"
QUEUED_EXAMPLE: Final = "1001"
PARTIAL: Final = "1002"
BAD_JSON: Final = "7000"
BAD_KEY: Final = "7001"
NO_KEY: Final = "7002"
MISSING: Final = "7003"
INTERNAL: Final = "7006"
UNLISTED: Final = "7010"
BAD_VALUE: Final = "7011"
TOO_MANY: Final = "7012"
UNKNOWN_CUSTOMER: Final = "7014"
BAD_APP: Final = "7018"
RATE_LIMITED: Final = "7020"
UNKNOWN_TO_DELETION: Final = "7203"
UNLISTED_DELETION: Final = "7208"
NO_RESULT: Final = "7600"

# What refuses a request as a whole; no request that waits has such a code.
REFUSALS: Final = frozenset(
    {BAD_JSON, BAD_KEY, NO_KEY, MISSING, INTERNAL, UNLISTED, UNLISTED_DELETION, TOO_MANY, BAD_APP, RATE_LIMITED}
)
QUEUED: Final = frozenset({SUCCESS, QUEUED_EXAMPLE})
ACCEPTED: Final = QUEUED | {PARTIAL}
FIRST_ERROR: Final = "7000"


def is_error(code: str) -> bool:
    """Whether a code is from the range of errors."""
    return code >= FIRST_ERROR
