"""Conformance runs: target, session, oracles, checks, the reference implementation and the command."""
