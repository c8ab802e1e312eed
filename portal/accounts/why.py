"""Why an officer looks up or opens who somebody is: the few kinds there are, in the reader's words. Pure."""

from portal.kernel.i18n import lazy_gettext as _

WHY: dict[str, str] = {
    "asked": _("The person asked for help"),
    "rights": _("A request about the person's own data"),
    "misuse": _("A suspicion that an account is misused"),
    "complaint": _("A complaint that has to be looked into"),
    "law": _("An authority demands it"),
}
"""By code, as it stands in the record."""


def why(code: str | None) -> str:
    """The words of a kind; the code itself where there are none."""
    return str(WHY.get(code or "", code or ""))
