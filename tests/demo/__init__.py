"""The demonstration, and the bookshop beside it."""
