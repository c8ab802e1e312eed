"""Core statements prepared once, for hot paths.

SQLAlchemy compiles a statement once and then looks it up, binds, wraps and proxies at each execution: some 80 µs of
work around a query that takes SQLite 10. A :class:`Prepared` keeps the compiled text with its binding and reading
functions and hands both to the driver. Rows come back as named tuples. The statement itself stays a Core statement,
typed and portable, and a table that it writes is told to the guard as any other.
"""

import re
from collections import namedtuple
from collections.abc import Mapping, Sequence
from functools import cached_property, partial
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Executable, LargeBinary, Select, bindparam, insert, select
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import ClassManager, class_mapper
from sqlalchemy.sql.dml import UpdateBase

from portal.kernel.bulk import in_parts
from portal.kernel.db import Base

_ONE_ROW = re.compile(r" VALUES (\((?:\?(?:, )?)+\))$")
_NAMED = re.compile(r"%\((\w+)\)s")
Model = TypeVar("Model", bound=Base)


class _Text:
    """One compiled form: the driver's text, how to bind and how to read."""

    __slots__ = ("_binders", "_given", "_make", "_names", "_of_rows", "_one_row", "_plain", "_positional", "_readers", "text")

    def __init__(self, statement: Any, dialect: Dialect, lists: Mapping[str, int]) -> None:
        compiled = _sized(statement, dialect, lists) if statement.is_select else statement.compile(dialect=dialect)
        self.text = str(compiled)
        expanded = {f"{name}_{at + 1}": (name, at) for name, size in lists.items() for at in range(size)}
        named = dict.fromkeys(_NAMED.findall(self.text))
        names = list(compiled.positiontup) if dialect.positional else list(named)
        self._positional = bool(dialect.positional)
        one_row = _ONE_ROW.search(self.text) if self._positional and statement.is_insert else None
        self._one_row, self._of_rows = one_row[1] if one_row else None, dict[int, str]()
        written = _written_out(compiled)
        self._plain = [_parameter(compiled, name, expanded.get(name), written) for name in names]
        as_given = all(place is None and processor is None for _, place, processor, _ in self._plain)
        # Where nothing is to be done to a value, none of the steps in between is taken.
        self._names = [(name, default) for name, _, _, default in self._plain] if as_given else None
        alone = self._positional and not lists
        self._given = [(name, default) for name, _, _, default in self._plain] if alone else None
        binders = [(at, processor) for at, (_, _, processor, _) in enumerate(self._plain) if processor is not None]
        # What is not there needs no binding, but in JSON, whose null is a value.
        self._binders = [(at, processor, processor(None) is None) for at, processor in binders] if alone else []
        columns = compiled._result_columns or []
        row: Any = namedtuple("Row", [entry.keyname for entry in columns], rename=True) if columns else tuple
        self._make = partial(tuple.__new__, row)
        readers = [entry.type.dialect_impl(dialect).result_processor(dialect, None) for entry in columns]
        self._readers = [(at, reader) for at, reader in enumerate(readers) if reader is not None]

    def bound(self, values: Mapping[str, Any]) -> Any:
        """The driver's parameters."""
        if self._names is not None:
            if self._positional:
                return [values.get(name, default) for name, default in self._names]
            return {name: values.get(name, default) for name, default in self._names}
        if self._given is not None:
            get = values.get
            bound = [get(name, default) for name, default in self._given]
            for at, processor, keeps_none in self._binders:
                value = bound[at]
                if value is not None or not keeps_none:
                    bound[at] = processor(value)
            return bound
        given = []
        for name, place, processor, default in self._plain:
            value = values[place[0]][place[1]] if place is not None else values.get(name, default)
            given.append(value if processor is None else processor(value))
        return given if self._positional else dict(zip((name for name, *_ in self._plain), given, strict=True))

    @property
    def takes_many(self) -> bool:
        """Whether it is an INSERT of one row that SQLite takes with many as well."""
        return self._one_row is not None

    def of_rows(self, many: int) -> str:
        """The text that inserts so many rows."""
        known = self._of_rows.get(many)
        if known is None:
            known = self._of_rows[many] = self.text + f", {self._one_row}" * (many - 1)
        return known

    def rows(self, fetched: list[Any]) -> list[Any]:
        """The driver's rows, read into named tuples."""
        make = self._make
        if not self._readers:
            return [make(values) for values in fetched]
        return [make(self._read(values)) for values in fetched]

    def tuples(self, fetched: list[Any]) -> list[tuple[Any, ...]]:
        """The driver's rows, read: the very same where there is nothing to read."""
        return [tuple(self._read(values)) for values in fetched] if self._readers else fetched

    def _read(self, values: Any) -> list[Any]:
        read = list(values)
        for at, reader in self._readers:
            value = read[at]
            if value is not None:
                read[at] = reader(value)
        return read


def _sized(statement: Any, dialect: Dialect, lists: Mapping[str, int]) -> Any:
    """Compiled with its lists written out for their size; what has no value yet gets one, which binding replaces."""
    unset = [name for name, bind in statement.compile(dialect=dialect).binds.items() if bind.required]
    values = {name: [None] * lists[name] if name in lists else None for name in unset}
    return statement.params(values).compile(dialect=dialect, compile_kwargs={"render_postcompile": True})


def _written_out(compiled: Any) -> dict[str, tuple[str, Any]]:
    """The members of lists that stand in the statement itself, by the names they are expanded to."""
    lists = ((name, bind.effective_value) for name, bind in compiled.binds.items() if bind.expanding)
    return {f"{name}_{at}": (name, value) for name, values in lists for at, value in enumerate(values or (), 1)}


def _parameter(compiled: Any, name: str, place: tuple[str, int] | None, written: dict[str, tuple[str, Any]]) -> Any:
    """A parameter: its name, its place in a list, how it is bound, and its value where the statement has one."""
    if place is None and name in written:
        base, value = written[name]
        return name, None, _binder(compiled, name, compiled.binds[base]), value
    bind = compiled.binds.get(place[0] if place else name)
    return name, place, _binder(compiled, name, bind), bind.effective_value if bind is not None and place is None else None


def _binder(compiled: Any, name: str, bind: Any) -> Any:
    if bind is not None and isinstance(bind.type, LargeBinary):
        return None  # both drivers take bytes as they are; SQLAlchemy would wrap each value first
    processor = compiled._bind_processors.get(name)
    if processor is None and bind is not None:
        processor = bind.type.dialect_impl(compiled.dialect).bind_processor(compiled.dialect)
    return processor


class Prepared:
    """A statement with named parameters; parameters in ``lists`` are lists (``IN`` with an expanding bindparam)."""

    def __init__(self, statement: Executable, *, lists: tuple[str, ...] = ()) -> None:
        self._statement = statement
        self._writes: str | None = str(statement.table) if isinstance(statement, UpdateBase) else None
        self._lists = lists
        self._texts: dict[Any, _Text] = {}

    def all(self, connection: Connection, values: Mapping[str, Any] | None = None) -> list[Any]:
        """All rows, as named tuples."""
        text, cursor = self._execute(connection, values or {})
        # A cursor that nobody holds any more is closed with the last line of this.
        return text.rows(cursor.fetchall())

    def tuples(self, connection: Connection, values: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """All rows, as plain tuples: for hundreds of rows, whose names would cost as much as the rows."""
        text, cursor = self._execute(connection, values or {})
        return text.tuples(cursor.fetchall())

    def first(self, connection: Connection, values: Mapping[str, Any] | None = None) -> Any:
        """The first row, or None."""
        rows = self.all(connection, values)
        return rows[0] if rows else None

    def run(self, connection: Connection, values: Mapping[str, Any] | None = None) -> None:
        """Executes what gives no rows."""
        self._execute(connection, values or {})

    def many(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> int:
        """Executes it for each of these rows, in as few calls of the driver's as may be; gives how many rows it changed.

        IntegrityError, as SQLAlchemy has it.
        """
        if not rows:
            return 0
        text, driver = self._ready(connection, ())
        bound = [text.bound(row) for row in rows]
        try:
            if text.takes_many:
                # The driver gives up the interpreter's lock once a row in executemany, and once a statement here.
                for part in in_parts(bound):
                    driver.execute(text.of_rows(len(part)), [value for row in part for value in row])
                return len(bound)
            cursor = driver.cursor()
            cursor.executemany(text.text, bound)
            return int(cursor.rowcount)
        except connection.dialect.loaded_dbapi.IntegrityError as error:
            raise IntegrityError(text.text, None, error) from error

    def changed(self, connection: Connection, values: Mapping[str, Any] | None = None) -> int:
        """How many rows an UPDATE or DELETE found; one that found none wrote nothing, and needs no fact."""
        info = connection.info
        before = set(info.get("written", ()))
        _, cursor = self._execute(connection, values or {})
        many: int = cursor.rowcount
        if many == 0 and "written" in info:
            info["written"].intersection_update(before)
        return many

    def _execute(self, connection: Connection, values: Mapping[str, Any]) -> tuple[_Text, Any]:
        sizes = tuple([len(values[name]) for name in self._lists]) if self._lists else ()
        text, driver = self._ready(connection, sizes)
        return text, driver.execute(text.text, text.bound(values))

    def _ready(self, connection: Connection, sizes: tuple[int, ...]) -> tuple[_Text, Any]:
        key = (connection.dialect.name, sizes)
        text = self._texts.get(key) or self._compiled(connection.dialect, sizes)
        if self._writes is not None and (written := connection.info.get("written")) is not None:
            written.add(self._writes)
        return text, connection.connection.dbapi_connection

    def _compiled(self, dialect: Dialect, sizes: tuple[int, ...]) -> _Text:
        lists = dict(zip(self._lists, sizes, strict=True))
        text = self._texts[dialect.name, sizes] = _Text(self._statement, dialect, lists)
        return text


class PreparedRows(Prepared, Generic[Model]):
    """A SELECT of whole rows of one table, read as objects of its model.

    They belong to no session: what stands in them is what was read, and setting it writes nothing.
    """

    def __init__(self, model: type[Model], statement: Select[Any], *, lists: tuple[str, ...] = ()) -> None:
        super().__init__(statement, lists=lists)
        self._model = model
        self._names = [column.name for column in model.__table__.columns]

    @classmethod
    def of(cls, model: type[Model], *where: ColumnElement[bool], lists: tuple[str, ...] = ()) -> "PreparedRows[Model]":
        """The rows of a model for which all this is so."""
        return cls(model, select(*model.__table__.columns).where(*where), lists=lists)

    def objects(self, connection: Connection, values: Mapping[str, Any] | None = None) -> list[Model]:
        """All rows."""
        text, cursor = self._execute(connection, values or {})
        return [self._made(row) for row in text.tuples(cursor.fetchall())]

    def one(self, connection: Connection, values: Mapping[str, Any] | None = None) -> Model | None:
        """The first row, or None."""
        found = self.objects(connection, values)
        return found[0] if found else None

    def _made(self, row: tuple[Any, ...]) -> Model:
        made = self._manager.new_instance()
        vars(made).update(zip(self._names, row, strict=True))
        return made

    @cached_property
    def _manager(self) -> "ClassManager[Model]":
        # Asked for once all models are there.
        return class_mapper(self._model).class_manager


def prepared_insert(model: type[Base], *, but: tuple[str, ...] = ()) -> Prepared:
    """An INSERT of one row; columns that are not given are NULL. ``but`` are those that never are: of JSON a value that is
    not given would be its ``null``."""
    columns = [column.name for column in model.__table__.columns if column.name not in but]
    return Prepared(insert(model).values({name: bindparam(name) for name in columns}))
