"""What can be sent to Fiserv AllData: valid, at the boundary, and wrong in exactly one named way."""
