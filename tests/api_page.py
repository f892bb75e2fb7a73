"""Writes the page of the public API, `bench/api/README.md`, from the code: `python tests/api_page.py`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "bench" / "api" / "README.md"

OPENING = """# The public API

Everything that plugins and scripts may use, and all that built-in plugins use. What is not here may change
without notice. [plugins/README.md](../../plugins/README.md) shows how it is used; `python tests/api_page.py`
writes this page from the code.
"""


def page() -> str:
    """The page as it should be."""
    sections = [OPENING, "## `bench`\n\nImporting it loads no torch.\n"]
    for path in [*sorted((ROOT / "bench" / "api").glob("[!_]*.py")), ROOT / "bench" / "errors.py"]:
        sections.append(section(path, path.stem, exported()))
    sections.append(
        "### hookimpl\n\n" + entry("hookimpl", "marks the functions of a plugin that `bench` calls")
    )
    sections.append(section(ROOT / "bench" / "__init__.py", "load", {"load"}, "Results as a data frame."))
    sections.append("## `bench.toolkit`\n")
    for path in sorted((ROOT / "bench" / "toolkit").glob("[!_]*.py")):
        sections.append(section(path, f"bench.toolkit.{path.stem}", None))
    sections.append("## `bench.testing`\n")
    sections.append(section(ROOT / "bench" / "testing" / "__init__.py", "bench.testing", {"check"}))
    return "\n".join(sections)


def exported() -> set[str]:
    """The names in `bench.__all__`."""
    tree = ast.parse((ROOT / "bench" / "__init__.py").read_text())
    lists = (node.value for node in tree.body if isinstance(node, ast.Assign) and is_all(node))
    return {
        str(ast.literal_eval(item)) for found in lists if isinstance(found, ast.List) for item in found.elts
    }


def is_all(node: ast.Assign) -> bool:
    return any(isinstance(target, ast.Name) and target.id == "__all__" for target in node.targets)


def section(path: Path, title: str, wanted: set[str] | None, subject: str = "") -> str:
    """The part about a module: its subject, and each public name with the beginning of its docstring."""
    tree = ast.parse(path.read_text())
    entries = [entry(name, doc) for name, doc in described(tree) if wanted is None or name in wanted]
    return f"### {title}\n\n{subject or first_line(ast.get_docstring(tree) or '')}\n\n{''.join(entries)}"


def described(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Give public classes, functions, and values that have a docstring."""
    for node, following in zip(tree.body, [*tree.body[1:], None], strict=True):
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            name, doc = node.name, ast.get_docstring(node) or ""
        elif isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(following, ast.Expr):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            name, doc = ast.unparse(target), str(ast.literal_eval(following.value))
        else:
            continue
        if not name.startswith("_"):
            yield name, doc


def entry(name: str, doc: str) -> str:
    return f"* `{name}`: {first_line(doc)}\n"


def first_line(doc: str) -> str:
    """The first sentence or paragraph, on one line."""
    return " ".join(doc.strip().partition("\n\n")[0].split())


if __name__ == "__main__":
    PAGE.write_text(page())
