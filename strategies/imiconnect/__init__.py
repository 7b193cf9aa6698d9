"""What can be sent to the IMIconnect profile API: values, profiles, batches, and bodies wrong in one way."""
