"""Probes of what answers look like."""

from __future__ import annotations

from conformance.exercise import Probe, probe
from conformance.fiserv.answered import AGGREGATES, ENVELOPE, OPERATION, SIGNON, Answered
from conformance.fiserv.driver import Driver, User, answered_of
from conformance.fiserv.probes.asking import BAD_WORD, code_of, extra, invalid, person, renamed
from conformance.fiserv.stored import EMAIL, flatten
from strategies.fiserv.schema import Path
from strategies.fiserv.wire import NAMESPACE, Format


def _both(driver: Driver) -> tuple[Answered | None, Answered | None]:
    """The answers to a good update and to one that fails validation."""
    return driver.change(driver.me, renamed(driver, "Probe")), driver.change(driver.me, invalid(driver))


@probe("profile-placement")
def profile_placement(driver: Driver) -> str | None:
    """Looks where UserProfile stands in the answers to three good updates, of which some may go without it."""
    places: dict[Path, str] = {(AGGREGATES["update"], "UserProfile"): "in-operation", ("UserProfile",): "at-root"}
    for name in ("Placed", "Moved", "Settled"):
        answered = driver.change(driver.me, renamed(driver, name))
        if answered is None or not answered.succeeded:
            return None
        found = [places.get(path) for path, _ in answered.profiles]
        if found:
            return found[0] if len(found) == 1 else None
    return "never"


@probe("profile-presence")
def profile_presence(driver: Driver) -> str | None:
    """Sends an update that changes something, the same again, which changes nothing, and two that send little."""
    seen = set()
    for profile in (*[renamed(driver, "Present")] * 2, {"AppID": f"app{driver.bench.fresh(6)}"}, {}):
        answered = driver.change(driver.me, profile)
        if answered is None or not answered.succeeded:
            return None
        seen.add(bool(answered.profiles))
    return None if seen == {False} else "iff" if seen == {True} else "only-if"


@probe("status-placement")
def status_placement(driver: Driver) -> str | None:
    """Looks where the error of an update stands that fails validation."""
    answered = driver.change(driver.me, invalid(driver))
    if answered is None:
        return None
    envelope, operation = answered.status(ENVELOPE), answered.status(OPERATION)
    codes = (envelope.code if envelope else None, operation.code if operation else None)
    if codes[0] == "0" and codes[1] not in (None, "0"):
        return "operation-only"
    if codes[0] is None or codes[0] == "0":
        return None
    return "mirrored" if codes[0] == codes[1] else "envelope-only" if operation is None else None


@probe("signon-status-on-error")
def signon_status(driver: Driver) -> str | None:
    """Looks for SignonRs in the answers to updates of an unknown home and of a user who is not registered."""
    nobody = driver.update_of(User(driver.fresh_id(), ""), renamed(driver, "Nobody"), by=driver.me)
    told = [driver.change(driver.me, {"HomeID": driver.unknown_home}), driver.update(nobody)]
    failed = [answered for answered in told if answered is not None and answered.code not in (None, "0")]
    for answered in failed:
        status = answered.status(SIGNON)
        if status is not None:
            same = "same-as-operation" if status.code == answered.code else None
            return "own-outcome" if status.code == "0" else same
    return "absent" if failed else None


def wrong_password(driver: Driver, user: User) -> Answered | None:
    """The answer to an update with a wrong password."""
    return driver.change(User(user.id, f"{user.password}x", user.role), renamed(driver, "Nobody"))


@probe("http-status")
def http_status(driver: Driver) -> str | None:
    """Compares the HTTP statuses of failures of validation, of parsing, of sign-on, of a scheme and of a member.

    A status of 4xx tells that they are split. That they are not is told by a failed sign-on alone, with a code outside
    the table: a code of the table has 200 either way, and so may any other code outside it.
    """
    _, bad = _both(driver)
    if bad is None or bad.code in (None, "0"):
        return None
    if bad.http != 200:
        return "mapped" if 400 <= bad.http <= 499 else None
    told = []
    for format_ in driver.formats:
        body = driver.body("update", driver.update_of(driver.me, renamed(driver, "Cut")), format_)
        told.append(answered_of(driver.post(body[: len(body) // 2], format_)))
    lacking = person(driver)
    del lacking["PersonInfo"]["PersonName"]
    admin = driver.update_of(driver.me, renamed(driver, "Role"), Role="Admin")
    scheme = {"CryptType": BAD_WORD, "CryptVal": driver.me.password}
    crypt = driver.update_of(driver.me, renamed(driver, "Crypt"), UserPassword=scheme)
    guess = wrong_password(driver, driver.me)
    told += [guess, driver.change(driver.me, lacking), driver.update(admin), driver.update(crypt)]
    if any(answered.http != 200 for answered in told if answered is not None and answered.code not in (None, "0")):
        return "split"
    if guess is None or guess.code in (None, "0"):
        return None
    known = driver.contract.codes.get(guess.code)
    return None if known is not None and known.in_table else "always-200"


@probe("signon-failure")
def signon_failure(driver: Driver) -> str | None:
    """Sends an update with a wrong password."""
    answered = wrong_password(driver, driver.me)
    if answered is None or answered.code == "0":
        return None
    if answered.code is None:
        return "http-401/403" if answered.http in (401, 403) else None
    if extra(driver, answered.code, "role") == "general":
        return "collapsed-100"
    if answered.http in (401, 403) and driver.readings.settled("http-status") == "always-200":
        return "http-401/403"
    return "signon-codes" if extra(driver, answered.code, "family") == "signon" else None


@probe("status-text")
def status_text(driver: Driver) -> str | None:
    """Compares the texts of a success and of a validation failure with the table's."""
    found = []
    for answered in _both(driver):
        for status in answered.statuses if answered else ():
            known = driver.contract.codes.get(status.code or "")
            if known is not None and known.in_table and status.text is not None:
                found.append(status.text == known.text)
    return None if not found else "exact" if all(found) else "free"


@probe("status-members")
def status_members(driver: Driver) -> str | None:
    """Looks for StatusDesc in every Status of a success and of a validation failure."""
    texts = [status.text for answered in _both(driver) if answered for status in answered.statuses]
    return None if not texts else "without-text" if None in texts else "all-three"


@probe("status-code-type")
def status_code_type(driver: Driver) -> str | None:
    """Looks at the JSON type of StatusCode."""
    driver.speaks(Format.JSON)
    answered = driver.update(driver.update_of(driver.me, renamed(driver, "Typed")), Format.JSON)
    raw = [status.raw_code for status in answered.statuses] if answered else []
    if not raw or answered is None or answered.format is not Format.JSON:
        return None
    if all(isinstance(code, int) for code in raw):
        return "integer"
    return "numeric-string" if all(isinstance(code, str) for code in raw) else None


@probe("request-id-echo")
def request_id_echo(driver: Driver) -> str | None:
    """Compares the RqUID of a success and of a validation failure with the requests'."""
    seen = []
    for profile in (renamed(driver, "Echo"), invalid(driver)):
        content = driver.update_of(driver.me, profile)
        answered = driver.update(content)
        if answered is None or answered.code is None:
            return None
        seen.append(
            "same" if answered.request_id == content["RqUID"] else "none" if answered.request_id is None else "own"
        )
    return {"same same": "echo", "same none": "absent-on-error", "own own": "server-generated"}.get(" ".join(seen))


@probe("request-id-replay")
def request_id_replay(driver: Driver) -> str | None:
    """Sends the same update twice, byte for byte."""
    format_ = driver.formats[0]
    body = driver.body("update", driver.update_of(driver.me, renamed(driver, "Twice")), format_)
    first, second = (answered_of(driver.post(body, format_)) for _ in range(2))
    if first is None or second is None or not first.succeeded:
        return None
    return "accepted" if second.succeeded else "rejected"


@probe("response-format")
def response_format(driver: Driver) -> str | None:
    """Sends a good XML update twice, asking for XML and asking for JSON."""
    driver.speaks(Format.XML)
    seen = []
    for accept in (Format.XML, Format.JSON):
        body = driver.body("update", driver.update_of(driver.me, renamed(driver, "Form")), Format.XML)
        answered = answered_of(driver.post(body, Format.XML, accept=accept.media_type))
        seen.append(str(answered.format) if answered else "")
    return {"xml xml": "mirrors-request", "xml json": "accept-header", "json json": "json-only"}.get(" ".join(seen))


@probe("xml-answer-namespace")
def xml_answer_namespace(driver: Driver) -> str | None:
    """Looks at the root of the answer to a good XML update."""
    driver.speaks(Format.XML)
    answered = driver.change(driver.me, renamed(driver, "Space"), Format.XML)
    if answered is None or answered.namespace is None:
        return None
    return {"": "none", NAMESPACE: "cashedge-wm"}.get(answered.namespace)


@probe("profile-content")
def profile_content(driver: Driver) -> str | None:
    """Seeds a full profile, updates AppID alone, and looks for the e-mail address in the answer."""
    driver.seed(driver.me, "Content")
    answered = driver.change(driver.me, {"AppID": f"app{driver.bench.fresh(6)}"})
    if answered is None or not answered.profiles or code_of(answered) != "0":
        return None
    if flatten(answered.profiles[0][1])[EMAIL] is not None:
        return "whole"
    return "sent-members" if flatten(driver.read_profile(driver.me))[EMAIL] is not None else None


@probe("plain-http")
def plain_http(driver: Driver) -> str | None:
    """Sends a good update to the plain-HTTP address."""
    exchange = plain_update(driver, renamed(driver, "Plain"))
    if exchange is None:
        return "refused"
    if 300 <= exchange.http <= 399:
        return "redirect"
    return "error" if exchange.http >= 400 or exchange.erroneous else None


def plain_update(driver: Driver, profile: dict[str, object]) -> Answered | None:
    """The answer to an update over plain HTTP, None where there is none. Raises NotTested."""
    driver.need_plain()
    format_ = driver.formats[0]
    body = driver.body("update", driver.update_of(driver.me, profile), format_)
    return answered_of(driver.post(body, format_, plain=True))


PROBES: list[Probe] = [
    response_format,
    xml_answer_namespace,
    status_placement,
    signon_status,
    status_members,
    status_text,
    status_code_type,
    http_status,
    signon_failure,
    request_id_echo,
    request_id_replay,
    profile_placement,
    profile_presence,
]
LAST: list[Probe] = [profile_content, plain_http]
