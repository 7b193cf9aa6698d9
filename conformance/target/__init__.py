"""What is under test: the target file and what it says."""

from conformance.target.model import Limits, Secret, Target

__all__ = ["Limits", "Secret", "Target"]
