"""One word for one thing, the same on every page and in every language (the glossary of pages).

A page may not use the code's word where people have another, nor a second word beside the one that was chosen.
"""

import re

import pytest

from tests.house.words import LANGUAGES, Entry, Sentence, entries, sentences

# The signed record may say "consent": that is the law's word for what it records.
RECORD = (
    "portal/grants/record",
    "portal/grants/routes/recorded",
    "templates/grants/record",
    "portal/grants/reads/notices",
    "portal/grants/documents",
)

# What a company's console alone says: its readers look after machines, and these words are the machines' own.
CONSOLE = (
    "templates/vendors/", "portal/vendors/routes/", "portal/vendors/forms", "portal/vendors/places",
    "portal/vendors/ranks", "portal/vendors/reads/", "templates/oauth/", "portal/oauth/", "templates/events/", "portal/events/",
    "templates/audit/calls", "portal/audit/routes/calls",
)  # fmt: skip
# What the law calls what a customer does about a contract: the withdrawal of the Directive, its receipt, the guarantee's claim.
LAW = (
    *("portal/orders/demands/", "templates/orders/demand", "templates/orders/withdraw", "templates/orders/asked_of_us"),
    *("templates/mail/orders/", "templates/home/check", "portal/audit/event_words"),
)
_OF_LAW = ("withdr", "receipt", "claim", "retra")
JARGON = "no jargon"

FORBIDDEN = {
    "en": {
        r"vendors?": "company",
        r"suppliers?|merchants?|retailers?": "company",
        r"organi[sz]ations?": "company",
        r"grants?|granted|granting": "permission",
        r"authori[sz](e|es|ed|ing|ations?)": "permission",
        r"revok(e|es|ed|ing)|revocations?": "Stop sharing",
        r"withdr(aw|aws|awn|ew|awal|awing)": "Stop sharing",
        r"consents?|consented": "share / record of your choice",
        r"leases?|withh(old|eld|olds|olding)|disclosures?|refusals?": "the words of the glossary",
        r"unhides?|unhidden|conceal(s|ed)?|suppress(ed)?": "Hide",
        r"suspend(s|ed)?|freez(e|es)|frozen|restrict(s|ed|ion)?": "Pause",
        r"receipts?": "record of your choice",
        r"claims?|claimed": "found",
        r"logs? ?in|logged in|log ?out|logs? on|sign up|log off": "sign in, sign out, create your account",
        r"emails?|emailed": "e-mail, mail",
        r"data protection officer|compliance": "Audit (data protection team)",
        r"dashboard|tokens?|endpoint|scopes?|client|OAuth|API": JARGON,
        r"click(s|ed)? (here|on)": "say where it leads",
    },
    "ca": {
        r"prove[ïi]dor(s|a|es)?|venedor(s|a|es)?|comerciants?|companyi(a|es)": "empresa",
        r"organitzaci(ó|ons)": "empresa",
        r"autoritzaci(ó|ons)|autoritz\w+": "permís",
        r"consentiment(s)?|consent(ir|it|s)": "compartir / comprovant de la teva decisió",
        r"revoc\w+|retir(ar|a|ada|at)": "deixa de compartir",
        r"ocult\w*": "amaga, amagat",
        r"suspen\w+|congel\w+": "posa en pausa",
        r"rebuts?": "comprovant",
        r"e-?mails?|mails?": "correu, adreça electrònica",
        r"vost(re|ra|res|è|ès)": "tu",
        r"denegats?|rebutjats?": "intent bloquejat",
    },
    "es": {
        r"proveedor(es|a|as)?|vendedor(es|a|as)?|comerciantes?|compañ[ií]as?": "empresa",
        r"organizaci(ón|ones)": "empresa",
        r"autorizaci(ón|ones)|autoriz\w+": "permiso",
        r"consentimientos?|consentir|consientes": "compartir / justificante de tu decisión",
        r"revoc\w+|retir(ar|a|ada|ado)": "dejar de compartir",
        r"escond\w+": "ocultar, oculto",
        r"solicitud(es)?": "petición",
        r"suspen\w+|congel\w+": "pausar",
        r"recibos?": "justificante",
        r"e-?mails?|mails?": "correo",
        r"usted(es)?|sus? (datos|cuenta|contraseña)|haga clic|pulse|introduzca": "tú",
        r"denegados?|rechazados?": "intento bloqueado",
    },
    "ro": {
        r"furnizor(i|ul|ii)?|v[âa]nz[ăa]tor(i|ul|ii)?|comerciant(i|ul|ii)?|firm(ă|e|a|ei)": "companie",
        r"organizați(e|i|a|ei|ile)": "companie",
        r"permisiun(e|i|ea|ile)|autoriz\w+": "acces acordat",
        r"consimț[ăa]m[âa]nt(ul|ului)?": "partajează / dovada alegerii tale",
        r"revoc\w+|retra(g|ge|gi|s)\w*": "oprește partajarea",
        r"tăinui\w*|camufl\w*": "ascunde, ascuns",
        r"suspend\w*|îngheț\w*": "pune pe pauză",
        r"chitanț\w+|recipis\w+": "dovadă",
        r"dumneavoastră|dvs|dumneata": "tu",
        r"lini\w*(?! de comandă)": "rând",
        r"respins(ă|e|ul)?|refuzat(ă|e)?": "încercare blocată",
        r"\w*[şţŞŢ]\w*": "ș, ț with a comma below",
    },
}

# Where English says the first, each language says its own one word for it.
PAIRS = {
    r"\b(company|companies)\b": {"ca": r"empres", "es": r"empres", "ro": r"compani"},
    r"\bpermissions?\b": {"ca": r"perm[ií]s", "es": r"permiso", "ro": r"acces"},
    r"\bstop sharing\b": {"ca": r"deix\w* de compartir", "es": r"dej\w* de compartir", "ro": r"opr\w+ partajarea"},
    r"\b(share|shares|shared|sharing)\b": {"ca": r"compart", "es": r"compart", "ro": r"partaj"},
    r"\b(hide|hides|hidden|hid|hiding)\b": {"ca": r"amag", "es": r"ocult", "ro": r"ascun"},
    r"\b(pause|paused|pauses)\b": {"ca": r"paus", "es": r"paus", "ro": r"pauz"},
    r"\bgifts?\b": {"ca": r"regal", "es": r"regalo", "ro": r"cadou"},
    r"\bblocked attempts?\b": {
        "ca": r"intents? bloquejat",
        "es": r"intentos? bloqueado",
        "ro": r"încerc[ăa]r\w+ blocat",
    },
    r"\brecords? of your choice\b": {"ca": r"comprovant", "es": r"justificante", "ro": r"dovad|dovez"},
    r"\borders?\b": {"ca": r"comand", "es": r"pedido", "ro": r"comen[zd]|comand"},
    r"\bpassword\b": {"ca": r"contrasenya", "es": r"contraseña", "ro": r"parol"},
    r"\bwho looked at your data\b": {
        "ca": r"qui ha consultat les teves dades",
        "es": r"quién ha consultado tus datos",
        "ro": r"cine ți-a consultat datele",
    },
}
# English words that look like a term and are not one in these sentences.
OTHER_SENSE = re.compile(r"in order\b|in (the )?order of|in another order")


def _plain(text: str) -> str:
    return re.sub(r"%\(\w+\)[sd]|<[^>]+>|https?://\S+", " ", text)


def second_words(locale: str, text: str, *, record: bool = False, console: bool = False, law: bool = False) -> list[str]:
    """The words of a sentence that the glossary has another word for."""
    found = []
    for pattern, instead in FORBIDDEN[locale].items():
        if console and instead == JARGON:
            continue
        for match in re.finditer(rf"(?<![\w-])(?:{pattern})(?![\w-])", _plain(text), re.IGNORECASE):
            if law and match.group().lower().startswith(_OF_LAW):
                continue
            if not (record and match.group().lower().startswith(("cons", "with", "retr", "reti"))):
                found.append(f"{match.group()!r} for {instead!r} in {text!r}")
    return found


def unpaired(entry: Entry, locale: str) -> list[str]:
    """The terms of a sentence that its translation says with another word."""
    english = OTHER_SENSE.sub(" ", _plain(" ".join(entry.english)).lower())
    told = [form.lower() for form in entry.forms]
    return [
        f"{entry.english[0]!r}: no {stems[locale]!r} in {form!r}"
        for term, stems in PAIRS.items()
        if re.search(term, english)
        for form in told
        if not re.search(stems[locale], form)
    ]


@pytest.fixture(scope="module")
def said() -> dict[str, Sentence]:
    return sentences()


def _is_record(sentence: Sentence | None) -> bool:
    return sentence is not None and all(place.startswith(RECORD) for place in sentence.places)


def _is_law(sentence: Sentence | None) -> bool:
    return sentence is not None and all(place.startswith(LAW) for place in sentence.places)


def _is_console(sentence: Sentence) -> bool:
    return all(place.startswith(CONSOLE) for place in sentence.places)


def test_no_page_uses_a_second_word_for_one_thing(said: dict[str, Sentence]) -> None:
    found = [
        f"{fault} ({sentence.places[0]})"
        for sentence in said.values()
        for form in sentence.forms
        for fault in second_words("en", form, record=_is_record(sentence), console=_is_console(sentence), law=_is_law(sentence))
    ]
    assert found == []


@pytest.mark.parametrize("locale", LANGUAGES)
def test_no_translation_uses_a_second_word_for_one_thing(locale: str, said: dict[str, Sentence]) -> None:
    found = [
        f"{fault} ({entry.file})"
        for entry in entries(locale)
        for form in entry.forms
        for fault in second_words(locale, form, record=_is_record(said.get(entry.key)), law=_is_law(said.get(entry.key)))
    ]
    assert found == []


@pytest.mark.parametrize("locale", LANGUAGES)
def test_every_term_is_translated_by_its_own_word(locale: str) -> None:
    assert [f"{fault} ({entry.file})" for entry in entries(locale) for fault in unpaired(entry, locale)] == []


@pytest.mark.parametrize(
    ("locale", "sentence"),
    [
        ("en", "Revoke the grant"),
        ("en", "This vendor has your consent."),
        ("en", "Log in with your email"),
        ("ca", "Aquest proveïdor té el teu consentiment."),
        ("ca", "Oculta la comanda"),
        ("es", "El vendedor tiene sus datos."),
        ("es", "Revocar la autorización"),
        ("ro", "Retrage consimţământul"),
        ("ro", "Furnizorul are permisiunea dumneavoastră."),
        ("ro", "Arată toate liniile"),
    ],
)
def test_a_planted_second_word_is_found(locale: str, sentence: str) -> None:
    assert second_words(locale, sentence)


def test_the_chosen_words_are_not_faults() -> None:
    assert second_words("en", "Stop sharing with this company; hide an order, or pause.") == []
    assert second_words("es", "Dejar de compartir con esta empresa; ocultar un pedido o pausar.") == []
    assert second_words("ro", "Arată rândul. În linia de comandă: freehold audit verify") == []


def test_a_planted_wrong_pair_is_found() -> None:
    entry = Entry("a.po", ("Stop sharing with the company",), ("Cancel·la amb la botiga",), fuzzy=False)
    assert len(unpaired(entry, "ca")) == 3


def test_the_records_own_word_is_allowed_in_the_record_alone() -> None:
    assert second_words("en", "Record of consent", record=True) == []
    assert second_words("en", "Record of consent") != []


def test_the_laws_own_words_are_allowed_about_contracts_alone() -> None:
    assert second_words("en", "Receipt of your withdrawal", law=True) == []
    assert second_words("en", "Receipt of your withdrawal") != []
    assert second_words("en", "The vendor has your receipt", law=True) != []
    assert second_words("ro", "Retragere din contract aici", law=True) == []
    both = Sentence(("Claim",), ["portal/orders/demands/words.py:1", "templates/grants/request.html:3"])
    assert not _is_law(both)


def test_the_words_of_machines_are_the_consoles_alone() -> None:
    assert second_words("en", "The client shows its token", console=True) == []
    assert second_words("en", "The vendor's client", console=True) != []
    assert second_words("en", "The client shows its token") != []
    both = Sentence(("Client",), ["templates/vendors/programs.html:1", "templates/grants/request.html:3"])
    assert not _is_console(both)
