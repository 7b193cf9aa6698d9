"""What can be sent: the specs as Hypothesis strategies."""
