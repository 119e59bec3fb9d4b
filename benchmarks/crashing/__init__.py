"""The parts of the `crash` benchmark: a worker that is cheap to kill, the trials, and what else can go wrong."""
