"""The catalogue of attributes, as data: what a profile can hold, and what companies can ask for.

About a dozen are shown first; the others appear when a company asks for them or the person adds them. ``pd:`` terms
are those of the W3C Data Privacy Vocabulary's extension for personal data.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from portal.customers.derive import DERIVED
from portal.kernel.i18n import current_locale
from portal.kernel.i18n import lazy_gettext as _

PD = "https://w3id.org/dpv/pd#"
CUSTOM = "profile.custom."

GROUPS: dict[str, str] = {
    "who": _("Who you are"),
    "reach": _("How to reach you"),
    "address": _("Where you live"),
    "taste": _("Your tastes"),
    "work": _("What you do"),
    "papers": _("Papers and numbers"),
    "custom": _("What you added yourself"),
    "orders": _("Your orders"),
}


@dataclass(frozen=True, slots=True)
class Attribute:
    """One thing a profile can hold or a company can ask for.

    ``kind`` says how it is typed and checked: text, email, phone, date, country, language, choice, list, address,
    iban, yes_no, rows. ``sensitive`` marks what the law gives special care, or what opens other doors.
    """

    path: str
    label: str
    kind: str
    group: str
    pd: str
    help: str = ""
    sensitive: bool = False
    shown_first: bool = False
    derived_from: tuple[str, ...] = ()
    choices: Mapping[str, str] = field(default_factory=dict)
    autocomplete: str = ""


def _of(path: str, label: str, kind: str, group: str, pd: str, **more: object) -> Attribute:
    way = DERIVED.get(path)
    derived = way.sources if way else ()
    return Attribute(path, label, kind, group, PD + pd, derived_from=derived, **more)  # type: ignore[arg-type]


_FIRST = {"shown_first": True}
_SENSITIVE = {"sensitive": True}
ADDRESS_LABELS: dict[str, str] = {
    "street": _("Street and number"),
    "postal_code": _("Postal code"),
    "city": _("City or town"),
    "region": _("Province or region"),
    "country": _("Country"),
}
_GENDERS = {"female": _("Woman"), "male": _("Man"), "other": _("Another"), "unsaid": _("I would rather not say")}
_MARITAL = {
    "single": _("Single"),
    "married": _("Married"),
    "partnered": _("In a registered partnership"),
    "separated": _("Separated or divorced"),
    "widowed": _("Widowed"),
}
_HOURS = {"morning": _("In the morning"), "afternoon": _("In the afternoon"), "evening": _("In the evening")}
_DIETS = {
    "everything": _("I eat everything"),
    "vegetarian": _("Vegetarian"),
    "vegan": _("Vegan"),
    "halal": _("Halal"),
    "kosher": _("Kosher"),
    "gluten_free": _("Without gluten"),
}
_ONE_A_LINE = _("One to a line.")

_WHO = (
    _of("profile.given_name", _("First name"), "text", "who", "Name", autocomplete="given-name", **_FIRST),
    _of("profile.family_name", _("Family name"), "text", "who", "Name", autocomplete="family-name", **_FIRST),
    _of("profile.name", _("Full name"), "text", "who", "Name"),
    _of("profile.nickname", _("What you like to be called"), "text", "who", "Name", autocomplete="nickname", **_FIRST),
    _of(
        "profile.birth_date", _("Date of birth"), "date", "who", "BirthDate", autocomplete="bday", **_FIRST, **_SENSITIVE
    ),
    _of("profile.age_over_16", _("Whether you are 16 or older"), "yes_no", "who", "AgeRange"),
    _of("profile.age_over_18", _("Whether you are 18 or older"), "yes_no", "who", "AgeRange"),
    _of("profile.birth_place", _("Place of birth"), "text", "who", "BirthPlace"),
    _of("profile.nationality", _("Nationality"), "country", "who", "Nationality", **_SENSITIVE),
    _of("profile.gender", _("Gender"), "choice", "who", "Gender", choices=_GENDERS, autocomplete="sex"),
    _of("profile.marital_status", _("Marital status"), "choice", "who", "MaritalStatus", choices=_MARITAL),
    _of("profile.household", _("Who lives in your home"), "list", "who", "Household", help=_ONE_A_LINE),
)
# True wherever one is written: with a home address in a country, My data says that its own numbers need none.
_PREFIX = _("Begin with the country's prefix, such as +34 for Spain.")
_REACH = (
    _of("profile.email", _("E-mail address"), "email", "reach", "EmailAddressPersonal", autocomplete="email", **_FIRST),
    _of("profile.work_email", _("E-mail address at work"), "email", "reach", "EmailAddressWork"),
    _of(
        "profile.phone",
        _("Phone number"),
        "phone",
        "reach",
        "TelephoneNumber",
        help=_PREFIX,
        autocomplete="tel",
        **_FIRST,
    ),
    _of("profile.home_phone", _("Second phone number"), "phone", "reach", "TelephoneNumber", help=_PREFIX),
    _of("profile.language", _("Language"), "language", "reach", "Language", autocomplete="language", **_FIRST),
    _of("profile.contact_hours", _("When to call you"), "choice", "reach", "Preference", choices=_HOURS),
)


def _address(path: str, label: str, parts: Mapping[str, str], **more: object) -> tuple[Attribute, ...]:
    terms = {"street": "PhysicalAddress", "postal_code": "PostalCode", "city": "City", "region": "Region"}
    whole = _of(path, label, "address", "address", "PhysicalAddress", **more)
    return whole, *(
        _of(f"{path}.{part}", said, "country" if part == "country" else "text", "address", terms.get(part, "Country"))
        for part, said in parts.items()
    )


_ADDRESS = (
    *_address(
        "profile.address",
        _("Home address"),
        {
            "street": _("Street and number of your home"),
            "postal_code": _("Postal code of your home"),
            "city": _("City you live in"),
            "region": _("Province or region you live in"),
            "country": _("Country you live in"),
        },
        **_FIRST,
    ),
    *_address(
        "profile.billing_address",
        _("Address for invoices"),
        {
            "street": _("Street and number for invoices"),
            "postal_code": _("Postal code for invoices"),
            "city": _("City for invoices"),
            "region": _("Province or region for invoices"),
            "country": _("Country for invoices"),
        },
    ),
    _of(
        "profile.delivery_notes",
        _("Notes for deliveries"),
        "text",
        "address",
        "PhysicalAddress",
        help=_("The door, the floor, a neighbour who takes parcels."),
        **_FIRST,
    ),
)
_TASTE = (
    _of("profile.tastes", _("Things you like"), "list", "taste", "Interest", help=_ONE_A_LINE, **_FIRST),
    _of("profile.dislikes", _("What you do not like"), "list", "taste", "Dislike", help=_ONE_A_LINE, **_FIRST),
    _of("profile.diet", _("What you eat"), "choice", "taste", "Preference", choices=_DIETS, **_SENSITIVE),
    _of("profile.allergies", _("Allergies"), "list", "taste", "Health", help=_ONE_A_LINE, **_SENSITIVE),
    _of("profile.clothes_size", _("Size of clothes"), "text", "taste", "PhysicalCharacteristic"),
    _of("profile.shoe_size", _("Size of shoes"), "text", "taste", "PhysicalCharacteristic"),
)
_WORK = (
    _of("profile.occupation", _("Occupation"), "text", "work", "Job", autocomplete="organization-title", **_FIRST),
    _of("profile.employer", _("Employer"), "text", "work", "CurrentEmployment", autocomplete="organization"),
    _of("profile.education", _("Studies"), "text", "work", "Education"),
    _of("profile.memberships", _("Memberships"), "list", "work", "GroupMembership", help=_ONE_A_LINE, **_SENSITIVE),
)
_PAPERS = (
    _of("profile.tax_number", _("Tax number"), "text", "papers", "OfficialID", **_SENSITIVE),
    _of("profile.identity_number", _("Identity card or passport number"), "text", "papers", "OfficialID", **_SENSITIVE),
    _of("profile.iban", _("Bank account (IBAN)"), "iban", "papers", "BankAccount", **_SENSITIVE),
    _of("profile.vehicle", _("Vehicle"), "text", "papers", "CarOwned"),
)
_ORDERS = (
    _of("orders.header", _("Your orders: company, date, state and total"), "rows", "orders", "Purchase"),
    _of("orders.line", _("What you ordered, line by line"), "rows", "orders", "Purchase"),
    _of("orders.line.category", _("The kinds of things you order"), "rows", "orders", "PurchasesAndSpendingHabit"),
)

CATALOGUE: dict[str, Attribute] = {
    attribute.path: attribute
    for attribute in (*_WHO, *_REACH, *_ADDRESS, *_TASTE, *_WORK, *_PAPERS, *_ORDERS)
}
_OWN_WORDS = _("Something you added yourself")


def is_custom(path: str) -> bool:
    """Whether the path is one that a person made."""
    return path.startswith(CUSTOM)


def find(path: str) -> Attribute | None:
    """The catalogue's line for a path; a person's own one is free text."""
    if is_custom(path):
        return Attribute(path, _OWN_WORDS, "custom", "custom", "https://w3id.org/dpv#PersonalData")
    return CATALOGUE.get(path)


def is_sensitive(paths: Iterable[str]) -> bool:
    """Whether something among these attributes has the law's special care, or opens other doors."""
    return any(attribute is not None and attribute.sensitive for attribute in map(find, paths))


def is_stored(path: str) -> bool:
    """Whether a profile holds a value under this very path: not derived, and not somebody's rows."""
    attribute = find(path)
    return attribute is not None and not attribute.derived_from and attribute.kind != "rows"


_SAID: dict[str, str] = {
    "ticket.words": _("What you and they wrote in a conversation"),
    "ticket.files": _("Files that you and they sent in a conversation"),
    "ticket.interactions": _("Calls and visits elsewhere that they told of"),
    "demand.words": _("What you asked about an order"),
    "demand.files": _("Files that you sent with what you asked about an order"),
    "withdrawal.declaration": _("What was declared without an account"),
}
"""What a company reads of conversations, and of what is asked of it: it is in no profile, and nobody asks for it."""


def label_of(path: str) -> str:
    """The words for a path in the reader's language; for an unknown one the path itself."""
    if path in CATALOGUE:
        return _label_of(path, current_locale())
    attribute = find(path)
    return str(attribute.label if attribute else _SAID.get(path, path))


@lru_cache(maxsize=1024)
def _label_of(path: str, _locale: str) -> str:
    # A page of a request says each a dozen times.
    return str(CATALOGUE[path].label)


def whole_of(path: str) -> tuple[str, str] | None:
    """For a part of an address: the path of the whole and the part's name."""
    whole, _dot, part = path.rpartition(".")
    found = CATALOGUE.get(whole)
    return (whole, part) if found and found.kind == "address" and part in ADDRESS_LABELS else None


def fillable(path: str, held: Iterable[str]) -> list[str]:
    """The paths under which a missing answer can be written: parts of an address, or the sources of a derived one."""
    attribute, have = find(path), set(held)
    if attribute is None or attribute.kind == "rows":
        return []
    if whole_of(path):
        return [path]
    if attribute.kind == "address":
        return [f"{path}.{part}" for part in ADDRESS_LABELS]
    if attribute.derived_from:
        return [source for source in attribute.derived_from if source not in have]
    return [path] if is_stored(path) else []
