"""Who is registered when the reference starts: two partners with two homes each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from conformance.reference.fiserv.model import ADMIN_ROLE, USER_ROLE

REGISTERED = "2020-07-30T12:00:00Z"


@dataclass(frozen=True, slots=True)
class Account:
    """A user who exists from the start, in one home or in several."""

    partner: int
    homes: tuple[int, ...]
    user_id: str
    password: str
    role: str
    name: str = ""


PARTNER, OTHER_PARTNER = 50040000, 50050000
HOMES = {50040009: PARTNER, 50040010: PARTNER, 50050009: OTHER_PARTNER, 50050010: OTHER_PARTNER}

ADMIN = Account(PARTNER, (50040009, 50040010), "home_admin", "Vq7-tRm2-Kx9p-Lw4z", ADMIN_ROLE)
FIRST = Account(PARTNER, (50040009,), "first_client", "Hn3-pYd8-Gs5k-Bc6v", USER_ROLE, "Arden")
SECOND = Account(PARTNER, (50040009,), "second_client", "Zt9-wJf4-Mb7x-Qe2n", USER_ROLE, "Brook")
NAMESAKE = Account(OTHER_PARTNER, (50050009,), "first_client", "Ux5-kCa1-Rv8d-Nh3s", USER_ROLE, "Cedar")
OTHER_ADMIN = Account(OTHER_PARTNER, (50050009, 50050010), "home_admin", "Ej6-bLo9-Ws2g-Ti7y", ADMIN_ROLE)
ACCOUNTS = (ADMIN, FIRST, SECOND, NAMESAKE, OTHER_ADMIN)


def profile_of(account: Account) -> dict[str, Any]:
    """The profile that an account starts with; an administrator has none to speak of."""
    if not account.name:
        return {}
    return {
        "PersonInfo": {
            "NameAddrType": "Customer",
            "PersonName": {"LastName": account.name, "FirstName": "Robin", "DisplayName": f"Robin {account.name}"},
            "ContactInfo": {
                "PhoneNum": [{"PhoneType": "EveningPhone", "Phone": "2025550143"}],
                "EmailAddr": f"robin.{account.name.lower()}@example.com",
                "PostAddr": {"Addr1": "12 Harbor Street", "City": "Portland", "Country": "USA"},
            },
        },
    }
