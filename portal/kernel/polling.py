"""Questions that a page asks by itself, every few seconds, while it lies open: nobody pressed anything.

Such a question keeps no session alive, ends nothing and leads nowhere: whoever may not ask any more is told so, and the
page stops.
"""

from collections.abc import Callable
from typing import TypeVar

from flask import current_app, request

from portal.kernel.itself import itself

View = TypeVar("View", bound=Callable[..., object])
NO_NEWS, OVER = 204, 410
"""What is answered where nothing is new, and where nothing will be."""


def by_itself(view: View) -> View:
    """Marks a view that pages ask by themselves."""
    view.by_itself = True  # type: ignore[attr-defined]
    return view


def asked_by_itself() -> bool:
    """Whether the present request is such a question."""
    return getattr(current_app.view_functions.get(itself(request).endpoint or ""), "by_itself", False)
