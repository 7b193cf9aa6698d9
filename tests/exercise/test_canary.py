"""The canary: it knows its own tokens, hears who asks, and leaves nothing behind."""

from __future__ import annotations

from pathlib import Path

import pytest
import requests

from conformance.exercise.canary import Canary, reachable_from


def test_the_content_of_the_file_is_found_wherever_it_is_shown() -> None:
    with Canary() as canary:
        assert canary.found_in(b"<RqUID>" + canary.file.read_bytes() + b"</RqUID>")


def test_whoever_asks_the_address_is_heard_and_what_is_served_is_found() -> None:
    with Canary() as canary:
        served = requests.get(canary.url, timeout=5).content

    assert canary.asked == ["/canary"]
    assert canary.found_in(served)


def test_what_a_request_says_of_the_canary_does_not_give_it_away() -> None:
    with Canary() as canary:
        assert not canary.found_in(f"{canary.file_uri} {canary.url}".encode())


def test_nothing_is_left_behind() -> None:
    with Canary() as canary:
        folder = canary.file.parent

    assert not Path(folder).exists()


@pytest.mark.parametrize(
    ("url", "near"),
    [
        ("https://127.0.0.1:8443/x", True),
        ("https://[::1]/x", True),
        ("https://localhost/", True),
        ("https://profile.example.com/", False),
        ("https://10.0.0.7/", False),
    ],
)
def test_only_a_target_on_loopback_can_reach_it(url: str, near: bool) -> None:
    assert reachable_from(url) is near
