"""Others' recordings: what they know becomes a recording of ours, and a procedure becomes a script of theirs."""
