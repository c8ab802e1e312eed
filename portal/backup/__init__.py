"""Backup and restore: an instance in one encrypted file, and back again. Part of the roof."""
