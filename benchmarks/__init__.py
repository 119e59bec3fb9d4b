"""Benchmarks: each sets itself up, measures against a stated baseline in the same run, and prints figures."""
