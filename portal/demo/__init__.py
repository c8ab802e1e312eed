"""The demonstration: people, companies and half a year of their dealings, made through the services."""
