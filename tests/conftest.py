"""What all tests share: none of them depends on how fast or how busy a machine is."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("tests", deadline=None)
settings.load_profile("tests")
