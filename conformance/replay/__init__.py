"""Sends recorded counterexamples again and says whether they still fail."""
