"""The embedded reference: all contracts, every observable reading, and the faults that prove the checks."""
