"""What a verification found, and how it is told."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from portal.kernel.i18n import gettext, lazy_gettext, ngettext, number

if TYPE_CHECKING:
    from rich.console import Console

KEPT = 100
SOUND, CHANGED, UNCHECKED = 0, 1, 2

SENTENCES: dict[str, str] = {
    "entry-missing": lazy_gettext("The entry is missing."),
    "entry-extra": lazy_gettext("An entry stands where the record has none."),
    "body": lazy_gettext("The text of the entry was changed: it is not in the form in which entries are written."),
    "leaf": lazy_gettext("The text of the entry and its hash do not belong together."),
    "column": lazy_gettext("The column “%(about)s” does not say what the entry says."),
    "kind": lazy_gettext("The column “%(about)s” holds another kind of value than it was made for."),
    "version": lazy_gettext("The entry follows rules that this program does not know (%(about)s)."),
    "time-back": lazy_gettext("The entry is dated before the one that precedes it."),
    "counter": lazy_gettext("The counter of the customer %(about)s has a gap here, or goes back."),
    "root": lazy_gettext(
        "The stored root is not the one that the entries give. Changed: one of the entries %(about)s."
    ),
    "root-missing": lazy_gettext("The root stored at this size is missing."),
    "root-extra": lazy_gettext("A root is stored at a size at which none was made."),
    "root-time": lazy_gettext("The root stored at this size has another time than its entries."),
    "personal-missing": lazy_gettext("The personal part of the entry is missing, and no erasure explains it."),
    "personal-extra": lazy_gettext("There is a personal part that the entry does not know."),
    "personal-changed": lazy_gettext("The personal part of the entry was changed."),
    "personal-key": lazy_gettext("The key of the personal part is gone, and no erasure explains it."),
    "personal-name": lazy_gettext("The key of the personal part bears another name than the entry."),
    "fields-missing": lazy_gettext("The list of fields that the entry names is missing (%(about)s)."),
    "fields-changed": lazy_gettext("A list of fields was changed (%(about)s)."),
    "fields-extra": lazy_gettext("There is a list of fields that no entry names (%(about)s)."),
    "counter-row": lazy_gettext("The number of entries kept for the customer %(about)s is wrong."),
    "counter-missing": lazy_gettext("The number of entries of the customer %(about)s is missing."),
    "counter-extra": lazy_gettext("There is a number of entries for %(about)s, who has none."),
    "fact-unreadable": lazy_gettext(
        "What waited to be recorded under %(about)s cannot be read: something happened that is not on record."
    ),
    "state-missing": lazy_gettext("The size and root of the record are missing."),
    "state-extra": lazy_gettext("The size and root of the record are kept a second time (%(about)s)."),
    "state-size": lazy_gettext("The size kept for the record is not the number of its entries."),
    "state-root": lazy_gettext("The root kept for the record is not the one that its entries give."),
    "state-edge": lazy_gettext("What the next entry would be added to is not what the entries give."),
    "state-time": lazy_gettext("The time kept for the record is not that of its last entry."),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it was written: in which table, at which index (or tree size), and what."""

    table: str
    index: int | None
    code: str
    about: str = ""

    def sentence(self) -> str:
        """The finding in the reader's language."""
        return str(SENTENCES[self.code]) % {"about": self.about}

    def place(self) -> str:
        """Where it is, in the reader's language."""
        if self.index is None:
            return self.table
        if self.table == "log_roots":
            return gettext("%(table)s, size %(index)s", table=self.table, index=self.index)
        return gettext("%(table)s, entry %(index)s", table=self.table, index=self.index)


@dataclass
class Report:
    """``changed`` counts all findings; ``findings`` keeps the first hundred."""

    size: int = 0
    root: bytes = b""
    entries: int = 0
    roots: int = 0
    customers: int = 0
    opened: int = 0
    erased: int = 0
    erasures: int = 0
    lists: int = 0
    queue_length: int = 0
    queue_age: float = 0.0
    seconds: float = 0.0
    changed: int = 0
    findings: list[Finding] = field(default_factory=list)
    could_not: str | None = None

    def found(self, table: str, index: int | None, code: str, about: object = "") -> None:
        """Notes a finding."""
        self.changed += 1
        if len(self.findings) < KEPT:
            self.findings.append(Finding(table, index, code, _printable(about)))

    @property
    def exit_code(self) -> int:
        """0 sound, 1 changed, 2 could not check. What was found stays found even where the rest could not be read."""
        if self.changed:
            return CHANGED
        return UNCHECKED if self.could_not is not None else SOUND

    @property
    def checked(self) -> bool:
        """Whether there are figures to tell: not where nothing could be read."""
        return self.could_not is None or self.changed > 0

    def verdict(self) -> str:
        """The result in one sentence."""
        if self.changed:
            return ngettext(
                "Changed: %(num)s thing is not as it was written.",
                "Changed: %(num)s things are not as they were written.",
                self.changed,
            )
        if self.could_not is not None:
            return gettext("Could not check: %(reason)s.", reason=self.could_not)
        return gettext("Sound: everything is as it was written.")

    def rows(self) -> list[tuple[str, str]]:
        """The figures, named."""
        return [
            (gettext("Entries"), number(self.size)),
            (gettext("Root"), self.root.hex()),
            (gettext("Stored roots computed again"), number(self.roots)),
            (gettext("Customers whose entries were counted again"), number(self.customers)),
            (gettext("Personal parts compared, shown to nobody"), number(self.opened)),
            (gettext("Personal parts gone, as an erasure explains"), number(self.erased)),
            (gettext("Erasures on record"), number(self.erasures)),
            (gettext("Lists of field names compared"), number(self.lists)),
            (gettext("Waiting to be recorded"), number(self.queue_length)),
            (gettext("Waiting time of the oldest, in seconds"), number(round(self.queue_age, 1))),
            (gettext("Seconds that this took"), number(round(self.seconds, 1))),
        ]


def _printable(about: object) -> str:
    """What was kept, whatever it is, as any terminal can show it."""
    return str(about).encode("ascii", "backslashreplace").decode()


def print_report(report: Report, console: "Console | None" = None) -> None:
    """The report on a terminal; what could not be checked is one line."""
    from rich.console import Console

    out = console or Console(soft_wrap=True, highlight=False)
    if not report.checked:
        out.print(report.verdict(), markup=False, style="bold")
        return
    for name, value in report.rows():
        out.print(f"{name}: {value}", markup=False)
    for finding in report.findings:
        out.print(f"  {finding.place()}: {finding.sentence()}", markup=False, style="red")
    if report.changed > len(report.findings):
        out.print(gettext("  … and %(count)s more.", count=number(report.changed - len(report.findings))), markup=False)
    out.print(report.verdict(), markup=False, style="bold")
    out.print(unseen(), markup=False)


def unseen() -> str:
    """What no verification of this database alone can see."""
    return gettext(
        "What this cannot see: entries cut off from the end, or a record made anew, together with all that is computed "
        "from it. Nothing outside this database remembers yet how it was: keep the number of entries and the root "
        "somewhere else, and compare."
    )
