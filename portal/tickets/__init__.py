"""Conversations about something: questions, faults, complaints, suggestions; what was promised about them, and by when."""
