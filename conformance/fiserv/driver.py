"""Speaks the API of Fiserv AllData: messages, users, reads, clean-up."""

from __future__ import annotations

import copy
import re
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from conformance.exercise import Bench
from conformance.exercise import Driver as Base
from conformance.exercise.freshness import Staleness
from conformance.exercise.preflight import Attempt
from conformance.fiserv import beginning, lending
from conformance.fiserv.adapting import Adapting
from conformance.fiserv.answered import AGGREGATES, Answered, read_answer
from conformance.fiserv.asked import ask
from conformance.fiserv.oracle import Oracle
from conformance.fiserv.world import DEFAULT_CRYPT
from conformance.judge import Inconclusive, NotApplicable, NotTested, lacking
from conformance.ledger.compare import Compared
from conformance.session.exchange import Exchange, Request
from strategies.fiserv.profiles import DESCRIBED, Words, full_profile
from strategies.fiserv.schema import Content, at, resolved
from strategies.fiserv.wire import NAMESPACE, Format, to_json, to_xml


@dataclass(frozen=True)
class User:
    """A user that may sign on; `ours` tells whether this run created it."""

    id: str
    password: str
    role: str = "User"
    ours: bool = True
    home: int | None = None  # of another home than that of the target file


class Driver(Base):
    """One target, spoken to as the public description of the API has it."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        target = self.target
        self.partner = int(target.credential("partner") or 0)
        self.home = int(target.credential("home") or 0)
        self.unknown_home = int(target.data.get("unknown_home", 1))
        self.unknown_partner = int(target.data.get("unknown_partner", 1))
        listed = target.data.get("phone_types") or self.contract.data["phone_types"].example[:1]
        types = [str(word) for word in listed]
        self._words = Words(tuple(types[:2]), str(target.data.get("name_addr_type") or "Customer"))
        self.crypt_type = str(target.data.get("crypt_type", DEFAULT_CRYPT))
        self._formats = [Format(word) for word in target.data.get("formats") or ["json", "xml"]]
        self._made: list[User] = []
        self._mine: list[User] = []
        self._begun: dict[str, Content] = {}
        self._messages = 0
        self._creates = True
        self._asked = False
        self._run = uuid.uuid4().hex[:20]  # RqUIDs must be new to the target, whatever the seed, and short

    # --- what the target has

    @property
    def words(self) -> Words:
        """Words that the target takes, and those of the described members that a read of it has shown."""
        oracle = self.bench.oracle
        shown = oracle.world.shown if isinstance(oracle, Oracle) else set[str]()
        return replace(self._words, described=tuple(name for name in DESCRIBED if name in shown))

    @property
    def formats(self) -> tuple[Format, ...]:
        """The formats that the target speaks and was seen to take. Raises NotTested where it was seen to take none."""
        return tuple(format_ for format_ in self._formats if self._taken(format_)) or (self.speaks(Format.XML),)

    def claims(self, format_: Format) -> Format:
        """A format, if the target file has it. Raises NotTested."""
        if format_ not in self._formats:
            raise NotTested(
                f"the target file says that the target does not speak {format_}",
                "list it in `formats` of [target.data] where the target does",
            )
        return format_

    def speaks(self, format_: Format) -> Format:
        """A format, if the target speaks it and was seen to take it. Raises NotTested."""
        if not self._taken(self.claims(format_)):
            raise NotTested("no update in XML was taken; the XSD, and with it the order of elements, is not public")
        return format_

    def _taken(self, format_: Format) -> bool:
        return format_ is not Format.XML or self.readings.settled("xml-request-namespace") is not None

    def decides(self, body: bytes, format_: Format) -> bool:
        """Whether the documents and the readings decide what comes of an update."""
        oracle = self.bench.oracle
        asked = ask("update", self.request("update", body, format_))
        return isinstance(oracle, Oracle) and oracle.expect(asked).sure

    @property
    def admin(self) -> User | None:
        """The administrator of the target file."""
        user, password = self.target.credential("admin"), self.target.credential("admin_password")
        return User(user, password, "Admin", ours=False) if user and password else None

    @property
    def need_admin(self) -> User:
        """The administrator. Raises NotTested."""
        if self.admin is None:
            raise NotTested(
                "the target file names no administrator", "give `admin` and `admin_password` in [target.credentials]"
            )
        return self.admin

    def fact(self, name: str, default: int) -> int:
        """A number that the target file states, or another where it states none."""
        return int(self.target.data.get(name, default))

    def need_plain(self) -> None:
        """Raises NotTested where the target file names no plain-HTTP address."""
        if self.target.plain_http_url is None:
            raise lacking.plain_address()

    def can_create(self) -> bool:
        """Whether users can be made and removed."""
        return bool(self._creates and self.admin and self.target.path("create") and self.target.path("delete"))

    # --- users

    @property
    def me(self) -> User:
        """The user of this check."""
        return self.user(0)

    @property
    def given(self) -> User:
        """The user of the target file; for requests that must not change anything."""
        return User(self.target.credential("user") or "", self.target.credential("user_password") or "", ours=False)

    @property
    def other(self) -> User:
        """A second user of the same home."""
        return self.user(1)

    def user(self, number: int) -> User:
        """A user of this check: a new one where users can be created, else one of the target file."""
        while len(self._mine) <= number:
            self._mine.append(self._next_user())
        return self._mine[number]

    def _next_user(self) -> User:
        if self.can_create():
            try:
                user = self.own_user()
            except NotTested:
                return self._given(len(self._mine))  # there are users that are lent
            if not self._asked:
                self._asked = True
                beginning.ask_for_shapes(self, user, self._words)
            return user
        return self._given(len(self._mine))

    def own_user(self, **how: Any) -> User:
        """A new user beside those of this check. Raises NotTested where users are lent or there are none."""
        if not self.can_create():
            raise NotTested(
                "users cannot be created and deleted", "give an administrator who may create and delete users"
            )
        try:
            return self.new_user(**how)
        except Inconclusive as reason:
            if not self.lent_user("user"):
                raise
            self._creates = False  # what else it wants of a new user no document says
            raise NotTested(str(reason)) from reason

    def _given(self, number: int) -> User:
        found = self.lent_user(("user", "second_user")[number]) if number < 2 else None
        if found is None or any(user.id == found.id for user in self._mine):
            raise NotTested(
                "the target file names neither an administrator nor enough users",
                "give an administrator or a `second_user` in [target.credentials]",
            )
        self.bench.borrow(found.id)
        if found.id not in self._begun:
            self._begun[found.id] = copy.deepcopy(self.read_profile(found))
        return found

    def lent_user(self, name: str) -> User | None:
        """A user of the target file, if it names one with a password."""
        user, password = self.target.credential(name), self.target.credential(f"{name}_password")
        return User(user, password, ours=False) if user is not None and password is not None else None

    def new_user(self, **how: Any) -> User:
        """Creates a user, who is deleted at the end of the check. Raises Inconclusive."""
        for _ in range(3):
            user, exchange = self.ask_create(**how)
            if exchange.answer is not None and read_answer("create", exchange.answer).succeeded:
                self._made.append(user)
                return user
        raise Inconclusive("createUser makes no user, so there is nobody whose profile could be updated")

    def try_create(self, **how: Any) -> User | None:
        """Creates a user of some kind, who is deleted at the end of the check; None where the target makes none."""
        user, exchange = self.ask_create(**how)
        if exchange.answer is None or not read_answer("create", exchange.answer).succeeded:
            return None
        self._made.append(user)
        return user

    def ask_create(
        self, *, id: str | None = None, home: int | None = None, whole: bool = True
    ) -> tuple[User, Exchange]:
        """Sends the creation of a user with a full profile.

        Args:
            id: UserID; a fresh one unless given.
            home: another home than that of the target file.
            whole: whether the user has a profile from the start.
        """
        user = User(id or self.fresh_id(), self.fresh_password(), home=home)
        password = {"CryptType": self.crypt_type, "CryptVal": user.password}
        named = {"UserID": user.id, "HomeID": self.home_of(user)}
        request: Content = {"UserInfo": {**named, "UserPassword": password}}
        if whole:
            request["UserProfile"] = {**named, **full_profile(self.words, "zero")}
        return user, self.ask("create", {**self.head(self.need_admin), "UserAddRq": request})

    def home_of(self, user: User) -> int:
        """The home of a user."""
        return self.home if user.home is None else user.home

    def fresh_password(self) -> str:
        """A password that nobody has; long, so that one that is compared in part shows."""
        return f"Pw1-{self.bench.fresh(20)}{self.bench.fresh(16)}"

    def ask_delete(self, user: User) -> Exchange:
        """Sends the deletion of a user."""
        named = {"HomeID": self.home_of(user), "UserID": user.id}
        return self.ask("delete", {**self.head(self.need_admin), "UserDelRq": named})

    def fresh_id(self) -> str:
        """A UserID that nobody has."""
        return f"pc{self.bench.fresh(16)}"

    def delete(self, user: User) -> bool:
        """Deletes a user that this run created; says whether that worked."""
        answer = self.ask_delete(user).answer
        gone = answer is not None and read_answer("delete", answer).succeeded
        if gone and user in self._made:
            self._made.remove(user)
        return gone

    # --- messages

    def request_id(self) -> str:
        """An RqUID that was never sent."""
        self._messages += 1
        return f"{self._run}-{self._messages}"

    def head(self, user: User, **info: Any) -> Content:
        """The parts that every message has; `info` goes into UserInfo."""
        signing = {
            "UserID": user.id,
            "HomeID": self.home_of(user),
            "UserPassword": {"CryptType": self.crypt_type, "CryptVal": user.password},
            "Role": user.role,
            **info,
        }
        return {"partnerID": self.partner, "RqUID": self.request_id(), "SignonRq": {"UserInfo": signing}}

    def update_of(self, user: User, profile: Content, *, by: User | None = None, **info: Any) -> Content:
        """The message in which a user (or `by` another) sends a profile."""
        named = {
            "HomeID": self.home_of(user),
            "UserID": user.id,
            **(profile if user.ours else self.undoable(profile, user)),
        }
        return {**self.head(by or user, **info), "UserProfileModRq": {"UserProfile": named}}

    def undoable(self, profile: Content, *users: User) -> Content:
        """A profile without what could not be taken away again from lent users of this check who had none of it."""
        for user in dict.fromkeys((*users, *self._mine)):
            if not user.ours:
                kept = lending.restorable(profile, self._begun.get(user.id, {}), self.readings)
                if kept != profile:
                    told = "members that {} does not have were not sent, because they could not be removed again"
                    self.bench.observe(told.format(user.id))
                profile = kept
        return profile

    def whole(self, profile: Content) -> Content:
        """A profile that the user of this check may be sent whole. Raises NotTested where it could not be undone."""
        if self.undoable(profile, *([] if self.can_create() else [self.me])) != profile:
            raise NotTested(
                "a lent profile lacks what would be sent, and it could not be taken away again",
                "let the run create users of its own",
            )
        return profile

    def body(self, operation: str, content: Content, format_: Format, **form: Any) -> bytes:
        """A message as bytes."""
        if format_ is Format.JSON:
            return to_json(content)
        if "namespace" not in form and self.readings.settled("xml-request-namespace") == "cashedge-wm-only":
            form["namespace"] = NAMESPACE
        return to_xml(content, resolved(f"{operation}-request"), **form)

    def request(
        self, operation: str, body: bytes, format_: Format, *, accept: str | None = None, **more: Any
    ) -> Request:
        """A request of an operation. Raises NotTested where the target lacks it."""
        path = self.target.path(operation)
        if path is None:
            raise lacking.operation(operation)
        headers = (("Content-Type", format_.media_type), ("Accept", accept or format_.media_type))
        return Request(operation, self.contract.operations[operation].method, path, headers=headers, body=body, **more)

    def deletes_lent(self, request: Request) -> bool:
        """Whether a request deletes a user whom the target file lends."""
        if request.operation != "delete":
            return False
        wanted = re.split(rb'[<"]UserDelRq[">]', request.body or b"", maxsplit=1)[-1]  # behind whoever signs on
        named = re.findall(rb'[>"]([^<>"]*)[<"]', wanted)
        return any(user.encode() in named for user in self.lent_ids())

    def post(self, body: bytes, format_: Format, **more: Any) -> Exchange:
        """Sends the bytes of an update."""
        return self.send(self.request("update", body, format_, **more))

    def update(self, content: Content, format_: Format | None = None, **more: Any) -> Answered | None:
        """Sends an update; None where no answer came."""
        format_ = format_ or self._formats[0]
        return answered_of(self.post(self.body("update", content, format_), format_, **more))

    def change(self, user: User, profile: Content, format_: Format | None = None) -> Answered | None:
        """Lets a user update the own profile."""
        return self.update(self.update_of(user, profile), format_)

    def ask_change(self, user: User, profile: Content) -> Exchange:
        """Sends an update of the own profile."""
        return self.ask("update", self.update_of(user, profile))

    def ask(self, operation: str, content: Content, format_: Format | None = None) -> Exchange:
        """Sends a message of an operation."""
        format_ = format_ or self._formats[0]
        return self.send(self.request(operation, self.body(operation, content, format_), format_))

    def ask_read(self, user: User, format_: Format | None = None) -> Exchange:
        """Sends a read of the own profile."""
        return self.ask("read", self.head(user), format_)

    # --- observing

    def read(self, user: User, format_: Format | None = None) -> Content | None:
        """The stored profile of a user; None where it cannot be read."""
        answer = self.ask_read(user, format_).answer
        answered = read_answer("read", answer) if answer else None
        if answered is None or not answered.succeeded or answered.content is None:
            return None
        profile = at(answered.content, AGGREGATES["read"], "UserProfile")
        return profile if isinstance(profile, dict) else None

    def read_profile(self, user: User) -> Content:
        """The stored profile of a user. Raises Inconclusive."""
        profile = self.read(user)
        if profile is None:
            raise Inconclusive("getUserProfile does not show the profile, so no update can be observed")
        return profile

    def seed(self, user: User, mark: str = "One") -> Content:
        """Stores a full profile and reads it back, so that its every member is known."""
        answered = self.change(user, full_profile(self.words, mark))
        if answered is None or not answered.succeeded:
            raise Inconclusive(f"a full profile cannot be stored: {answered}")
        return self.read_profile(user)

    def follows(self, reading: str, *options: str) -> None:
        """Raises NotApplicable where the target is known to follow none of these options."""
        if not self.readings.may(reading, *options):
            raise NotApplicable(f"the target follows {reading}={self.readings.settled(reading)}")

    # --- the run

    def greet(self) -> Exchange:
        """Reads the profile of the user of the target file."""
        return self.ask_read(self.given)

    def preflight(self) -> Iterator[Attempt]:
        """Reads by the users of the target file, and the life of a user of the run's own."""
        return beginning.preflight(self)

    def freshness(self) -> Staleness | None:
        """Whether reads lag behind the updates of a user of the run's own."""
        return beginning.freshness(self)

    def adapt(self, request: Request) -> Request | None:
        """A generated request with real credentials and ids in it."""
        return Adapting(self).adapt(request)

    def adopt(self, user: User) -> None:
        """Has a user deleted at the end of the check."""
        self._made.append(user)

    def clean_up(self) -> Sequence[str]:
        """Deletes the users of this check; gives the others their profile back."""
        left = [f"user {user.id}" for user in list(self._made) if not self._removed(user)]
        left += [f"the profile of {user.id}" for user in self._mine if not user.ours and not self._restored(user)]
        self._made.clear()
        self._mine.clear()
        return left

    def _removed(self, user: User) -> bool:
        try:
            return self.delete(user)
        except NotTested:
            return False

    def _restored(self, user: User) -> bool:
        before, now = self._begun.get(user.id), self.read(user)
        if before is None or now is None:
            return False
        if lending.compare(before, now).differences:
            lending.write_back(self, user, before, now)
            now = self.read(user) or {}
        return not lending.compare(before, now).differences

    def lent_ids(self) -> Sequence[str]:
        """The users that the target file names."""
        return list(dict.fromkeys(user.id for user in lending.users(self)))

    def read_lent(self, name: str) -> Any:
        """The profile of a user, as the user reads it."""
        return self.read_profile(self._lent(name))

    def write_lent(self, name: str, was: Any, now: Any) -> Sequence[str]:
        """Has the user send the profile back."""
        return lending.write_back(self, self._lent(name), was, now)

    def compare_lent(self, was: Any, now: Any) -> Compared:
        """Member by member."""
        return lending.compare(was, now)

    def _lent(self, name: str) -> User:
        found = next((user for user in lending.users(self) if user.id == name), None)
        if found is None:
            raise NotTested(
                f"the target file names no user {name} with a password", "give both in [target.credentials]"
            )
        return found


def answered_of(exchange: Exchange) -> Answered | None:
    """The answer to an update, None where none came."""
    return read_answer("update", exchange.answer) if exchange.answer else None
