"""Customers: the profile people keep, each line with where it came from and when it was last confirmed."""
