"""Writes answers in every form that HTTP, JSON and XML leave open; knows no vendor.

A service says what it answers; the freedoms of the shared register say in which form it goes out.
"""

from conformance.reference.rendering.rendering import Rendered, Rendering

__all__ = ["Rendered", "Rendering"]
