"""Attacks on a run that asks a model: what the pages say, what the model answers, and what came of it."""
