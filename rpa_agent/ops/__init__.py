"""The office: settings, secrets, what ran, what is due, what was sent, and what waits for a person."""
