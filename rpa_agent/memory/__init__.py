"""What the agent knows: procedures and their versions, elements seen on sites, and how to find the one that fits."""

from .procedures import Memory

__all__ = ["Memory"]
