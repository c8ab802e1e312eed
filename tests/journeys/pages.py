"""Which addresses are pages, and of which rule each is."""

from urllib.parse import urlsplit

from flask import Flask
from werkzeug.exceptions import HTTPException

# Answers for machines, and files; what is left are pages.
MACHINES = ("/api/", "/oauth/", "/.well-known/", "/static/", "/desk/export.", "/healthz", "/readyz", "/metrics")
# What only leads on to a page has none of its own.
WAYS = ("/sharing/with/",)
# What people keep is given back as a file, and never as a page.
DOWNLOADS = (
    "/orders/added/<order>/files/",
    "/messages/conversations/<ticket>/files/",
    "/console/<slug>/conversations/<number>/files/",
    "/ask/talk/<secret>/files/",
    "/orders/demands/<demand>/files/",
    "/console/<slug>/asked/<demand>/files/",
)
# What a page asks by itself while it lies open, and puts into itself.
ASKED = ("/since",)


def is_page(rule: str) -> bool:
    """Whether what answers under a rule is for people."""
    return not rule.startswith((*MACHINES, *DOWNLOADS)) and not rule.endswith((".json", ".jwt", ".csv", ".ics", *ASKED))


def rule_of(app: Flask, path: str, method: str = "GET") -> str | None:
    """The rule that a path is of; None for what is no page of ours."""
    try:
        rule, _values = app.url_map.bind("localhost").match(urlsplit(path).path, method=method, return_rule=True)
    except HTTPException:
        return None
    return rule.rule if is_page(rule.rule) else None


def pages_of(app: Flask) -> set[str]:
    """Every rule that answers a person with a page."""
    rules = {rule.rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    return {rule for rule in rules if is_page(rule) and not rule.startswith(WAYS)}
