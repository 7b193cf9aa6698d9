"""Who signs on, whose profile is named, and which outcomes that allows."""

from __future__ import annotations

import re
from typing import Any

from conformance.fiserv.asked import Asked
from conformance.fiserv.content_rules import INVENTED
from conformance.fiserv.form_rules import PROFILE
from conformance.fiserv.rules import ANY, OPEN, SUCCESS, Codes, Expectation, Fault, Taken
from conformance.fiserv.world import CASE, LOCK_AFTER, OURS, Account, World
from conformance.judge.readings import Readings

SIGNON = "signon"
IDENTITY = "identity"
# Members of SignonRq on whose effect on an update no document says anything.
OPEN_MEMBERS = ("SimulatedUserDetails", "MFAQuestions")
# Those with which an update may be refused, and that change nothing of what it does.
BESIDE_UPDATE = ("Preferences", "RoleDetail", "InstallID", "GenSessInfo")
OPEN_INFO = ("AlldataToken", "CreateUserIfNotExists")
DIGITS = 20  # of the largest integer of 64 bits, and one more
PLAIN_HOME = 2**31 - 1  # the largest HomeID that every integer type holds
# Names that may well be encryption schemes somewhere.
SCHEMES = re.compile(
    r"none|plain|clear|base|md\d|sha|aes|des|rsa|pgp|gpg|rc\d|hash|crypt|pbkdf|hmac|ssl|tls|xor|cipher"
)


class SignonRules:
    """Judges credentials and identities."""

    def __init__(self, readings: Readings, codes: Codes, world: World) -> None:
        self.readings = readings
        self.codes = codes
        self.world = world

    def apply(self, asked: Asked, expected: Expectation) -> None:
        """Adds what credentials and identities lead to."""
        self._partner(asked, expected)
        signer = self._signer(asked, expected)
        home = asked.get(*PROFILE, "HomeID")
        self._home(home, asked, expected)
        if isinstance(asked.get(*PROFILE), dict):
            self._subject(asked.get(*PROFILE, "UserID"), signer, asked, expected)

    # --- who signs on

    def _partner(self, asked: Asked, expected: Expectation) -> None:
        partner = asked.get("partnerID")
        if self.world.partner is None or self.world.home is None:
            expected.gray = expected.gray or "a partner or a home that the target file does not name"
        if partner == self.world.partner:
            return
        if partner is None and "partnerID" not in (asked.content or {}):
            options = self.readings.possible("missing-partner")
            if options == {"defaulted"}:
                expected.taken.append(Taken("identity-triple", "missing-partner"))
                return
            codes: frozenset[str] = frozenset()
            for option in options:
                if option == "defaulted":
                    codes |= {SUCCESS}
                elif {option} == self.codes("unknown-partner"):
                    codes |= self.codes.signon("unknown-partner") | {option}
                else:
                    codes |= {option} | self.codes.missing("partnerID")
            bare = self.codes.signon_bare()
            name = "partnerID is missing"
            expected.faults.append(
                Fault(name, ("identity-triple",), codes, SIGNON, bare, ("identity-triple",), "missing-partner")
            )
        elif isinstance(partner, int) and not isinstance(partner, bool):
            # With an unknown partner the whole triple is unknown: its home and its user are, too.
            session = ("bad-session",) if asked.get("SignonRq", "SessionInfo") is not None else ()
            codes = self.codes.signon("unknown-partner", "wrong-credentials", *session)
            codes |= self.codes("unknown-home", "unknown-user", "wrong-credentials")
            # To that partner the home is another's.
            codes |= self.codes.chosen("foreign-home") | self.codes.chosen("cross-user")
            after = ("identity-triple", "sign-on-failure")
            bare = self.codes.signon_bare()
            expected.faults.append(Fault("an unknown partnerID", after, codes, SIGNON, bare, after))

    def _signer(self, asked: Asked, expected: Expectation) -> Account | None:
        info, session = asked.get("SignonRq", "UserInfo"), asked.get("SignonRq", "SessionInfo")
        signon = asked.get("SignonRq")
        if not isinstance(signon, dict):
            return None
        if any(member in signon for member in OPEN_MEMBERS):
            expected.gray = expected.gray or "members of SignonRq whose effect is open"
        if any(member in signon for member in BESIDE_UPDATE):
            expected.doubt("members of SignonRq with which an update may be refused")
        if info is not None and session is not None:
            expected.gray = expected.gray or "two ways of signing on at once"
        elif session is not None:
            return self._session(session, expected)
        elif info is None:
            codes = self.codes.signon("wrong-credentials", "bad-session", "wrong-role") | self.codes("invalid")
            codes |= self.codes.missing("UserInfo")
            bare = self.codes.signon_bare()
            expected.faults.append(
                Fault("no credentials", ("sign-on-failure",), codes, SIGNON, bare, ("sign-on-failure",))
            )
        elif isinstance(info, dict):
            return self._credentials(info, expected)
        return None

    def _session(self, session: Any, expected: Expectation) -> Account | None:
        token = session.get("SessionToken") if isinstance(session, dict) else None
        known = self.world.sessions.get(token) if isinstance(token, str) else None
        if isinstance(token, str) and known is not None:
            return self._known_session(token, session, expected)
        if isinstance(token, str) and self.world.surely_no_session(token):
            self._signon_fault("an invented session token", ("bad-session", "wrong-credentials"), expected)
        else:
            expected.gray = expected.gray or "a session"
        return None

    def _known_session(self, token: str, info: dict[str, Any], expected: Expectation) -> Account | None:
        """A token that the target gave out: only with the home and the role of its user, as long as there is one."""
        known = self.world.sessions[token]
        expected.signer = known.user
        account = self.world.account(known.user)
        failing = ("bad-session", "wrong-credentials")
        if account is None:
            self._signon_fault("the session of a deleted user", failing, expected, self.codes("unknown-user"))
            return None
        home, role = info.get("HomeID"), info.get("Role", known.role)
        if isinstance(home, str) and _names_another(home, self.world.home):
            codes = self.codes("unknown-home", "unknown-user", "invalid") | self.codes.chosen("malformed-home")
            self._signon_fault("the session of a user of another home", failing, expected, codes)
        elif home is not None and home != str(self.world.home):
            expected.gray = expected.gray or "a home of a session in another form"
        if known.role == "Admin" and "Role" not in info:
            expected.doubt("the session of an administrator who names no role")
        if role != known.role:
            if role == "Admin":
                self._signon_fault(
                    "a session in a role that the user does not have", (*failing, "wrong-role"), expected
                )
            else:
                expected.gray = expected.gray or "a session in another role"
        if not self.world.sessions_taken:
            expected.doubt("a session, and none was taken before")
        elif self.world.superseded(token):
            expected.doubt("a session of a user who has a newer one")
        return account

    def _signon_fault(
        self,
        name: str,
        roles: tuple[str, ...],
        expected: Expectation,
        others: frozenset[str] = frozenset(),
        *,
        guess: bool = False,
    ) -> None:
        names, codes, bare = ("sign-on-failure",), self.codes.signon(*roles) | others, self.codes.signon_bare()
        expected.faults.append(Fault(name, names, codes, SIGNON, bare, names, "signon-failure", guess))

    def _credentials(self, info: dict[str, Any], expected: Expectation) -> Account | None:
        user = info.get("UserID")
        account = self.world.account(user)
        if any(member in info for member in OPEN_INFO) and not self._invented_token(info, account):
            expected.gray = expected.gray or "members of UserInfo whose effect is open"
        self._signon_home(info, account, expected)
        expected.signer = user if isinstance(user, str) else None
        alike, how = self.world.resembled(user)
        if alike is not None and not (how == CASE and self._tells_case(alike)):
            expected.gray = expected.gray or f"a UserID that is another one but for its {how}"
            expected.signer = alike.user
            return None
        if account is None:
            if isinstance(user, str) and (self.world.surely_unregistered(user) or alike is not None):
                codes = self.codes.read_as_credentials("unknown-signon-user") | self._malformed(user)
                codes |= self._blank(user)
                after = ("sign-on-failure", "unknown-user-code")
                bare = self.codes.signon_bare() if self.readings.may("unknown-signon-user", "1740") else frozenset()
                expected.faults.append(
                    Fault("an unregistered user signs on", after, codes, SIGNON, bare, (), "unknown-signon-user")
                )
            elif isinstance(user, str):
                expected.gray = expected.gray or "a user of whom nothing is known"
            return None
        self._password(info, account, expected)
        self._role(info, account, expected)
        if info.get("OBOUserID") is not None and account.role != "Admin":
            expected.doubt("a user who is no administrator on behalf of somebody")
        return account

    def _tells_case(self, account: Account) -> bool:
        """Whether an id of ours in another letter case is surely nobody's."""
        return account.ours and self.readings.settled("user-id-case") == "exact"

    def _invented_token(self, info: dict[str, Any], account: Account | None) -> bool:
        """Whether a token that nobody gave out stands beside a password that is wrong: neither signs on."""
        password = info.get("UserPassword")
        value = password.get("CryptVal") if isinstance(password, dict) else None
        known = account is not None and account.password is not None and isinstance(value, str)
        wrong = known and account is not None and value != account.password
        return wrong and OPEN_INFO[1] not in info and bool(OURS.fullmatch(str(info[OPEN_INFO[0]])))

    def _signon_home(self, info: dict[str, Any], account: Account | None, expected: Expectation) -> None:
        home = info.get("HomeID")
        if home == self.world.home:
            return
        if "HomeID" not in info:
            expected.gray = expected.gray or "a sign-on without its home"
        elif not isinstance(home, int) or isinstance(home, bool):
            return  # a matter of form
        elif self.world.surely_no_home(home):
            codes: frozenset[str] = frozenset()
            if self.readings.may("signon-home-fault", "4012-either"):
                codes |= self.codes("unknown-home")
            if self.readings.may("signon-home-fault", "1740-for-signon"):
                codes |= self.codes.signon("wrong-credentials") | self.codes("wrong-credentials")
            codes |= self._odd_home(home)
            bare = self.codes.signon_bare()
            after = ("unknown-home-code", "identity-triple")
            expected.faults.append(
                Fault("an unknown home in SignonRq", after, codes, SIGNON, bare, after, "signon-home-fault")
            )
        elif account is not None and account.ours and account.user not in self.world.elsewhere:
            # Whatever home that is: the user was created in one home alone.
            codes = self.codes.signon("wrong-credentials") | self._odd_home(home)
            codes |= self.codes("wrong-credentials", "unknown-home", "unknown-user")
            codes |= self.codes.chosen("foreign-home") | self.codes.chosen("cross-user")
            after = ("sign-on-failure", "identity-triple")
            name, bare = "a home in SignonRq in which the user is not registered", self.codes.signon_bare()
            expected.faults.append(Fault(name, after, codes, SIGNON, bare, after))
        else:
            expected.gray = expected.gray or "a home of which nothing is known"

    def _password(self, info: dict[str, Any], account: Account, expected: Expectation) -> None:
        password = info.get("UserPassword")
        if not isinstance(password, dict):
            return
        scheme, value = password.get("CryptType"), password.get("CryptVal")
        if isinstance(scheme, str) and scheme != self.world.crypt_type:
            if not INVENTED.search(scheme) and (SCHEMES.search(scheme.casefold()) or not scheme.isalnum()):
                expected.gray = expected.gray or "a scheme that may be known"
                return
            codes = self.codes.read_as_credentials("unknown-crypt-type")
            bare = self.codes.signon_bare() if self.readings.may("unknown-crypt-type", "1740") else frozenset()
            name, names = "an unknown CryptType", ("encryption-scheme-code",)
            expected.faults.append(Fault(name, names, codes, SIGNON, bare, (), "unknown-crypt-type", guess=True))
        if account.password is None:
            expected.gray = expected.gray or "a user whose password is not known"
        elif isinstance(value, str) and value != account.password:
            roles = ("wrong-credentials", "wrong-password")
            locked = ("locked",) if account.failures >= LOCK_AFTER else ()
            others = frozenset({ANY}) if OPEN_INFO[0] in info else frozenset[str]()
            self._signon_fault("a wrong password", (*roles, *locked), expected, others, guess=True)
        elif account.failures >= LOCK_AFTER:
            expected.gray = expected.gray or "a user who may be locked by now"

    def _role(self, info: dict[str, Any], account: Account, expected: Expectation) -> None:
        role = info.get("Role")
        if role == account.role or not isinstance(role, str):
            return
        if role == "Admin":
            self._signon_fault("a role that the user does not have", ("wrong-role", "wrong-credentials"), expected)
        elif role in ("User", "Advisor", "CSR"):
            expected.gray = expected.gray or "a role that the user may have"

    # --- whose profile

    def _home(self, home: Any, asked: Asked, expected: Expectation) -> None:
        if home == self.world.home or not isinstance(asked.get(*PROFILE), dict):
            return
        if "HomeID" not in asked.get(*PROFILE):
            codes = self.codes.chosen("missing-home", taken="defaulted")
            codes |= self.codes.missing("HomeID") if codes & self.codes("invalid") else frozenset()
            if codes == {SUCCESS}:
                expected.taken.append(Taken("identity-triple", "missing-home"))
            else:
                after = ("identity-triple",)
                expected.faults.append(
                    Fault("UserProfile.HomeID is missing", after, codes, IDENTITY, frozenset(), after, "missing-home")
                )
        elif not isinstance(home, int) or isinstance(home, bool):
            return  # a matter of form
        elif home == self.world.other_home:
            codes = self.codes.chosen("foreign-home") | self.codes.chosen("cross-user")
            after = ("identity-triple",)
            names = ("unknown-home-code", "identity-triple")
            expected.faults.append(
                Fault("another partner's home", names, codes, IDENTITY, frozenset(), after, "foreign-home")
            )
        elif home == self.world.home_beside:
            # Nobody is registered by this triple; it also is not that of the one who signs on.
            codes = self.codes("unknown-user", "unknown-home") | self.codes.chosen("cross-user")
            names = ("unknown-user-code", "identity-triple")
            name = "a home of the partner in which the user is not registered"
            expected.faults.append(Fault(name, names, codes, IDENTITY, frozenset(), ("identity-triple",), "cross-user"))
        elif self.world.surely_no_home(home):
            names = ("unknown-home-code", "identity-triple")
            codes = self.codes("unknown-home") | self._odd_home(home)
            expected.faults.append(Fault("an unknown home in UserProfile", names, codes, IDENTITY, after=names))
        elif self._only_here(asked.get(*PROFILE, "UserID")):
            codes = self.codes("unknown-user", "unknown-home") | self.codes.chosen("cross-user") | self._odd_home(home)
            codes |= self.codes.chosen("foreign-home")
            name, after = "a home in which the user is not registered", ("identity-triple",)
            expected.faults.append(Fault(name, after, codes, IDENTITY, frozenset(), after))
        else:
            expected.gray = expected.gray or "a home of which nothing is known"

    def _only_here(self, user: Any) -> bool:
        """Whether a user was created by this run, and in the home of the target file alone."""
        account = self.world.account(user)
        return account is not None and account.ours and account.user not in self.world.elsewhere

    def _odd_home(self, home: int) -> frozenset[str]:
        """What a number may be answered with, beside the code of an unknown home, that may be no HomeID at all.

        No document says in which range a HomeID lies.
        """
        odd = home <= 0 or home > PLAIN_HOME
        return self.codes.chosen("malformed-home") | self.codes("invalid") if odd else frozenset()

    def _subject(self, user: Any, signer: Account | None, asked: Asked, expected: Expectation) -> None:
        if not isinstance(user, str):
            return
        expected.subject = user
        if user == expected.signer or signer is None:
            if signer is not None and signer.role == "Admin":
                expected.gray = expected.gray or "an administrator's own profile"
            return
        alike, how = self.world.resembled(user)
        if alike is not None and not (how == CASE and self._tells_case(alike)):
            expected.gray = expected.gray or f"a UserID that is another one but for its {how}"
            expected.subject = alike.user
        elif self.world.surely_unregistered(user) or alike is not None:
            # Naming somebody else and naming nobody are two faults, unless the signer may name others.
            codes = self.codes("unknown-user")
            may = self._may_update(signer, user, asked)
            if may is not True:
                codes |= self.codes.chosen("cross-user")
                codes |= {ANY} if signer.role == "Admin" else frozenset()
            codes |= self._malformed(user) | self._blank(user)
            expected.faults.append(Fault("an unregistered user is named", ("unknown-user-code",), codes, IDENTITY))
        elif self.world.account(user) is None:
            expected.gray = expected.gray or "a user of whom nothing is known"
        else:
            self._other(user, signer, asked, expected)

    def _malformed(self, user: str) -> frozenset[str]:
        """The codes of a UserID that the published rules for new ones forbid, beside that of an unknown user."""
        if self.world.could_be_user(user):
            return frozenset()
        codes = self.codes("invalid")
        return codes | self.codes("malformed-user") if self.readings.may("code-table", "open") else codes

    def _blank(self, user: str) -> frozenset[str]:
        """The codes of a UserID in which nothing is written, beside that of an unknown user."""
        return frozenset() if user.strip() else self.codes.missing("UserID") | self.codes("invalid")

    def _may_update(self, signer: Account, user: str, asked: Asked) -> bool | None:
        """Whether the signer may update another user; None where the readings leave it open."""
        if signer.role != "Admin":
            return False
        behalf = asked.get("SignonRq", "UserInfo", "OBOUserID")
        verdicts: set[bool | None] = set()
        for option in self.readings.possible("who-may-update"):
            if behalf is not None and option != "on-behalf-of":
                verdicts.add(None)
            else:
                verdicts.add(option == "admin-may" or (option == "on-behalf-of" and behalf == user))
        return verdicts.pop() if len(verdicts) == 1 else None

    def _other(self, user: str, signer: Account, asked: Asked, expected: Expectation) -> None:
        may = self._may_update(signer, user, asked)
        if may is True:
            expected.taken.append(Taken("permitted-updaters", "who-may-update"))
            return
        if signer.role != "Admin":
            names: tuple[str, ...] = ("other-user-untouched",)
            codes = self.codes.chosen("cross-user")
            expected.faults.append(
                Fault("another user is named", names, codes, IDENTITY, after=names, reading="cross-user")
            )
            return
        # Which code an administrator gets who may not update, no document says.
        names = ("permitted-updaters",)
        allowed = frozenset({ANY, SUCCESS} if may is None else {ANY})
        bare = self.codes.signon_bare()
        name = "an administrator names a user"
        expected.faults.append(Fault(name, names, allowed, OPEN, bare, names, "who-may-update"))


def _names_another(text: str, home: int | None) -> bool:
    """Whether a text is surely not the number of a home: it has other digits, or begins with letters."""
    text = text.strip()
    if re.match("[A-Za-z]", text):
        return True
    return text.isascii() and text.isdigit() and (len(text) > DIGITS or int(text) != home)
