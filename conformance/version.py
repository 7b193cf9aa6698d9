"""The version of the suite."""

from importlib.metadata import PackageNotFoundError, version

try:
    VERSION = version("profile-conformance")
except PackageNotFoundError:  # run from a checkout that is not installed
    VERSION = "0+unknown"
