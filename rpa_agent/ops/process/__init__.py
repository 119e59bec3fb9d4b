"""The processes that work here: who holds what, whether it still lives, and how it is ended with all it started."""
