"""``freehold mail``: the operator sees what did not go, and neither to whom nor with which words."""

from sqlalchemy import update

from portal.kernel.db import WRITING
from portal.kernel.house import House
from portal.kernel.ids import text_of
from portal.kernel.jobs import run_due
from portal.kernel.mail import Mail, queue_mail
from portal.kernel.unit import SYSTEM
from tests import people
from tests.roof.conftest import Run


def held_up(house: House) -> bytes:
    """A mail that the server refused for good."""
    with house.writing(SYSTEM) as unit:
        mail_id = queue_mail(unit, to="canary@example.org", template="accounts/verify", token="canary-word")
    run_due(house)
    with house.transaction(WRITING) as connection:
        gone = update(Mail).where(Mail.id == mail_id).values(state="permanent-failure", reply_code=550)
        connection.execute(gone)
    return mail_id


def test_an_operator_sees_which_mail_does_not_go_and_nothing_that_is_in_it(house: House, run: Run) -> None:
    assert (run("mail", "list").returncode, run("mail", "list").stdout) == (0, "")
    mail_id = held_up(house)
    done = run("mail", "list")
    assert done.returncode == 1
    [line] = done.stdout.splitlines()
    assert line.split()[1:5] == [text_of(mail_id), "accounts/verify", "permanent-failure", "550"]
    assert "not tried any more" in line
    assert "canary" not in done.stdout + done.stderr


def test_an_operator_has_a_mail_tried_again(house: House, run: Run) -> None:
    mail_id = held_up(house)
    for file in (house.settings.instance / "mail").iterdir():
        file.unlink()
    assert run("mail", "retry", text_of(mail_id)).stdout.startswith("Done.")
    run_due(house)
    assert [mail["To"] for mail in people.mails(house)] == ["canary@example.org"]
    assert run("mail", "list").returncode == 0


def test_a_mail_that_went_or_never_was_is_not_tried_again(house: House, run: Run) -> None:
    for id_ in (text_of(bytes(16)), "no-id"):
        done = run("mail", "retry", id_)
        assert (done.returncode, done.stderr) == (1, f"Error: {id_}: no such mail is held up.\n")
