"""The source explains itself; templates carry nothing inline."""

import pytest

from tests.house.markup import docstring_faults, inline_faults, unprotected_forms
from tests.house.sources import ROOT, our_sources

OURS = our_sources()
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))


def test_modules_shapes_and_verbs_say_what_they_are() -> None:
    assert docstring_faults(OURS) == []


def test_silence_is_caught() -> None:
    tree = OURS.planted("portal/cats/service.py", "def feed(unit): ...\nclass Bowl: ...\ndef _own(): ...")
    assert len([fault for fault in docstring_faults(tree) if "cats" in fault]) == 3


def test_templates_carry_no_script_and_no_style_of_their_own() -> None:
    assert [fault for path in TEMPLATES for fault in inline_faults(path.name, path.read_text())] == []


@pytest.mark.parametrize(
    "html",
    [
        "<script>alert(1)</script>",
        "<style>p{}</style>",
        '<p class="x" style="color:red">',
        "<button onclick='go()'>",
        '<a href="javascript:go()">',
        '<script src="https://elsewhere.example/x.js"></script>',
    ],
)
def test_something_inline_is_caught(html: str) -> None:
    assert inline_faults("page.html", html)


def test_a_script_from_here_is_let_through() -> None:
    assert inline_faults("page.html", "<script src=\"{{ url_for('static', filename='x.js') }}\" defer></script>") == []


def test_every_form_that_changes_something_is_protected() -> None:
    assert [fault for path in TEMPLATES for fault in unprotected_forms(path.name, path.read_text())] == []


def test_a_form_without_its_token_is_caught() -> None:
    assert unprotected_forms("page.html", '<form method="post"><button>Go</button></form>')
    assert not unprotected_forms("page.html", '<form method="post">{{ csrf_field() }}</form>')
