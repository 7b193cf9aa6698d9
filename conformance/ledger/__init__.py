"""The restore ledger: profiles that a target file lends are remembered before the first write and put back."""
