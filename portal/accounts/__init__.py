"""The accounts room: people who sign in, their roles, their sessions and the one-time links that prove an address."""
