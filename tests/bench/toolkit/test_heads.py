"""Heads: which of their outputs stand for which classes."""

from __future__ import annotations

from bench.toolkit.heads import match_classes


def test_a_shared_name_counts_only_if_all_who_have_it_are_wanted():
    known = [("crane", "bird"), ("drum",), ("crane", "machine")]
    assert match_classes(["drum", "crane"], known) is None
    assert match_classes(["crane", "drum", "crane"], known) == [0, 1, 2]
    assert match_classes(["machine", "bird"], known) == [2, 0]
    assert match_classes(["drum", "drum"], known) is None
    assert match_classes(["tench", "Tinca tinca"], [["tench", "Tinca tinca"], ["hen"]]) is None
