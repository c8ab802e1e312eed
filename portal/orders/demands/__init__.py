"""What a customer asks of a company about an order: to cancel, to send back, to put right, to step back from the contract."""
