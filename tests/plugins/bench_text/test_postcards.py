"""Postcards are the same everywhere, and no phrase is in two splits."""

from __future__ import annotations

import bench
from bench.toolkit.entities import tags_of
from bench_text.postcard_phrases import PHRASES
from bench_text.postcards import COPIES, TAGS, Postcards, sentence, sentences


def test_texts_are_the_same_everywhere() -> None:
    words, tags = sentence("{person} moved from {place} to {place} {date} .", 3)
    assert words == ["Dunlow", "moved", "from", "Norlow", "to", "Kelstead", "tomorrow", "."]
    assert [TAGS[tag] for tag in tags] == ["B-person", "O", "O", "B-place", "O", "B-place", "B-date", "O"]


def test_sizes_and_tags() -> None:
    info = Postcards().info()
    assert info.sizes == {"train": 360, "val": 120, "test": 120}
    assert tags_of(info.classes).types == ("company", "date", "person", "place")
    assert all(len(words) == len(tags) for split in bench.SPLITS for words, tags in sentences(split))


def test_each_phrase_is_a_group_of_one_split() -> None:
    groups = {split: Postcards().groups(split) for split in bench.SPLITS}
    assert sum(len({*own}) for own in groups.values()) == len(PHRASES) == len({*PHRASES})
    assert all(own.count(0) == COPIES for own in map(list, groups.values()))
    texts = [{*Postcards().contents(split)} for split in bench.SPLITS]
    assert not texts[0] & texts[1] | texts[0] & texts[2] | texts[1] & texts[2]
