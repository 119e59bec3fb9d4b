"""Hands: one act on one element, whatever kind of widget it is."""
