"""The room's blueprint, and what all its pages need."""

import re

from flask import Blueprint
from markupsafe import Markup, escape

from portal.audit.doors import current_actor
from portal.customers.catalogue import label_of
from portal.grants.words import still_see_orders
from portal.kernel.ids import text_of
from portal.kernel.unit import Unit
from portal.vendors import purposes

blueprint = Blueprint("grants", __name__)
blueprint.add_app_template_filter(text_of, "id_text")
blueprint.add_app_template_filter(label_of, "datatype_label")
blueprint.add_app_template_filter(purposes.label_of, "purpose_label")
blueprint.add_app_template_filter(purposes.sentence_of, "purpose_sentence")
blueprint.add_app_template_filter(still_see_orders, "still_see_orders")


_HYPHENED = re.compile(r"\b\w{1,2}-\w+")


@blueprint.app_template_filter("unbroken")
def unbroken(text: str) -> Markup:
    """A sentence in which no line ends behind the hyphen of a short beginning, as in "e-mail" or "s-ar"."""
    return Markup(_HYPHENED.sub(r'<span class="text-nowrap">\g<0></span>', str(escape(text))))


def me() -> bytes:
    """The customer before the page; the door let nobody else in."""
    customer_id = current_actor().customer_id
    assert customer_id is not None
    return customer_id


def my_holder(unit: Unit) -> bytes:
    """The key holder of the customer before the page."""
    assert unit.actor.holder_id is not None
    return unit.actor.holder_id
