"""The access log: who read or changed what, in an order that shows any later change to its past."""
