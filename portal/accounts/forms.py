"""Forms of the accounts room. What is wrong with a password is said beside it."""

from collections.abc import Callable, Mapping
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from wtforms import DateField, EmailField, HiddenField, PasswordField, RadioField, StringField
from wtforms.validators import Length, Optional, ValidationError

from portal.accounts.addresses import normal_address
from portal.accounts.delegation_words import AREA_HINTS, AREA_WORDS, LEVEL_WORDS
from portal.accounts.passwords import LONGEST, SHORTEST, weakness
from portal.accounts.service.delegations import LONGEST as LONGEST_DELEGATION
from portal.kernel.forms import Form, required
from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import lazy_gettext

_HINT = lazy_gettext("At least %(number)d characters. A short sentence is easy to remember.", number=SHORTEST)
_EMAIL = {"autocomplete": "email", "inputmode": "email", "spellcheck": "false"}
_USERNAME = {**_EMAIL, "autocomplete": "username"}
_OLD = {"autocomplete": "current-password"}
_NEW = {"autocomplete": "new-password"}


def weakness_sentence(code: str) -> str:
    """Why a password is refused, and what to do."""
    return {
        "too-short": _("Use %(number)d characters or more.", number=SHORTEST),
        "too-long": _("Use %(number)d characters or fewer.", number=LONGEST),
        "too-common": _("Many people use this password, so it is guessed first. Choose another one."),
        "too-obvious": _("This is too close to your e-mail address or to our name. Choose another one."),
    }[code]


class _WithAddress(Form):
    def validate_email(self, field: Any) -> None:
        """An address that mail can reach."""
        if normal_address(field.data) is None:
            raise ValidationError(_("Write an e-mail address such as name@example.org."))

    @property
    def address(self) -> str:
        """The address in its normal form, once the form is valid."""
        return normal_address(self.email.data) or ""


class SignInForm(Form):
    """Address and password. Any address is tried: whether it is one of ours is not told."""

    email = EmailField(lazy_gettext("E-mail address"), [required(), Length(max=320)], render_kw=_USERNAME)
    password = PasswordField(lazy_gettext("Password"), [required(), Length(max=LONGEST * 4)], render_kw=_OLD)
    next = HiddenField()

    @property
    def address(self) -> str:
        """What to look for."""
        typed = str(self.email.data or "")
        return normal_address(typed) or typed.strip().lower()


class RegisterForm(_WithAddress):
    """A new account."""

    email = EmailField(
        lazy_gettext("E-mail address"),
        [required(), Length(max=320)],
        description=lazy_gettext("We will send a link to this address, to be sure that it is yours."),
        render_kw=_USERNAME,
    )
    password = PasswordField(
        lazy_gettext("Choose a password"), [required(), Length(max=LONGEST * 4)], description=_HINT, render_kw=_NEW
    )
    next = HiddenField()

    def validate_password(self, field: Any) -> None:
        """Long enough, and not what is guessed first."""
        if code := weakness(field.data or "", str(self.email.data or "")):
            raise ValidationError(weakness_sentence(code))


class AddressForm(_WithAddress):
    """Where a link to a new password is sent."""

    email = EmailField(lazy_gettext("E-mail address"), [required(), Length(max=320)], render_kw=_USERNAME)


class PasswordForm(Form):
    """The password of a registration, given once more on another device."""

    password = PasswordField(
        lazy_gettext("The password you chose"), [required(), Length(max=LONGEST * 4)], render_kw=_OLD
    )


class NewPasswordForm(Form):
    """A new password."""

    password = PasswordField(
        lazy_gettext("New password"), [required(), Length(max=LONGEST * 4)], description=_HINT, render_kw=_NEW
    )

    def __init__(self, email: str = "", **values: Any) -> None:
        super().__init__(**values)
        self._address = email

    def validate_password(self, field: Any) -> None:
        """Long enough, and not what is guessed first."""
        if code := weakness(field.data or "", self._address):
            raise ValidationError(weakness_sentence(code))


class ChangePasswordForm(NewPasswordForm):
    """The password now, and the next one."""

    current_password = PasswordField(
        lazy_gettext("Your password now"), [required(), Length(max=LONGEST * 4)], render_kw=_OLD
    )


class ChangeAddressForm(_WithAddress):
    """The next address, and the password that shows whose wish it is."""

    email = EmailField(lazy_gettext("New e-mail address"), [required(), Length(max=320)], render_kw=_EMAIL)
    current_password = PasswordField(
        lazy_gettext("Your password now"), [required(), Length(max=LONGEST * 4)], render_kw=_OLD
    )


class ErasingForm(Form):
    """The password of whoever wants the account deleted: a session alone is not enough."""

    current_password = PasswordField(lazy_gettext("Your password"), [required(), Length(max=LONGEST * 4)], render_kw=_OLD)


_CODE = {"autocomplete": "one-time-code", "spellcheck": "false", "autocapitalize": "characters"}
_NAME = {"autocomplete": "off"}
_LONGEST_CODE = 40


class CodeForm(Form):
    """The second step of a sign-in: a code of an app or of paper."""

    code = StringField(lazy_gettext("Code"), [required(), Length(max=_LONGEST_CODE)], render_kw=_CODE)
    next = HiddenField()


class ProveByCodeForm(Form):
    """A code of an app or of paper, before something that matters."""

    proof_code = StringField(lazy_gettext("Code"), [required(), Length(max=_LONGEST_CODE)], render_kw=_CODE)


class ProveByPasswordForm(Form):
    """The password, before something that matters."""

    proof_password = PasswordField(
        lazy_gettext("Your password now"), [required(), Length(max=LONGEST * 4)], render_kw=_OLD
    )


class NameForm(Form):
    """What the owner calls a factor."""

    name = StringField(
        lazy_gettext("Its name"),
        [required(), Length(max=60)],
        description=lazy_gettext("By which you know it again, such as the phone it is on."),
        render_kw=_NAME,
    )


class AppForm(NameForm):
    """The first code of a new app, and what the owner calls it."""

    code = StringField(
        lazy_gettext("The code that the app shows"),
        [required(), Length(max=_LONGEST_CODE)],
        render_kw={**_CODE, "inputmode": "numeric"},
    )

    @property
    def digits(self) -> str:
        """The code without the spaces that apps show in it."""
        return "".join(str(self.code.data or "").split())


def _place(area: str) -> RadioField:
    return RadioField(
        AREA_WORDS[area], choices=_said(LEVEL_WORDS), default="no", description=AREA_HINTS[area]
    )


def _said(words: Mapping[str, str]) -> Callable[[], dict[str, str]]:
    """Answers in the language of whoever reads the form, which is not known before there is one."""
    return lambda: {code: str(label) for code, label in words.items()}


_SPANS = {
    "7": lazy_gettext("For a week"),
    "30": lazy_gettext("For a month (30 days)"),
    "90": lazy_gettext("For three months (90 days)"),
    "365": lazy_gettext("For a year, the longest"),
    "day": lazy_gettext("Until the day below"),
}


class DelegateForm(_WithAddress):
    """Whom a customer lets act for them, in which places, and until when. There is always an end, within a year."""

    called = StringField(
        lazy_gettext("What you call them"),
        [required(), Length(max=60)],
        description=lazy_gettext("Under this name you find here what they did. They do not see it."),
        render_kw=_NAME,
    )
    email = EmailField(lazy_gettext("Their e-mail address"), [required(), Length(max=320)], render_kw={"autocomplete": "off"})
    may_data, may_sharing, may_orders, may_messages = (_place(area) for area in AREA_WORDS)
    until = RadioField(
        lazy_gettext("Until when"),
        choices=_said(_SPANS),
        default="30",
    )
    day = DateField(lazy_gettext("The last day"), [Optional()])

    def areas(self) -> dict[str, str]:
        """The places that were chosen, and how far each goes."""
        return {area: self[f"may_{area}"].data for area in AREA_WORDS if self[f"may_{area}"].data != "no"}

    def end(self, at: datetime, zone: ZoneInfo) -> datetime:
        """The last second of the last day."""
        last = self.day.data if self.until.data == "day" else at.astimezone(zone).date() + timedelta(days=int(self.until.data))
        return datetime.combine(last, time(23, 59, 59), zone)

    def check(self, at: datetime, zone: ZoneInfo) -> bool:
        """What one field alone does not show: that something is lent, and that the day is one that can be."""
        if not self.areas():
            self.refuse({"": _("Choose at least one place.")})
        if self.until.data == "day" and (self.day.data is None or not at < self.end(at, zone) <= at + LONGEST_DELEGATION):
            self.refuse({"day": _("Choose a day from today on, within a year.")})
        return not self.wrong()
