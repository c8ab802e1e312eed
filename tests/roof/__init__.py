"""The roof: the command line and what is assembled."""
