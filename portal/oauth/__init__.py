"""Companies' programs and their keys: clients, authorization codes, access and refresh tokens."""
