"""A form that files go with: where they are chosen, and what had come with it before when something in it was wrong. Pure."""

from collections.abc import Sequence
from typing import NamedTuple

from wtforms import MultipleFileField

from portal.kernel.forms import Form
from portal.kernel.i18n import lazy_gettext as _

MOST = 5
"""Files that go with one form."""
_TAKEN = ".pdf,.jpg,.jpeg,.png,.webp,.txt,.csv,.eml,application/pdf,text/plain,text/csv,message/rfc822,image/*"


class Kept(NamedTuple):
    """A file that is here already and goes with a form's words: how the page names it, and by what it is found again."""

    token: str
    name: str
    size: str


class Attaching(Form):
    """A form that files can go with; ``kept`` are those that came with it before, when something in it was wrong."""

    kept: Sequence[Kept] = ()

    def goes_with(self, files: Sequence[Kept]) -> None:
        """Files that are here already and go with the words."""
        self.kept = files


def files_field() -> MultipleFileField:
    """Where files are chosen."""
    return MultipleFileField(
        _("Files"),
        description=_("Pictures, PDFs, texts, tables (CSV) or saved mails (.eml): five at most, of 10 MB together."),
        render_kw={"accept": _TAKEN},
    )
