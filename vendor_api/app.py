"""The API's place in the application."""

from importlib import import_module

from flask import Flask
from werkzeug.exceptions import HTTPException

from portal.kernel.errors import Problem
from vendor_api import errors
from vendor_api.operations import blueprint

# One file a resource; each registers its operations when it is imported.
RESOURCES = (
    *("oauth", "metadata", "profile", "profiles", "grants", "grant_management", "orders", "order_puts", "shipments"),
    *("changes", "webhooks", "invitations", "grant_requests", "demands", "withdrawals", "tickets", "ticket_files"),
    *("interactions", "status", "openapi"),
)
for _name in RESOURCES:
    import_module(f"vendor_api.{_name}")

blueprint.register_error_handler(Problem, errors.of_problem)
blueprint.register_error_handler(HTTPException, errors.of_http)
blueprint.register_error_handler(Exception, errors.of_failure)


def register(app: Flask) -> None:
    """Adds the machines' addresses to the application."""
    app.register_blueprint(blueprint)
