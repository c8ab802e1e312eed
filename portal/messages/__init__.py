"""What was mailed to a person, to read again in one place."""
