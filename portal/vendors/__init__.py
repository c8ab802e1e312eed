"""Vendors: the organisations, their card, and what each may ask for and why."""
