"""What somebody is told who tried too often. Pure."""

from portal.kernel.errors import TooMany
from portal.kernel.i18n import ngettext


def wait_sentence(problem: TooMany) -> str:
    """When to try again."""
    minutes = max(1, -(-(problem.retry_after or 60) // 60))
    if minutes <= 90:
        return ngettext(
            "Too many tries. Try again in %(num)s minute.", "Too many tries. Try again in %(num)s minutes.", minutes
        )
    hours = -(-minutes // 60)
    return ngettext("Too many tries. Try again in %(num)s hour.", "Too many tries. Try again in %(num)s hours.", hours)
