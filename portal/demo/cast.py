"""Who appears in the demonstration: customers, officers, companies and somebody of each, as data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from portal.kernel.settings import Settings

DPV = "https://w3id.org/dpv#"
DELIVERY = DPV + "DeliveryOfGoods"
RECOMMENDATION = DPV + "ProvideProductRecommendations"
CARE = DPV + "CustomerCare"
NEWS = DPV + "CommunicationForCustomerCare"
PASSWORD = "a-portal-of-my-own"
SERVED_WITH: Mapping[str, object] = {
    "demo": True,
    "smtp_host": "",
    "contact": "help@example.net",
    "answers_to": "answers@freehold.example",
}
"""The settings of a demonstration, whatever else is set: no letter of it leaves the machine."""


@dataclass(frozen=True)
class Person:
    """Somebody who can sign in."""

    email: str
    name: str
    locale: str = "en"
    profile: dict[str, Any] = field(default_factory=dict)
    officer: bool = False
    lead: bool = False
    company: str | None = None
    """The key of the company whose owner somebody is."""


@dataclass(frozen=True)
class Ask:
    """What a company may ask for one purpose, which of it as required, and its own sentence why."""

    purpose: str
    required: tuple[str, ...]
    optional: tuple[str, ...]
    text: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Company:
    """An organisation, its card, and what it asks for."""

    key: str
    name: str
    card: dict[str, Any]
    asks: tuple[Ask, ...]


ANA = Person(
    "ana@example.org",
    "Ana Puig",
    profile={
        "profile.given_name": "Ana",
        "profile.family_name": "Puig Ferrer",
        "profile.birth_date": "1986-04-12",
        "profile.phone": "+34 612 345 678",
        "profile.language": "en",
        "profile.address": {
            "street": "Carrer de Verdi 61, 3r",
            "postal_code": "08012",
            "city": "Barcelona",
            "region": "Barcelona",
            "country": "ES",
        },
        "profile.tastes": ["Walking in the mountains", "Crime novels", "Cooking with vegetables"],
    },
)
JOAN = Person("joan@example.org", "Joan")
OFFICER = Person(
    "officer@example.org",
    "Olga Marin",
    profile={"profile.given_name": "Olga", "profile.family_name": "Marin"},
    officer=True,
)
SECOND_OFFICER = Person(
    "lead@example.org",
    "Mihai Radu",
    profile={"profile.given_name": "Mihai", "profile.family_name": "Radu"},
    officer=True,
    lead=True,
)
PEOPLE = (ANA, JOAN, OFFICER, SECOND_OFFICER)

_DELIVERY_TEXT = {
    "en": "We deliver to your door, so we need to know where it is and how to reach you.",
    "ca": "Portem la comanda a casa teva: ens cal saber on és i com contactar-te.",
    "es": "Llevamos el pedido a tu casa: necesitamos saber dónde está y cómo contactarte.",
    "ro": "Livrăm la ușa ta, așa că trebuie să știm unde este și cum te găsim.",
}


def _card(kind: str, city: str, country: str, what: dict[str, str], domain: str) -> dict[str, Any]:
    return {
        "kind": kind,
        "city": city,
        "country": country,
        "web": f"https://{domain}",
        "privacy_contact": f"privacy@{domain}",
        "description": what,
    }


GROCER = Company(
    "grocer",
    "Mercat Verd",
    _card(
        "company",
        "Barcelona",
        "ES",
        {
            "en": "Vegetables and groceries, brought to your door.",
            "ca": "Verdures i queviures, portats a casa.",
            "es": "Verduras y comestibles, llevados a casa.",
            "ro": "Legume și alimente, aduse acasă.",
        },
        "mercatverd.example",
    )
    | {
        "email": "hola@mercatverd.example",
        "hours": {
            "en": "Monday to Saturday, 8:00 to 20:00",
            "ca": "De dilluns a dissabte, de 8.00 a 20.00",
            "es": "De lunes a sábado, de 8:00 a 20:00",
            "ro": "De luni până sâmbătă, 8:00–20:00",
        },
        "returns": {
            "en": "What is not fresh goes back with whoever brings it.",
            "ca": "El que no és fresc torna amb qui ho porta.",
            "es": "Lo que no está fresco vuelve con quien lo trae.",
            "ro": "Ce nu e proaspăt pleacă înapoi cu cine l-a adus.",
        },
        "answers_within": 24,
        "changes": ["address", "slot", "quantity"],
        "reorders": True,
        "subcontractors": [{"name": "Bicis del Vallès", "country": "ES", "does": "transport"}],
    },
    (
        Ask(DELIVERY, ("profile.name", "profile.address", "profile.phone"), ("profile.email",), _DELIVERY_TEXT),
        Ask(RECOMMENDATION, (), ("profile.tastes", "orders.header", "orders.line", "orders.line.category")),
    ),
)
HOUSEHOLD = Company(
    "household",
    "Casa Lumen",
    _card(
        "company",
        "Cluj-Napoca",
        "RO",
        {
            "en": "Lamps and things for the home.",
            "ca": "Llums i coses per a la llar.",
            "es": "Lámparas y cosas para el hogar.",
            "ro": "Lămpi și lucruri pentru casă.",
        },
        "casalumen.example",
    )
    | {"answers_within": 48, "changes": ["address", "slot"], "reorders": True},
    (Ask(DELIVERY, ("profile.name", "profile.address"), ("profile.phone", "profile.email"), _DELIVERY_TEXT),),
)
CLINIC = Company(
    "clinic",
    "Clínica Arc",
    _card(
        "company",
        "Girona",
        "ES",
        {
            "en": "A dental clinic.",
            "ca": "Una clínica dental.",
            "es": "Una clínica dental.",
            "ro": "O clinică stomatologică.",
        },
        "clinicaarc.example",
    ),
    (
        Ask(
            CARE,
            ("profile.name", "profile.phone"),
            ("profile.birth_date", "profile.email", "profile.language"),
            {
                "en": "To call you when an appointment changes.",
                "ca": "Per trucar-te si canvia una visita.",
                "es": "Para llamarte si cambia una cita.",
                "ro": "Ca să te sunăm dacă se schimbă o programare.",
            },
        ),
        Ask(
            NEWS,
            ("profile.phone",),
            ("profile.email", "profile.language"),
            {
                "en": "To remind you of your visit the day before.",
                "ca": "Per recordar-te la visita el dia abans.",
                "es": "Para recordarte la cita el día antes.",
                "ro": "Ca să-ți amintim de programare cu o zi înainte.",
            },
        ),
    ),
)
CLUB = Company(
    "club",
    "Club Excursionista Serra",
    _card(
        "organisation",
        "Berga",
        "ES",
        {
            "en": "An association of people who walk in the mountains.",
            "ca": "Una associació de gent que camina per la muntanya.",
            "es": "Una asociación de gente que camina por la montaña.",
            "ro": "O asociație de oameni care merg pe munte.",
        },
        "clubserra.example",
    ),
    (Ask(NEWS, ("profile.email",), ("profile.address.city", "profile.age_over_18", "profile.phone")),),
)
BOOKSHOP = Company(
    "bookshop",
    "Llibreria Far",
    _card(
        "company",
        "Barcelona",
        "ES",
        {
            "en": "A bookshop by the harbour.",
            "ca": "Una llibreria a tocar del port.",
            "es": "Una librería junto al puerto.",
            "ro": "O librărie lângă port.",
        },
        "llibreriafar.example",
    ),
    (
        Ask(
            DELIVERY,
            ("profile.name", "profile.address"),
            ("profile.email", "profile.phone", "profile.birth_date"),
            _DELIVERY_TEXT,
        ),
        Ask(RECOMMENDATION, (), ("profile.tastes", "orders.header", "orders.line", "orders.line.category")),
    ),
)
INSURER = Company(
    "insurer",
    "Mútua Cap de Creus",
    _card(
        "company",
        "Roses",
        "ES",
        {
            "en": "A mutual insurance company.",
            "ca": "Una mútua d'assegurances.",
            "es": "Una mutua de seguros.",
            "ro": "O societate mutuală de asigurări.",
        },
        "mutuacap.example",
    ),
    (
        Ask(
            CARE,
            ("profile.name",),
            ("profile.address", "profile.email", "profile.phone", "profile.birth_date"),
            {
                "en": "To answer you when you report a claim.",
                "ca": "Per respondre't quan comuniques un sinistre.",
                "es": "Para responderte cuando comunicas un siniestro.",
                "ro": "Ca să îți răspundem când anunți o daună.",
            },
        ),
        Ask(RECOMMENDATION, (), ("profile.tastes", "orders.header", "orders.line")),
    ),
)
"""Nobody shares with it yet. Its program proves itself by a key, for a developer who tries that."""
COMPANIES = (GROCER, HOUSEHOLD, CLINIC, CLUB, BOOKSHOP)
"""The bookshop comes last: it runs beside the demonstration, and is for the visitor to connect."""



def _staff(company: Company, address: str, given: str, family: str) -> Person:
    profile = {"profile.given_name": given, "profile.family_name": family}
    return Person(address, f"{given} {family}", profile=profile, company=company.key)


STAFF = (
    _staff(GROCER, "laia@mercatverd.example", "Laia", "Serra"),
    _staff(HOUSEHOLD, "radu@casalumen.example", "Radu", "Ionescu"),
    _staff(CLINIC, "marta@clinicaarc.example", "Marta", "Vila"),
    _staff(CLUB, "jordi@clubserra.example", "Jordi", "Roca"),
    _staff(BOOKSHOP, "nuria@llibreriafar.example", "Núria", "Far"),
    _staff(INSURER, "pau@mutuacap.example", "Pau", "Soler"),
)
"""Whom the console of each company lets in."""


def bookshop_url(settings: Settings) -> str:
    """Where the bookshop runs: the next port."""
    return f"http://localhost:{settings.port + 1}"
