"""Every room's pages, in the house's order. Part of the roof."""

from flask import Blueprint

PAGES: tuple[Blueprint, ...] = ()
