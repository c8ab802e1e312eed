"""Every journey hears what the policy refuses: this one plants something."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests import browsing


def test_what_a_page_may_not_do_is_heard_in_whatever_a_journey_opens(browser: Browser, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(
        """<meta http-equiv="Content-Security-Policy" content="default-src 'none'"><script>document.title = "ran"</script>"""
    )
    context = browser.new_context()
    tab = context.new_page()
    tab.goto(page.as_uri())
    assert tab.title() == ""
    context.close()
    heard = list(browsing._REFUSED)
    browsing._REFUSED.clear()
    assert len(heard) == 1
    assert "Content Security Policy" in heard[0]


@pytest.mark.parametrize("said", ["Refused to execute a Trusted Type", "It violates the following Content Security Policy"])
def test_both_kinds_of_words_are_heard(said: str) -> None:
    browsing._hear(said)
    assert [said] == browsing._REFUSED
