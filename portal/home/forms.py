"""The form of the page that checks what this house signed."""

from wtforms import FileField, TextAreaField

from portal.home.signed import LARGEST
from portal.kernel.forms import Form, at_most
from portal.kernel.i18n import lazy_gettext as _


class SignedForm(Form):
    """A signed text, pasted or as a file; a mail in which it stands will do."""

    text = TextAreaField(
        _("The signed text"),
        [at_most(LARGEST)],
        description=_("It begins with eyJ. The whole mail in which it stands will do."),
        render_kw={"rows": 8, "spellcheck": "false", "autocomplete": "off"},
    )
    file = FileField(_("Or the file"), description=_("A file that ends in .jwt, or a text; 64 KB at most."))
