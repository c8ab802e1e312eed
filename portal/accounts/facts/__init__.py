"""What happens to accounts, by subject; and which tables belong together where one of them is written."""

ACCOUNT = frozenset({"accounts", "one_time_tokens", "identifiers"})
FACTORS = frozenset({"factors", "recovery_codes", "recoveries"})
