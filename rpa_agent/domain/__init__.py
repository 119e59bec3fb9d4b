"""The words: frozen values without I/O that every room shares."""
