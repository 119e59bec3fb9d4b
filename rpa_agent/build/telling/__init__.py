"""What a demonstration became, told in sentences with numbers, and a person's corrections by number."""
