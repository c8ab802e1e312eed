"""Every room's pages, in the house's order. Part of the roof."""

from flask import Blueprint

from portal.accounts.routes import blueprint as accounts
from portal.audit.routes import blueprint as audit
from portal.customers.routes import blueprint as customers
from portal.events.routes import blueprint as events
from portal.grants.routes import blueprint as grants
from portal.home.routes import blueprint as home
from portal.insights.routes import blueprint as insights
from portal.links.routes import blueprint as links
from portal.messages.routes import WITHOUT_SESSION
from portal.messages.routes import blueprint as messages
from portal.oauth.routes import blueprint as oauth
from portal.orders.added.routes import blueprint as added
from portal.orders.demands.guests.routes import blueprint as withdrawals
from portal.orders.demands.routes import blueprint as demands
from portal.orders.routes import blueprint as orders
from portal.tickets.routes import blueprint as tickets
from portal.vendors.routes import blueprint as vendors

__all__ = ["PAGES", "WITHOUT_SESSION"]

PAGES: tuple[Blueprint, ...] = (
    audit,
    accounts,
    customers,
    vendors,
    grants,
    links,
    messages,
    oauth,
    orders,
    added,
    tickets,
    demands,
    withdrawals,
    insights,
    events,
    home,
)
