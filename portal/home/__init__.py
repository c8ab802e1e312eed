"""The first page, the promises, and the choice of language and appearance."""
