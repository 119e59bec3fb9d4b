"""Secrets: where they come from, how they are kept and renewed, and how everything else stays without them."""
