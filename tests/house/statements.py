"""Statements are built from models, pass the guard, and never cascade behind its back."""

import ast

from tests.house.sources import Module, Sources, named

DRIVERS_HAND = "portal.kernel.bulk"
"""The one module that hands the driver a finished string, compiled by SQLAlchemy; for the log's tables alone."""
BULK_USERS = ("portal.kernel.", "portal.audit.")
_DML = {"insert", "update", "delete"}


def statement_faults(sources: Sources) -> list[str]:
    """text(), exec_driver_sql, changes inside a CTE, ON DELETE CASCADE."""
    return [f"{module.at(node)}: {why}" for module in sources for node in module.nodes for why in _why(module, node)]


def _why(module: Module, node: ast.AST) -> list[str]:
    if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sqlalchemy"):
        return ["text() is refused" for alias in node.names if alias.name in ("text", "TextClause")]
    if not isinstance(node, ast.Call):
        return []
    name = named(node.func)
    why = []
    if name.split(".")[-1] == "exec_driver_sql" and module.name != DRIVERS_HAND:
        why.append("exec_driver_sql is refused")
    if name in ("sa.text", "sqlalchemy.text", "sql.text"):
        why.append("text() is refused")
    if name.split(".")[-1] in ("cte", "add_cte") and _changes(node):
        why.append("a change inside a CTE escapes the guard")
    return why + [f"{word.arg}={ast.unparse(word.value)} is refused" for word in node.keywords if _cascades(word)]


def _changes(node: ast.AST) -> bool:
    calls = (inner for inner in ast.walk(node) if isinstance(inner, ast.Call))
    return any(named(call.func).split(".")[-1] in _DML for call in calls)


def _cascades(word: ast.keyword) -> bool:
    if not isinstance(word.value, ast.Constant) or not isinstance(word.value.value, str):
        return False
    value = word.value.value.lower()
    if word.arg in ("ondelete", "onupdate"):
        return "cascade" in value or "set" in value
    return word.arg == "cascade" and "delete" in value


def bulk_faults(sources: Sources) -> list[str]:
    """Whoever else uses the hand that passes by the guard."""
    return [
        f"{module.at(node)}: {module.name} passes by the guard"
        for module in sources
        if not module.name.startswith(BULK_USERS)
        for node, imported in sources.imports(module)
        if imported == DRIVERS_HAND
    ]


def clock_faults(sources: Sources) -> list[str]:
    """Times come from the unit or the kernel's clock, so that a moved clock moves everything."""
    wanted = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "datetime.datetime.now"}
    return [
        f"{module.at(node)}: {named(node.func)} passes by the clock"
        for module in sources
        if not module.name.startswith(("portal.kernel.clock", "portal.demo.bookshop", "portal.bench"))
        for node in module.nodes
        if isinstance(node, ast.Call) and named(node.func) in wanted
    ]
