"""Floor 0: what every room stands on. It imports no room."""
