"""Several records in one demonstration, and several demonstrations of one workflow, become one procedure."""
