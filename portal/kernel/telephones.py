"""Telephone numbers in one form (E.164), whichever way they were written."""

import phonenumbers


def normal_number(text: str, country: str | None = None) -> str | None:
    """The number with its country's prefix and no other mark; None for what is no number that exists.

    Without a prefix it is one of the country (ISO 3166-1, two letters), where one is named.
    """
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
