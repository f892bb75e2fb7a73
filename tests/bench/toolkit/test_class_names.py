"""Which names of classes mean the same."""

from __future__ import annotations

import pytest

from bench.toolkit.class_names import match_classes, unknown_classes


def test_a_shared_name_counts_only_if_all_who_have_it_are_wanted():
    known = [("crane", "bird"), ("drum",), ("crane", "machine")]
    assert match_classes(["drum", "crane"], known) is None
    assert match_classes(["crane", "drum", "crane"], known) == [0, 1, 2]
    assert match_classes(["machine", "bird"], known) == [2, 0]
    assert match_classes(["drum", "drum"], known) is None
    assert match_classes(["tench", "Tinca tinca"], [["tench", "Tinca tinca"], ["hen"]]) is None


@pytest.mark.parametrize(
    ("wanted", "unknown"),
    [
        (["Great_White-Shark", "hen"], []),
        (["great  white shark ", "shark", "hens"], ["shark", "hens"]),
        ([], []),
    ],
)
def test_a_class_is_known_in_any_spelling_of_its_name(wanted: list[str], unknown: list[str]) -> None:
    known = frozenset({"great white shark", "Hen"})
    assert unknown_classes(wanted, known) == unknown
    assert (match_classes(wanted, [[name] for name in sorted(known)]) is None) == bool(unknown)
