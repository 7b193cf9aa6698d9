"""Checks of the Genesys contract."""
