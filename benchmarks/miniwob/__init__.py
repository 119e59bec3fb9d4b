"""Pages that no one here wrote: the tasks of MiniWoB++, shown once by rules that read the page, then replayed."""
