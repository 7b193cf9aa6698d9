"""The checks of Fiserv AllData."""
