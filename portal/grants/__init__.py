"""Grants: what companies ask for, what the customer says to it, and what each read may take."""
