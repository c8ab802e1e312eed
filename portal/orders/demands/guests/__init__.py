"""Withdrawals of people who bought without an account, or do not want to sign in: by a link in a mail, and nothing else."""
