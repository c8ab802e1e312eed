"""Lines of a profile. Every value is checked, brought into one form and sealed before it is written."""

import json
import secrets
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import delete, insert, select, update

from portal.customers.catalogue import CUSTOM, find, is_custom, is_stored, whole_of
from portal.customers.derive import moved
from portal.customers.facts import AttributeChanged, AttributeConfirmed, AttributeRemoved
from portal.customers.models import Attribute, Customer
from portal.customers.reads import TELEPHONES, Held, profile_of
from portal.customers.service.telephones import index_telephones
from portal.customers.values import clean, wrong
from portal.kernel.errors import Invalid, NotFound
from portal.kernel.i18n import gettext as _
from portal.kernel.ids import new_id
from portal.kernel.unit import Unit

MOST_CUSTOM = 40


def set_attribute(unit: Unit, *, customer_id: bytes, path: str, value: Any, **how: Any) -> list[str]:
    """One value; see :func:`set_attributes`."""
    return set_attributes(unit, customer_id=customer_id, values={path: value}, **how)


def set_attributes(
    unit: Unit,
    *,
    customer_id: bytes,
    values: Mapping[str, Any],
    source: str = "self",
    source_vendor_id: bytes | None = None,
    verified: bool = False,
) -> list[str]:
    """Gives or changes values by path; a part of an address changes that part alone. Gives all paths that moved.

    :class:`Invalid` names every path that is not right, and then nothing is written. A value that is what it was
    counts as confirmed.
    """
    holder_id = _locked(unit, customer_id)
    before = profile_of(unit, customer_id)
    cleaned = _cleaned(_whole_values(values, before), before)
    changed, same = _apart(cleaned, before)
    mark = {"source": source, "source_vendor_id": source_vendor_id, "confirmed_at": unit.at}
    mark["verified_at"] = unit.at if verified else None
    for path, value in changed.items():
        _put(unit, customer_id, holder_id, path, value, before, mark)
    if not changed.keys().isdisjoint(TELEPHONES):
        index_telephones(unit, customer_id, holder_id)
    paths = moved(_plain(before), {**_plain(before), **changed}, unit.at)
    if paths:
        unit.note(AttributeChanged(holder=holder_id, paths=tuple(paths), source=source, count=len(paths)))
    _confirm(unit, customer_id, holder_id, same, verified)
    return paths


def _locked(unit: Unit, customer_id: bytes) -> bytes:
    # One writer a profile: what a change moves is computed from what stands there now.
    statement = select(Customer.holder_id).where(Customer.id == customer_id).with_for_update()
    holder_id = unit.connection.execute(statement).scalar()
    if holder_id is None:
        raise NotFound
    return holder_id


def _plain(held: Mapping[str, Held]) -> dict[str, Any]:
    return {path: line.value for path, line in held.items()}


def _whole_values(values: Mapping[str, Any], before: Mapping[str, Held]) -> dict[str, Any]:
    """Parts of an address are put into the address as it stands."""
    whole: dict[str, Any] = {path: value for path, value in values.items() if whole_of(path) is None}
    for path, value in values.items():
        part = whole_of(path)
        if part is not None:
            present = whole.get(part[0]) or (before[part[0]].value if part[0] in before else {})
            whole[part[0]] = {**present, part[1]: value}
    return whole


def _cleaned(values: Mapping[str, Any], before: Mapping[str, Held]) -> dict[str, Any]:
    cleaned: dict[str, Any] = {}
    refused: dict[str, str] = {}
    # Addresses first: a phone number without a prefix is one of the country lived in.
    for path in sorted(values, key=lambda path: not path.endswith("address")):
        try:
            cleaned[path] = _clean(path, values[path], {**_plain(before), **cleaned})
        except Invalid as problem:
            refused.update(problem.fields)
    if refused:
        raise Invalid("invalid", fields=refused)
    return cleaned


def _clean(path: str, value: Any, held: Mapping[str, Any]) -> Any:
    attribute = find(path)
    if attribute is None or not is_stored(path) or (is_custom(path) and path not in held):
        raise wrong(path, _("There is no such field."))
    country = (held.get("profile.address") or {}).get("country")
    if is_custom(path) and isinstance(value, str):
        value = {"label": held[path]["label"], "value": value}
    return clean(attribute, value, country=country)


def _apart(cleaned: Mapping[str, Any], before: Mapping[str, Held]) -> tuple[dict[str, Any], list[str]]:
    changed = {p: v for p, v in cleaned.items() if p not in before or before[p].value != v}
    return changed, [path for path in cleaned if path not in changed]


def _put(
    unit: Unit,
    customer_id: bytes,
    holder_id: bytes,
    path: str,
    value: Any,
    before: Mapping[str, Held],
    mark: Mapping[str, Any],
) -> None:
    mine = (Attribute.customer_id == customer_id, Attribute.path == path)
    id_ = new_id()
    if path in before:
        id_ = unit.connection.execute(select(Attribute.id).where(*mine)).scalar_one()
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    row = {**mark, "value": unit.box(holder_id).seal("attributes", "value", id_, text), "updated_at": unit.at}
    if path in before:
        unit.connection.execute(update(Attribute).where(*mine).values(row))
    else:
        unit.connection.execute(insert(Attribute).values(id=id_, customer_id=customer_id, path=path, **row))


def _confirm(unit: Unit, customer_id: bytes, holder_id: bytes, paths: Iterable[str], verified: bool) -> int:
    paths = sorted(paths)
    if not paths:
        return 0
    row = {"confirmed_at": unit.at, **({"verified_at": unit.at} if verified else {})}
    mine = (Attribute.customer_id == customer_id, Attribute.path.in_(paths))
    done = unit.connection.execute(update(Attribute).where(*mine).values(row)).rowcount
    if done:
        unit.note(AttributeConfirmed(holder=holder_id, paths=tuple(paths), count=done))
    return done


def confirm_attribute(unit: Unit, *, customer_id: bytes, path: str) -> None:
    """The person says that a value is still right."""
    if not _confirm(unit, customer_id, _locked(unit, customer_id), [path], verified=False):
        raise NotFound


def remove_attribute(unit: Unit, *, customer_id: bytes, path: str) -> list[str]:
    """Takes a value out of the profile; gives all paths that went with it."""
    holder_id = _locked(unit, customer_id)
    before = _plain(profile_of(unit, customer_id))
    mine = (Attribute.customer_id == customer_id, Attribute.path == path)
    if unit.connection.execute(delete(Attribute).where(*mine)).rowcount != 1:
        raise NotFound
    if path in TELEPHONES:
        index_telephones(unit, customer_id, holder_id)
    after = {held: value for held, value in before.items() if held != path}
    paths = moved(before, after, unit.at)
    unit.note(AttributeRemoved(holder=holder_id, paths=tuple(paths), count=len(paths)))
    return paths


def add_custom(unit: Unit, *, customer_id: bytes, label: str, value: str) -> str:
    """Adds a line of the person's own; gives its path, which tells nothing of what they called it."""
    holder_id = _locked(unit, customer_id)
    before = profile_of(unit, customer_id)
    if sum(map(is_custom, before)) >= MOST_CUSTOM:
        raise wrong("custom.label", _("You have added %(most)s lines of your own. Remove one first.", most=MOST_CUSTOM))
    path = CUSTOM + secrets.token_hex(5)
    attribute = find(path)
    assert attribute is not None
    cleaned = clean(attribute, {"label": label, "value": value}, within="custom")
    mark = {"source": "self", "source_vendor_id": None, "confirmed_at": unit.at, "verified_at": None}
    _put(unit, customer_id, holder_id, path, cleaned, before, mark)
    unit.note(AttributeChanged(holder=holder_id, paths=(path,), source="self", count=1))
    return path


def import_vcard(unit: Unit, *, customer_id: bytes, values: Mapping[str, Any]) -> list[str]:
    """Saves what the person chose of an address card; see :func:`portal.customers.vcard.read`."""
    return set_attributes(unit, customer_id=customer_id, values=values, source="import")
