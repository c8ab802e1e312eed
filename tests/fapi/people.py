"""Who answers the pages of a server, by the words on them: a customer of Freehold's, and a visitor of the peer's."""

from abc import ABC, abstractmethod

from tests.fapi.described import Landed
from tests.fapi.web import Web
from tests.plain_browser import Browser

_YES = ("Share with ",)
_NO = ("Don't share", "Leave it as it is")


class Visitor(ABC):
    """Somebody with a browser, who opens an address and answers what is asked there."""

    def __init__(self, origin: str) -> None:
        self._origin = origin
        self.forget()

    def forget(self) -> None:
        """Takes another browser, in which nobody is signed in."""
        self._web = Web(self._origin)
        self.browser = Browser(self._web)

    def __call__(self, address: str, yes: bool) -> Landed:
        browser = self.browser.open(address)
        if browser.status < 300:
            self.answer(yes)
        return self._web.landed(browser.address, browser.status, browser.source)

    @abstractmethod
    def answer(self, yes: bool) -> None:
        """Answers the page that is open, until the browser is led away or there is nothing to answer."""


class Customer(Visitor):
    """Signs in where the page asks for it, and keeps the browser for the next request."""

    def __init__(self, origin: str, email: str, password: str) -> None:
        super().__init__(origin)
        self._email, self._password = email, password

    def answer(self, yes: bool) -> None:
        """Shares what has to be shared, or shares nothing."""
        if "Password" in self.browser.page.labels.values():
            self.browser.write("E-mail address", self._email)
            self.browser.write("Password", self._password)
            self.browser.press("Sign in")
        for one in self.browser.page.each_field():
            # All of it: a request that is made again then asks for nothing more.
            one.on = one.on or one.name.startswith("items_")
        words = [button.words for form in self.browser.page.forms for button in form.buttons]
        found = [word for word in words if word.startswith(_YES if yes else _NO)]
        assert found, f"nothing to answer with on {self.browser.address.partition('?')[0]}: {self.browser.text[:200]}"
        self.browser.press(found[0])


class Stranger(Visitor):
    """Signs in anew each time, by any name, on the peer's own pages for trying it out."""

    def __call__(self, address: str, yes: bool) -> Landed:
        self.forget()
        return super().__call__(address, yes)

    def answer(self, yes: bool) -> None:
        """Signs in and goes on, or leaves by the page's link."""
        while self.browser.status < 300:
            if not yes:
                self.browser.follow("[ Cancel ]")
                return
            for one in self.browser.page.each_field():
                if one.name in ("login", "password"):
                    one.value = "somebody"
            self.browser.press(self.browser.page.forms[0].buttons[0].words)
