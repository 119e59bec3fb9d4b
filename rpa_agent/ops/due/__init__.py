"""What is due: when, exactly once, woken by the alarm clock, and what becomes of it when its process dies."""
