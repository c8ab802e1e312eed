"""What a company's staff send to invite customers: a file first, then that it is to be sent."""

from wtforms import FileField, RadioField

from portal.kernel.forms import Form
from portal.kernel.i18n import lazy_gettext as _
from portal.links.shapes import LINK, MAIL
from portal.links.sheets import COLUMNS

_NAMES = ", ".join(COLUMNS)
_WAYS = {MAIL: _("We write to their address"), LINK: _("You get links, and hand them over")}


class BringForm(Form):
    """A file of customers, and what is done where a line does not say it."""

    file = FileField(
        _("File of customers"),
        description=_(
            "CSV in UTF-8. Its first line names the columns, of which the first is needed: %(columns)s.", columns=_NAMES
        ),
        render_kw={"accept": ".csv,text/csv"},
    )
    deliver = RadioField(
        _("How they are invited"),
        choices=lambda: {way: str(words) for way, words in _WAYS.items()},
        default=MAIL,
    )
