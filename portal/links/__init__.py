"""Links: one customer with one vendor, the ids the vendor knows the customer by, and invitations."""
