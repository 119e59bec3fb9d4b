"""Watches a person, or an imported script, do the work once, and joins what happened into acts."""
