"""Answers that come by mail: read, and freed of the letter that they answer. Nothing here knows of anybody."""
