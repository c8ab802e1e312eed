"""The rules of the house, each with a planted fault that it catches."""
