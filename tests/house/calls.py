"""Nobody but the kernel's outgoing calls, with their guard, calls an address."""

import ast

from tests.house.sources import Module, Sources, absolute

GUARDED = "portal.kernel.outgoing"
OTHERS = {
    "portal.kernel.mail.smtp": "the operator's own mail server",
    "portal.watch.doctor.around": "the operator's own addresses",
    "portal.demo.bookshop": "a program of another house",
    "portal.bench": "measures this machine against itself",
    "portal.serve": "listens",
}
"""Who may open connections all the same, and why no company chooses where to."""
CALLING = ("aiohttp", "asyncio", "ftplib", "http.client", "httpx", "requests", "socket", "urllib.request", "urllib3")
"""The libraries that call."""


def call_faults(sources: Sources) -> list[str]:
    """Whoever else imports what opens connections."""
    free = (GUARDED, *OTHERS)
    return [
        f"{module.at(node)}: {module.name} calls past {GUARDED}"
        for module in sources
        if not any(module.name == name or module.name.startswith(f"{name}.") for name in free)
        for node in module.nodes
        if any(name == library or name.startswith(f"{library}.") for name in _imported(module, node) for library in CALLING)
    ]


def _imported(module: Module, node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        base = absolute(module, node)
        return [base, *(f"{base}.{alias.name}" for alias in node.names)]
    return []
