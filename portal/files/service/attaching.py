"""Files that go with a form: brought before the rest of it is done, so that a form which is wrong need not bear them twice."""

from collections.abc import Iterable, Sequence
from functools import partial

from werkzeug.datastructures import FileStorage

from portal.files.attaching import MOST, Attaching, Kept
from portal.files.checking import look_into
from portal.files.reads import is_waiting
from portal.files.service.bringing import Brought, Units, bring, brought_from, token_of
from portal.files.words import gone, size_in_words
from portal.kernel.errors import Gone, Invalid
from portal.kernel.house import current_house


def attach(
    form: Attaching,
    reading: Units,
    writing: Units,
    *,
    kept: Iterable[str],
    sent: Iterable[FileStorage],
    too_many: str,
    customer_id: bytes,
    holder_id: bytes,
) -> list[Brought]:
    """Brings what was ``sent`` with a form, beside what had come with it before, by its tokens (``kept``).

    What is not taken is told beside its field; ``too_many`` says what to do with more than go with one form.
    """
    found, wrong = list[Brought](), dict[str, None]()

    def from_now(one: FileStorage) -> Brought:
        return bring(reading, writing, checked=look_into(one, named="files"), customer_id=customer_id, holder_id=holder_id)

    before = (partial(brought_from, current_house(), customer_id, token) for token in kept)
    for work in (*before, *(partial(from_now, one) for one in sent if one.filename)):
        try:
            if len(found) >= MOST:
                raise Invalid("too-many", fields={"files": too_many})
            found.append(work())
        except Invalid as no:
            wrong.update(dict.fromkeys(no.fields.values()))
        except Gone:
            wrong[gone()] = None
    form.goes_with(_kept(customer_id, found))
    if wrong:
        form.refuse({"files": " ".join(wrong)})
    return found


def tell_gone(form: Attaching, reading: Units, brought: Sequence[Brought], *, customer_id: bytes) -> None:
    """Says beside the field that a file did not wait so long; those that still wait go with the form as before."""
    with reading() as unit:
        waiting = [one for one in brought if is_waiting(unit, customer_id, one.id)]
    form.goes_with(_kept(customer_id, waiting))
    form.refuse({"files": gone()})


def _kept(customer_id: bytes, brought: Sequence[Brought]) -> list[Kept]:
    return [Kept(token_of(current_house(), customer_id, one), one.name, size_in_words(one.size)) for one in brought]
