"""The eight promises, each stated at the outer door: pages as a person uses them, the API as a company does."""
