"""What the source says about itself, and what pages must not carry."""

import ast
import re

from tests.house.floors import SERVICE, floor_of
from tests.house.sources import Sources


def docstring_faults(sources: Sources) -> list[str]:
    """Modules, public classes and public verbs of services without a word about themselves."""
    faults = []
    for module in sources:
        if module.name.startswith("portal.migrations.versions"):
            continue
        if not ast.get_docstring(module.tree):
            faults.append(f"{module.path}: the module says nothing")
        for node in module.tree.body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef) and not ast.get_docstring(node):
                public = not node.name.startswith("_")
                if public and (isinstance(node, ast.ClassDef) or floor_of(module.name) == SERVICE):
                    faults.append(f"{module.at(node)}: {node.name} says nothing")
    return faults


_COMMENT = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.S)
_INLINE = {
    "a script of its own": re.compile(r"<script(?![^>]*\ssrc=)", re.I),
    "a style of its own": re.compile(r"<style\b", re.I),
    "a style= attribute": re.compile(r"<[a-z][^>]*\sstyle\s*=", re.I),
    "an on…= attribute": re.compile(r"<[a-z][^>]*\son[a-z]+\s*=", re.I),
    "a javascript: address": re.compile(r"javascript:", re.I),
    "something from another host": re.compile(r"<(?:script|link|img|iframe|source)[^>]*(?:src|href)\s*=\s*[\"']?(?:https?:)?//", re.I),
}


def inline_faults(path: str, template: str) -> list[str]:
    """What the content security policy would refuse in a template."""
    plain = _COMMENT.sub(lambda match: " " * len(match[0]), template)
    return [f"{path}: {what}" for what, pattern in _INLINE.items() if pattern.search(plain)]


def unprotected_forms(path: str, template: str) -> list[str]:
    """Forms that change something and carry no token against forgery."""
    forms = re.findall(r"<form\b.*?</form>", template, re.S | re.I)
    return [
        f"{path}: a form without csrf_field()"
        for form in forms
        if re.search(r"method\s*=\s*[\"']?post", form, re.I) and "csrf" not in form and "hidden_tag" not in form
    ]
