"""What all tests share: none depends on how busy a machine is, on chance, or on what an earlier run has left."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("tests", deadline=None, derandomize=True, database=None)
settings.load_profile("tests")
