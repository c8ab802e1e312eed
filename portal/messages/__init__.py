"""What a person is told: notices in an inbox, the mails that go with them, and what they chose to get by mail."""
