"""The feed of what happened."""
