"""`python -m conformance` is the command `conformance`."""

# ruff: noqa: PTH100, PTH109, PTH120
# Without pathlib: until the working folder is gone, a module of the user could stand in for it.
import os
import sys

# Python puts the working folder first; what lies there is the user's, and must not stand in for a module of ours.
if not sys.flags.safe_path and sys.path[0] in ("", os.getcwd()):
    home = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    if os.path.realpath(sys.path[0]) != os.path.realpath(home):
        del sys.path[0]

from conformance.cli import main

if __name__ == "__main__":
    main()
