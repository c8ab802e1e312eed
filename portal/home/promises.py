"""The eight promises as a page states them: the promise, how it is kept, and what it does not cover."""

from typing import NamedTuple

from portal.kernel.i18n import lazy_gettext


class Promise(NamedTuple):
    """One promise in a reader's words."""

    title: str
    kept: str
    not_covered: str


PROMISES: tuple[Promise, ...] = (
    Promise(
        lazy_gettext("Nothing without a reason that holds now"),
        lazy_gettext(
            "A company gets a piece of your data only while your permission for it, and for what it is used, is "
            "running. "
            "The one other thing it can read back is what it wrote itself about its own dealings with you."
        ),
        lazy_gettext("What a company knows about you from elsewhere, and what it does with data after reading it."),
    ),
    Promise(
        lazy_gettext("Ended is ended"),
        lazy_gettext(
            "Once you have pressed Stop sharing and the page has answered, no later read succeeds. "
            "An end date is checked at each read, to the second."
        ),
        lazy_gettext(
            "What was read before. The company may still hold it: every such read is on your page, and you can "
            "ask for deletion."
        ),
    ),
    Promise(
        lazy_gettext("Written first, answered second"),
        lazy_gettext(
            "Before a company gets your data, a line that says so is stored safely. If it cannot be stored, the "
            "company gets nothing."
        ),
        lazy_gettext(
            "Somebody who breaks into the machine itself and takes its disks. Your data is locked there; whoever "
            "takes the keys as well can open it."
        ),
    ),
    Promise(
        lazy_gettext("The record proves itself"),
        lazy_gettext(
            "Each line is tied to all lines before it. Changing, removing or adding one in the past no longer fits, "
            "and a check that anybody responsible can run finds which one."
        ),
        lazy_gettext(
            "Whoever can write to the database and knows how could cut off the record's end, or make the record anew so "
            "that everything fits. That shows only against its length and fingerprint, kept elsewhere."
        ),
    ),
    Promise(
        lazy_gettext("You see what the company sees"),
        lazy_gettext(
            "Before you say yes, and at any time after, you can open exactly what the company would get. "
            "Every read is on your page Who looked at your data, and so are attempts that we blocked."
        ),
        lazy_gettext(
            "What the company concludes from it, or adds to it. Blocked attempts beyond the tenth: of the same attempt, "
            "repeated within one minute, the first ten stand there. The rest are counted without your name, and your "
            "page says “at least”. And a search of our data protection team by a company or a day: it lists names "
            "of fields and times of many people, and stands in the record, but on nobody's page. A search by the name that the "
            "record has for you is on yours."
        ),
    ),
    Promise(
        lazy_gettext("Hidden leaves no trace"),
        lazy_gettext(
            "What you hide is gone from everything that other companies read from then on: no gap, no total, no "
            "number gives it away."
        ),
        lazy_gettext(
            "The company that sold it to you, which knows its own order; and reads before you hid it, which are "
            "listed for you."
        ),
    ),
    Promise(
        lazy_gettext("What you start here, you can finish here"),
        lazy_gettext(
            "Nothing here needs a phone call. At each letter that you send a company from here stand the day by which "
            "it must answer, and whom to turn to if it stays silent."
        ),
        lazy_gettext(
            "How a company decides, and whether it has answered: the answer goes to your own mailbox, which we do "
            "not see. And one thing has no button here yet: a copy of all that is kept about you. For that you write "
            "to whoever runs this portal; your page Account and security says how."
        ),
    ),
    Promise(
        lazy_gettext("No message without a reason you can see"),
        lazy_gettext(
            "Each message that reaches you through Freehold says what it rests on: your choice of contact, or "
            "the order or conversation it is about."
        ),
        lazy_gettext("Messages that a company sends you by its own means, from addresses it already had."),
    ),
)
