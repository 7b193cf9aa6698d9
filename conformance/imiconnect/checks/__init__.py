"""The checks of both IMIconnect contracts."""
