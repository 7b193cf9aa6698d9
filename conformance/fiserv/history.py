"""What exchanges teach about the users, and what a read decides about the updates before it."""

from __future__ import annotations

from itertools import product
from typing import Any

from conformance.fiserv.answered import AGGREGATES, Answered
from conformance.fiserv.asked import Asked
from conformance.fiserv.form_rules import PROFILE, SERVER_OWNED
from conformance.fiserv.invariants import Say
from conformance.fiserv.rules import SUCCESS, Expectation
from conformance.fiserv.stored import (
    EMAIL,
    MEMBERS,
    PHONES,
    UNKNOWN,
    Flat,
    differences,
    flatten,
    plain,
    predict,
    same,
    sent_members,
)
from conformance.fiserv.world import Account, Session, World
from conformance.judge.readings import Readings
from strategies.fiserv.profiles import PLAIN, PROPERTIES, REFERRING
from strategies.fiserv.schema import at, resolved

NUMBERS = ("CEUserID", "PartnerID")
LISTS = {**dict.fromkeys(PROPERTIES, ("ParamName", "ParamVal")), "PersonAttribute": ("AttrName", "AttrVal")}

STATUS = "AdvisorRegStatus"
STATUSES = resolved("update-request")["properties"][PROFILE[0]]["properties"][PROFILE[1]]["properties"][STATUS]["enum"]


class History:
    """Folds exchanges into the world."""

    def __init__(self, world: World, readings: Readings) -> None:
        self.world = world
        self.readings = readings

    # --- updates

    def lost(self, expected: Expectation) -> None:
        """An update of which nobody knows what came."""
        for user in (expected.signer, expected.subject):
            if (account := self.world.accounts.get(user or "")) is not None:
                account.forget()

    def attempt(self, expected: Expectation, requirements: tuple[str, ...], why: str) -> None:
        """An update that must have had no effect."""
        users = frozenset(user for user in (expected.signer, expected.subject) if user in self.world.accounts)
        for requirement in requirements:
            self.world.ask_later(requirement, users or None, why)

    def update(self, asked: Asked, answered: Answered, expected: Expectation) -> None:
        """An update with its answer."""
        done = answered.code == SUCCESS and not answered.erroneous
        sent = asked.get("RqUID")
        if isinstance(sent, str):
            self.world.request_ids[sent] = done or self.world.request_ids.get(sent, False)
        signer = self.world.accounts.get(expected.signer or "")
        if done:
            self._done(asked, answered, expected, signer)
            return
        names = [fault.name for fault in expected.faults]
        if signer is not None and any(fault.guess for fault in expected.faults):
            signer.failures += 1
        after = tuple(requirement for fault in expected.faults for requirement in fault.after)
        self.attempt(expected, ("error-changes-nothing", *after), ", ".join(names) or expected.gray)

    def _done(self, asked: Asked, answered: Answered, expected: Expectation, signer: Account | None) -> None:
        if signer is not None:
            signer.failures = 0
        if asked.get("SignonRq", "SessionInfo") is not None and asked.get("SignonRq", "UserInfo") is None:
            self.world.sessions_taken = True
        if asked.get("SignonRq", "GenSessInfo") is not None:
            self._opened(asked, answered, expected)
        account = self.world.accounts.get(expected.subject or "")
        profile = asked.get(*PROFILE)
        if asked.content is None:
            # It was taken, and whose profile it changed cannot be told from it.
            for each in self.world.accounts.values():
                each.forget()
            return
        if expected.gray or any(fault.sure for fault in expected.faults) or not isinstance(profile, dict):
            self.lost(expected)
            return
        if account is None:
            return
        account.stored = self._predicted(account, profile)
        account.sent.update(sent_members(profile))
        account.successes += 1
        account.shown = (flatten(answered.profiles[0][1]), profile) if answered.profiles else None
        account.foreign.update({".".join(p): v for p in SERVER_OWNED if (v := at(profile, *p)) is not None})
        account.peripheral.update({name: profile[name] for name in (*PLAIN, *REFERRING, *LISTS) if name in profile})

    def _predicted(self, account: Account, profile: dict[str, Any]) -> list[Flat]:
        # Unless a type has one spelling alone, it is open whether another spelling is another key of the list: also a
        # server that takes a word in any letter case may keep it as sent, and compare the keys as they are kept.
        spellings = (True,) if self.readings.settled("type-spelling") == "exact-enum" else (False, True)
        # Where aggregates are replaced, it is open whether the phones are one of their own, and whether ContactInfo is
        # one or merely holds some.
        kept: tuple[tuple[str, ...], ...] = ((), (PHONES,), (PHONES, EMAIL))
        options = product(
            account.stored,
            sorted(self.readings.possible("omitted-members")),
            sorted(self.readings.possible("list-merge")),
            spellings,
            kept if self.readings.may("omitted-members", "replace-aggregate") else ((),),
        )
        found: list[Flat] = []
        for before, omitted, lists, any_case, apart in options:
            own = apart if omitted == "replace-aggregate" else ()
            after = predict(before, profile, omitted, lists, any_case=any_case, apart=own)
            if after not in found:
                found.append(after)
        return found

    # --- companions

    def companion(self, asked: Asked, answered: Answered, say: Say) -> None:
        """A read, a creation or a deletion."""
        if not answered.succeeded or asked.gray or asked.content is None:
            return
        if asked.operation == "create":
            self._created(asked)
        elif asked.operation == "delete":
            deleted = self.world.accounts.get(asked.get("UserDelRq", "UserID") or "")
            if deleted is not None and self._here(asked.get("UserDelRq", "HomeID")):
                deleted.registered = False
        elif asked.operation == "read":
            info = asked.get("SignonRq", "UserInfo")
            account = self.world.account(at(info, "UserID")) if self._here(at(info, "HomeID")) else None
            profile = at(answered.content, AGGREGATES["read"], "UserProfile")
            # The one who signs on is shown, whether the profile says so or not.
            if account is not None and isinstance(profile, dict) and profile.get("UserID") in (None, account.user):
                account.failures = 0
                self._read(account, profile, say)

    def _created(self, asked: Asked) -> None:
        user = asked.get("UserAddRq", "UserInfo", "UserID")
        password = asked.get("UserAddRq", "UserInfo", "UserPassword", "CryptVal")
        if isinstance(user, str) and self._here(asked.get("UserAddRq", "UserInfo", "HomeID")):
            self.world.create(user, password if isinstance(password, str) else None)
        elif isinstance(user, str):
            self.world.elsewhere.add(user)

    def _here(self, home: Any) -> bool:
        return home in (None, self.world.home)

    def _opened(self, asked: Asked, answered: Answered, expected: Expectation) -> None:
        """An update that may have opened a session, in whose place those before it may have gone."""
        if not expected.gray and not any(fault.sure for fault in expected.faults):
            self.signed_on(asked, answered)
        token = session_token(answered.content)
        if token is not None and token not in self.world.sessions:
            kept = {each: held for each, held in self.world.sessions.items() if held.user != expected.signer}
            self.world.sessions = kept

    def signed_on(self, asked: Asked, answered: Answered) -> None:
        """A sign-on that may have opened a session."""
        account = self.world.account(asked.get("SignonRq", "UserInfo", "UserID"))
        here = self._here(asked.get("SignonRq", "UserInfo", "HomeID"))
        if not answered.succeeded or account is None or not here or asked.get("partnerID") != self.world.partner:
            return
        token = session_token(answered.content)
        if token is not None:
            self.world.sessions[token] = Session(account.user, account.role)

    # --- reads

    def _read(self, account: Account, profile: dict[str, Any], say: Say) -> None:
        seen = flatten(profile)
        any_case = self.readings.may("type-spelling", "case-insensitive-enum")
        wrong = min((differences(each, seen, any_case=any_case) for each in account.stored), key=len)
        pending = self.world.take_pending(account.user)
        if account.successes:
            self._after_success(account, profile, seen, wrong, say)
        if not account.successes or not wrong:
            for entry in pending:
                observed = _shown(wrong, account.stored[0], seen)
                say(entry.requirement, not wrong, f"after {entry.why}: {observed}", "the profile as it was")
        if wrong and not account.successes and not pending and account.ours:
            say("other-user-untouched", False, _shown(wrong, account.stored[0], seen), "the profile as it was")
        self._owned(account, profile, say)
        self.world.shown |= _described(profile)
        self.world.plain_shown |= {name for name in PLAIN if profile.get(name) not in (None, "")}
        account.stored = [seen]
        account.successes = 0
        account.shown = None
        account.sent.clear()
        account.foreign.clear()
        account.peripheral.clear()
        account.owned = {".".join(p): at(profile, *p) for p in SERVER_OWNED}

    def _after_success(self, account: Account, profile: dict[str, Any], seen: Flat, wrong: list[str], say: Say) -> None:
        best = min(account.stored, key=lambda each: len(differences(each, seen, any_case=True)))
        shown = self.world.shown | self.world.plain_shown
        if account.sent or account.peripheral:
            lost = [name for name in wrong if name in account.sent] + _peripheral(
                account.peripheral, profile, shown if account.successes == 1 else set()
            )
            say("success-is-stored", not lost, _shown(lost, best, seen), "what was sent")
        unsent = [name for name in MEMBERS if name not in account.sent and best[name] is not UNKNOWN]
        if unsent:
            other = [name for name in wrong if name in unsent]
            options = "|".join(sorted(self.readings.possible("omitted-members")))
            say("omitted-members", not other, _shown(other, best, seen), options, "omitted-members")
        if account.shown is not None:
            self._shown_is_stored(account.shown[0], seen, say)

    def _shown_is_stored(self, shown: Flat, seen: Flat, say: Say) -> None:
        parts = self.readings.may("profile-content", "sent-members")
        any_case = self.readings.may("type-spelling", "case-insensitive-enum")
        wrong = [
            name
            for name in MEMBERS
            if not same(name, shown[name], seen[name], any_case=any_case) and not (parts and shown[name] is None)
        ]
        if parts and "PhoneNum" in wrong and set(shown["PhoneNum"]) <= set(seen["PhoneNum"] or ()):
            wrong.remove("PhoneNum")
        say("profile-is-stored", not wrong, _shown(wrong, shown, seen), "what is read next", "profile-content")

    def _owned(self, account: Account, profile: dict[str, Any], say: Say) -> None:
        if self.readings.may("server-owned-members", "applied"):
            if account.foreign and self.readings.settled("server-owned-members"):
                say("server-owned-members", True, "", "", "server-owned-members")
            return
        for name, sent in account.foreign.items():
            now, before = at(profile, *name.split(".")), account.owned.get(name)
            # A date may be written in another form the next time.
            changed = name in NUMBERS and before is not None and now is not None and str(now) != str(before)
            applied = now is not None and str(now) == str(sent) and str(before) != str(sent)
            observed = f"{name} is {now}, was {before}, {sent} was sent"
            say("server-owned-members", not (applied or changed), observed, "unchanged", "server-owned-members")


def session_token(content: Any) -> str | None:
    """The token of an answer: the text of SessInfo, or what it holds as SessionToken, or the one text inside it."""
    held = at(content, "SignonRs", "SessInfo")
    if isinstance(held, dict):
        texts = [value for value in held.values() if isinstance(value, str)]
        held = held.get("SessionToken", texts[0] if len(texts) == 1 else None)
    return held if isinstance(held, str) and held.strip() else None


def _described(profile: dict[str, Any]) -> set[str]:
    """The members of a profile that have the shape, or one of the words, of the public description."""
    found = {STATUS} if profile.get(STATUS) in STATUSES else set[str]()
    for name, keys in LISTS.items():
        listed = profile[name] if isinstance(profile.get(name), list) else [profile.get(name)]
        found |= {name} if listed and all(isinstance(at(item, key), str) for item in listed for key in keys) else set()
    return found


def _peripheral(sent: dict[str, Any], profile: dict[str, Any], known: set[str]) -> list[str]:
    """Members beside name, address and contact that the profile shows in another way than they were sent.

    One that no read of this target has shown yet need not be shown.
    """
    wrong = []
    for name, value in sent.items():
        if profile.get(name) in (None, "", []):
            wrong += [name] if name in known and _surely_kept(value) else []
            continue
        if name not in LISTS:
            wrong += [name] if plain(str(value)) and str(profile[name]) != str(value) else []
            continue
        listed = profile[name] if isinstance(profile[name], list) else [profile[name]]
        shown = [tuple(str(at(item, key)) for key in LISTS[name]) for item in listed]
        pairs = [tuple(str(at(item, key)) for key in LISTS[name]) for item in value]
        wrong += [name] if any(pair not in shown for pair in pairs if all(map(plain, pair))) else []
    return wrong


def _surely_kept(value: Any) -> bool:
    return bool(value) and (isinstance(value, list) or plain(value))


def _shown(names: list[str], expected: Flat, seen: Flat) -> str:
    return "; ".join(f"{n}: {seen.get(n, 'differs')!r}, expected {expected.get(n, 'as sent')!r}" for n in names[:4])
