"""Tags of words as entities: the schemes of tags, and what entities two taggings share, as seqeval counts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from ..errors import UnsuitableError

if TYPE_CHECKING:
    from numpy.typing import NDArray

Scheme = Literal["iob2", "bioes", "io", "none"]
"""How tags mark entities. With `none` they mark none: each word counts by itself, as in parts of speech."""

OUTSIDE = "O"
LETTERS: Mapping[Scheme, str] = {"iob2": "BI", "bioes": "BIES", "io": "I"}
"""What the tags of words in entities begin with: beginning, inside, end, single."""
UNTYPED = "_"
"""The type of entities whose tags do not say any: `B`, `I`."""


@dataclass(frozen=True)
class Tags:
    """The tags of a data set, C of them, taken apart.

    types: what entities are, or with scheme `none` words. letters, kinds: for each tag the place of its
    letter in `OBIES`, and that of its type among `types`; `[C + 1]`, as a word without a tag, number -1, is
    outside.
    """

    scheme: Scheme
    names: tuple[str, ...]
    types: tuple[str, ...]
    letters: NDArray[Any]
    kinds: NDArray[Any]

    @property
    def outside(self) -> int:
        """The number of the tag of words outside of entities; -1 if there is none."""
        return self.names.index(OUTSIDE) if self.scheme != "none" and OUTSIDE in self.names else -1


def tags_of(names: Sequence[str], scheme: Scheme | None = None) -> Tags:
    """Return tags taken apart by a scheme, or by the one that their names show.

    Raises UnsuitableError if the names are not those of the scheme, or of several.
    """
    import numpy as np

    scheme = scheme or _recognised(names)
    if scheme == "none":
        count = len(names)
        letters, kinds, types = [_letter("S")] * count, [*range(count)], tuple(names)
    else:
        _refuse_others(names, scheme)
        types = tuple(sorted({_type(name) for name in names if name != OUTSIDE}))
        letters = [_letter(name[0]) for name in names]
        kinds = [types.index(_type(name)) if name != OUTSIDE else 0 for name in names]
    if not types:
        raise UnsuitableError(f"no word of train is in an entity; its only tag is '{OUTSIDE}'")
    outside = _letter(OUTSIDE)
    return Tags(scheme, tuple(names), types, np.array([*letters, outside]), np.array([*kinds, 0]))


def _letter(letter: str) -> int:
    return "OBIES".index(letter)


def _type(name: str) -> str:
    return name[2:] or UNTYPED


def _recognised(names: Sequence[str]) -> Scheme:
    """Return the scheme that tags are of by their names: `B-place` and the like, or `B` beside `O`."""
    inner = [name for name in names if name != OUTSIDE]
    typed = [name for name in inner if re.match(r"[A-Z]-.", name)]
    if len(typed) < len(inner) and not (OUTSIDE in names and set(inner) <= set(LETTERS["bioes"])):
        return "none"
    letters = {name[0] for name in inner}
    fitting: list[Scheme] = [scheme for scheme in ("io", "iob2", "bioes") if letters <= {*LETTERS[scheme]}]
    if not fitting:
        found = ", ".join(sorted(letters))
        raise UnsuitableError(
            f"tags begin with {found}, which is none of the schemes BI, BIES and I; "
            "set `scheme: none` to compare them word by word"
        )
    return fitting[0]


def _refuse_others(names: Sequence[str], scheme: Scheme) -> None:
    for name in names:
        if name != OUTSIDE and not re.fullmatch(f"[{LETTERS[scheme]}](-.+)?", name):
            raise UnsuitableError(
                f"'{name}' is no tag of scheme {scheme}; set another `scheme`, or leave it out"
            )


@dataclass(frozen=True)
class Entities:
    """The entities in N sequences of W words.

    begins: whether one begins at a word, bool `[N, W]`. ends, kinds: where one begins, the place behind its
    last word, and that of its type among `Tags.types`.
    """

    begins: NDArray[Any]
    ends: NDArray[Any]
    kinds: NDArray[Any]

    @classmethod
    def of(cls, tags: Tags, numbers: NDArray[Any], *, strict: bool = False) -> Entities:
        """Find them in the numbers of tags, `[N, W]`; -1 stands for a word without a tag.

        By default as conlleval does, where any change of type begins an entity. The strict way, entities
        count that keep to the scheme from the first to the last word.
        """
        import numpy as np

        letters, kinds = tags.letters[numbers], tags.kinds[numbers]
        before = np.pad(letters, ((0, 0), (1, 0)))[:, :-1]
        same = kinds == np.pad(kinds, ((0, 0), (1, 0)))[:, :-1]
        single, inside = _are(letters, "BS"), _are(letters, "IE")
        if strict and tags.scheme in ("iob2", "bioes"):
            begins, goes_on = single, inside & _are(before, "BI") & same
        else:
            begins = _are(letters, "BIES") & (single | _are(before, "OES") | ~same)
            goes_on = _are(letters, "BIES") & ~begins
        ends = _next_stops(~goes_on)
        if strict and tags.scheme == "bioes":
            begins = begins & _are(np.take_along_axis(letters, ends - 1, axis=1), "ES")
        return cls(begins, ends, kinds)

    def counts(self, types: int) -> NDArray[Any]:
        """Return how many there are of each type, int32 `[N, types]`."""
        return _by_type(self.begins, self.kinds, types)

    def shared(self, others: Entities, types: int) -> NDArray[Any]:
        """Return how many others are also among these, by type, int32 `[N, types]`."""
        alike = (self.ends == others.ends) & (self.kinds == others.kinds)
        return _by_type(self.begins & others.begins & alike, self.kinds, types)


def _are(letters: NDArray[Any], of: str) -> NDArray[Any]:
    import numpy as np

    return np.isin(letters, [_letter(letter) for letter in of])


def _next_stops(stops: NDArray[Any]) -> NDArray[Any]:
    """Return for each place the next one behind it that is a stop, or the end, `[N, W]`."""
    import numpy as np

    count = stops.shape[1]
    places = np.where(stops, np.arange(count), count)
    places = np.pad(places, ((0, 0), (0, 1)), constant_values=count)
    found: NDArray[Any] = np.minimum.accumulate(places[:, ::-1], axis=1)[:, ::-1][:, 1:]
    return found


def _by_type(chosen: NDArray[Any], kinds: NDArray[Any], types: int) -> NDArray[Any]:
    import numpy as np

    rows = np.arange(len(kinds))[:, None] * types + kinds
    counts = np.bincount(rows[chosen], minlength=len(kinds) * types)
    return counts.reshape(len(kinds), types).astype(np.int32)
