"""What the `schedule` benchmark is made of: rules with an independent walk over every minute, and racing schedulers."""
