"""The questions that people have, each with its answer and the page where they go on."""

from typing import NamedTuple

from portal.kernel.i18n import lazy_gettext


class Question(NamedTuple):
    """One question in a reader's words, and where its answer leads; a ``place`` that may be lent shows where it is open."""

    asked: str
    answer: str
    label: str
    href: str
    place: str | None = None


QUESTIONS: tuple[Question, ...] = (
    Question(
        lazy_gettext("Who sees my data?"),
        lazy_gettext(
            "Nobody, until you share something with a company. Under Sharing each company stands with what it may read, "
            "why, and until when. You can hide what you ordered, and end what you share at any moment."
        ),
        lazy_gettext("See what you share"),
        "/sharing",
        "sharing",
    ),
    Question(
        lazy_gettext("Who has looked at them?"),
        lazy_gettext(
            "Each look stands in a list, with its day and its reason, whether a program looked or a person. From a line of "
            "it you can ask the company what the look was for."
        ),
        lazy_gettext("See who looked"),
        "/activity",
        "sharing",
    ),
    Question(
        lazy_gettext("Something about me is wrong. How do I put it right?"),
        lazy_gettext("Change the line in My data. Companies that may read it get the new one from then on."),
        lazy_gettext("Go to my data"),
        "/data",
        "data",
    ),
    Question(
        lazy_gettext("An order has not come, or is not as it should be. What can I do?"),
        lazy_gettext(
            "Open the order. What you can ask for stands there: to cancel it, to send it back, to have it put right. With "
            "each stands what it costs and what you get, or why it cannot be asked for."
        ),
        lazy_gettext("Go to your orders"),
        "/orders",
        "orders",
    ),
    Question(
        lazy_gettext("How do I ask a company something, or complain?"),
        lazy_gettext(
            "Begin a conversation with it. You see by when it promised to answer, and nothing of what was said gets lost. A "
            "complaint has a number at once, and the authority to turn to where the answer does not come."
        ),
        lazy_gettext("See your conversations"),
        "/messages/conversations",
        "messages",
    ),
    Question(
        lazy_gettext("I get more mails than I want. How do I stop them?"),
        lazy_gettext("Choose for each kind of message whether it comes by mail. All of them stand under Messages as well."),
        lazy_gettext("Choose what comes by mail"),
        "/messages/settings",
        "own",
    ),
    Question(
        lazy_gettext("I cannot get in any more. What now?"),
        lazy_gettext(
            "With a forgotten password a link by mail helps. Who has lost the phone as well begins on the page of the second "
            "step; that takes seven days, so that nobody else can do it for you."
        ),
        lazy_gettext("Get a link by mail"),
        "/reset",
    ),
    Question(
        lazy_gettext("How do I leave?"),
        lazy_gettext("Your account says what its end deletes and what companies keep, before you press anything."),
        lazy_gettext("Go to your account"),
        "/account",
        "own",
    ),
)
