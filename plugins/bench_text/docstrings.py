"""The data set `docstrings`: which package of Python's standard library a docstring belongs to.

It needs no download: the texts are read from the library of the Python that runs, so they are the same
wherever that version is the same. Sources are parsed, never imported.
"""

from __future__ import annotations

import ast
import hashlib
import platform
import re
import sysconfig
import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field, field_validator

import bench
from bench.toolkit.inputs import text_inputs
from bench.toolkit.messages import did_you_mean

RULE = 1
"""Raised when the same sources give other examples than before."""

PACKAGES = (
    "asyncio",
    "email",
    "http",
    "importlib",
    "inspect",
    "logging",
    "mailbox",
    "multiprocessing",
    "tarfile",
    "unittest",
    "urllib",
    "xml",
)
"""Those with most docstrings among the packages and modules that every installation has."""

SHORTEST = 20
LONGEST = 400
"""In characters; longer texts are cut between words."""

MASK = "it"
NAMES = re.compile(rf"\b({'|'.join(PACKAGES)})\b", re.IGNORECASE)

TRAIN_SHARE = 0.70
VAL_SHARE = 0.15


class Docstrings(bench.Dataset):
    """Docstrings of Python's standard library, by package; about 2,300 for twelve packages.

    All docstrings of modules, classes and functions count. Wherever a text says the name of one of the
    packages, `it` stands in its place: the name alone would give the answer away. A text that occurs in
    two packages is left out, as it has no answer. Splits are drawn by the digest of the text, so an
    example is in the same split whatever `classes` are chosen.
    """

    name: ClassVar[str] = "docstrings"
    check_with: ClassVar[tuple[Mapping[str, Any], ...]] = ({"classes": ("mailbox", "tarfile")},)

    # A task that only reads takes the package for the document that a text is from.
    targets: ClassVar[frozenset[str]] = frozenset({"class", "document"})

    task: Any = Field("text-classification", description="the task, or a mapping of its name and settings")
    classes: tuple[str, ...] = Field(PACKAGES, min_length=2, description="the packages to tell apart")

    @field_validator("classes")
    @classmethod
    def _known_and_different(cls, classes: tuple[str, ...]) -> tuple[str, ...]:
        for name in classes:
            if name not in PACKAGES:
                hint = did_you_mean(name, PACKAGES) or f"; choose from {', '.join(PACKAGES)}"
                raise ValueError(f"unknown class '{name}'{hint}")
        if twice := [name for name, count in Counter(classes).items() if count > 1]:
            raise ValueError(f"class '{twice[0]}' is named twice")
        return classes

    def check(self) -> None:
        """Raise DataError if the library's sources are not there."""
        for package in PACKAGES:
            sources(package)

    def fingerprint(self) -> str:
        """Return a digest of the Python version, the rule and the classes: they decide the content."""
        version = f"{platform.python_implementation()} {platform.python_version()}"
        rule = f"docstrings {RULE} of {version}: {' '.join(self.classes)}"
        return hashlib.sha256(rule.encode()).hexdigest()

    def info(self) -> bench.DatasetInfo:
        """Return classes and sizes; parses the sources on the first call."""
        sizes = {split: len(self.load(split)) for split in bench.SPLITS}
        return bench.DatasetInfo(sizes, self.classes, licence="PSF-2.0")

    def load(self, split: bench.Split) -> Sequence[bench.Example]:
        """Return the examples of a split; the order looks random, and is by the digest of the text."""
        return [
            bench.Example(text, self.classes.index(package))
            for text, package in labelled_texts()
            if package in self.classes and split_of(text) == split
        ]

    def strata(self, split: bench.Split) -> Sequence[int]:
        """Return the class of each text."""
        return [example.target for example in self.load(split)]

    def contents(self, split: bench.Split) -> Sequence[str]:
        """Return the texts."""
        return [example.input for example in self.load(split)]

    def new_inputs(self, path: Path) -> Iterator[bench.NewInput]:
        """Give the texts of a file, cleaned as all are."""
        for item in text_inputs(path):
            yield bench.NewInput(item.where, lambda item=item: clean(item.read()))  # type: ignore[misc]  # mypy: a lambda with a default

    def new_input(self, line: str) -> str:
        """Return a line, cleaned as all texts are."""
        return clean(line)


@lru_cache(maxsize=1)
def labelled_texts() -> Sequence[tuple[str, str]]:
    """Return every text and its package, in the order of the texts' digests."""
    owners: dict[str, set[str]] = {}
    for package in PACKAGES:
        for source in sources(package):
            for docstring in docstrings(ast.parse(source.read_bytes())):
                owners.setdefault(clean(docstring), set()).add(package)
    texts = [text for text in owners if len(owners[text]) == 1 and len(text) >= SHORTEST]
    return [(text, min(owners[text])) for text in sorted(texts, key=digest)]


def sources(package: str) -> list[Path]:
    """Return the source files of a package or module, without its tests.

    Raises DataError if there are none.
    """
    library = Path(sysconfig.get_path("stdlib"))
    module = library / f"{package}.py"
    files = [module] if module.is_file() else sorted((library / package).rglob("*.py"))
    files = [file for file in files if not {"test", "tests"} & set(file.relative_to(library).parts)]
    if not files:
        raise bench.DataError(
            f"docstrings: this Python has no sources of '{package}' in {library}; "
            "install the complete standard library"
        )
    return files


def docstrings(module: ast.Module) -> Iterator[str]:
    """Yield the docstrings of a module and of all classes and functions in it."""
    for node in ast.walk(module):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield ast.get_docstring(node, clean=False) or ""


def clean(docstring: str) -> str:
    """Return a docstring on one line, shortened, and without the names of the packages."""
    return NAMES.sub(MASK, textwrap.shorten(docstring, LONGEST, placeholder=""))


def split_of(text: str) -> bench.Split:
    """Return the split that a text's digest assigns it to."""
    draw = digest(text) / 2**64
    if draw < TRAIN_SHARE:
        return "train"
    return "val" if draw < TRAIN_SHARE + VAL_SHARE else "test"


def digest(text: str) -> int:
    """Return 64 bits of the text's sha256."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


@bench.hookimpl
def bench_datasets() -> list[type[bench.Dataset]]:
    """Return the data set."""
    return [Docstrings]
