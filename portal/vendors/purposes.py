"""Why a company may ask: terms of the W3C Data Privacy Vocabulary, each with our sentence and what a no brings.

``_("…")`` is English here and translated where it is shown; the record of a choice keeps the language shown.
"""

from dataclasses import dataclass

from portal.kernel.i18n import lazy_gettext as _

DPV = "https://w3id.org/dpv#"


@dataclass(frozen=True, slots=True)
class Purpose:
    """One purpose: a short name, the sentence on the consent page, and what happens without."""

    iri: str
    label: str
    sentence: str
    if_not: str


def _of(term: str, label: str, sentence: str, if_not: str) -> Purpose:
    return Purpose(DPV + term, label, sentence, if_not)


_ALL = (
    _of(
        "DeliveryOfGoods",
        _("Delivery"),
        _("To bring you what you ordered."),
        _("They cannot deliver to you through this connection. You can still collect, or give an address each time."),
    ),
    _of(
        "CustomerOrderManagement",
        _("Your orders"),
        _("To take, prepare and follow your orders."),
        _("They keep the orders that you place with them, and see nothing else here."),
    ),
    _of(
        "PaymentManagement",
        _("Payments"),
        _("To collect payments, send invoices and give money back."),
        _("You give your payment details each time."),
    ),
    _of(
        "CustomerCare",
        _("Help and questions"),
        _("To answer your questions and help you when something goes wrong."),
        _("You will have to explain who you are and what it is about when you write to them."),
    ),
    _of(
        "CommunicationForCustomerCare",
        _("News about what you have with them"),
        _("To write to you about something you ordered or asked for."),
        _("They cannot reach you if something changes. You will see it when you look here."),
    ),
    _of(
        "CustomerClaimsManagement",
        _("Complaints and guarantees"),
        _("To deal with your complaints, guarantees and refunds."),
        _("You can still complain; you will have to send them the papers yourself."),
    ),
    _of(
        "DirectMarketing",
        _("Advertising"),
        _("To send you advertising of their own."),
        _("Nothing changes, but you get no advertising from them."),
    ),
    _of(
        "ProvideProductRecommendations",
        _("Suggestions"),
        _("To suggest things that may suit you."),
        _("Nothing changes, but what they suggest is the same as for everybody."),
    ),
    _of(
        "PersonalisedBenefits",
        _("Benefits for you"),
        _("To give you discounts and benefits that are meant for you."),
        _("You get the offers that everybody gets."),
    ),
    _of(
        "FraudPreventionAndDetection",
        _("Protection against fraud"),
        _("To find out whether somebody is using your name, or cheating."),
        _("They may ask you for a proof of who you are each time."),
    ),
    _of(
        "LegalCompliance",
        _("What the law asks of them"),
        _("To do what a law obliges them to."),
        _("They may have to ask you again, or stop serving you, where the law says so."),
    ),
    _of(
        "IdentityVerification",
        _("Knowing who you are"),
        _("To be sure that you are who you say."),
        _("You will have to prove who you are in another way."),
    ),
    _of(
        "AgeVerification",
        _("Knowing your age"),
        _("To know whether you are old enough."),
        _("You cannot get what is only for people of a certain age, or you show a document."),
    ),
    _of(
        "CustomerRelationshipManagement",
        _("Your file with them"),
        _("To keep what they know of you right and up to date."),
        _("You will have to tell them yourself when something changes."),
    ),
    _of(
        "SellDataToThirdParties",
        _("Selling your data"),
        _("To sell what you share to other companies."),
        _("Nothing changes for you: your data is not sold."),
    ),
)
PURPOSES: dict[str, Purpose] = {purpose.iri: purpose for purpose in _ALL}
ORDER_MANAGEMENT = DPV + "CustomerOrderManagement"
DELIVERY = DPV + "DeliveryOfGoods"
RECOMMENDATIONS = DPV + "ProvideProductRecommendations"


def find(iri: str) -> Purpose | None:
    """The purpose by its IRI, or by a short form such as ``dpv#DeliveryOfGoods`` or ``dpv:DeliveryOfGoods``."""
    return PURPOSES.get(normal(iri))


def normal(iri: str) -> str:
    """The full IRI of a purpose that may be written short."""
    for short in ("dpv#", "dpv:"):
        if iri.startswith(short):
            return DPV + iri.removeprefix(short)
    return iri


def label_of(iri: str) -> str:
    """A purpose's short name in the reader's language; an unknown one stays as it is."""
    purpose = find(iri)
    return str(purpose.label) if purpose else iri


def sentence_of(iri: str) -> str:
    """A purpose's sentence in the reader's language; an unknown one stays as it is."""
    purpose = find(iri)
    return str(purpose.sentence) if purpose else iri
