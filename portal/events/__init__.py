"""What companies are told of their customers: one ordered feed of what happened, names and ids and never a value."""
