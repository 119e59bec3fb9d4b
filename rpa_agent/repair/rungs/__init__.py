"""The rungs of the ladder, each one way of going on after a break."""
