"""Sessions: opened, and signed on with."""

from __future__ import annotations

from typing import Any

from conformance.fiserv.answered import Answered, read_answer
from conformance.fiserv.driver import Driver, User
from conformance.fiserv.history import session_token
from conformance.fiserv.probes.asking import renamed
from conformance.judge import NotApplicable
from strategies.fiserv.schema import Content
from strategies.fiserv.wire import Format


def open_session(driver: Driver, user: User, format_: Format | None = None) -> str:
    """The token of a new session. Raises NotApplicable."""
    content = driver.head(user)
    content["SignonRq"]["GenSessInfo"] = "true"
    answer = driver.ask("signon", content, format_).answer
    answered = read_answer("signon", answer) if answer else None
    token = session_token(answered.content) if answered is not None and answered.succeeded else None
    if token is None:
        raise NotApplicable("a sign-on that asks for a session gets no token")
    return token


def by_session(driver: Driver, user: User, token: object, profile: Content, **info: Any) -> Content:
    """The update of a user, signed on with a session; what `info` has as None is left out."""
    content = driver.update_of(user, profile)
    session = {"SessionToken": token, "Role": "User", "HomeID": str(driver.home_of(user)), **info}
    content["SignonRq"] = {"SessionInfo": {name: value for name, value in session.items() if value is not None}}
    return content


def use(driver: Driver, user: User, token: str, mark: str, format_: Format | None = None) -> Answered | None:
    """The answer to an update of the last name that signs on with a session."""
    return driver.update(by_session(driver, user, token, renamed(driver, mark)), format_)


def session_of(driver: Driver, user: User) -> str:
    """A session of a user that was taken. Raises NotApplicable."""
    driver.seed(user, "Session")
    token = open_session(driver, user)
    answered = use(driver, user, token, "By session")
    driver.read(user)
    if answered is None or not answered.succeeded:
        raise NotApplicable(f"no update is taken that signs on with a session: {answered}")
    return token
