"""What leaves a run's browser: hosts it may reach, and requests that are read, asked about, and let go once or stopped."""
