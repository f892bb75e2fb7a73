from __future__ import annotations

import bench
from bench.toolkit.answers import read_answers
from bench_text.town_questions import TownQuestions, towns

DATASET = TownQuestions()


def test_each_answer_stands_once_where_it_is_said_to() -> None:
    sizes = DATASET.info().sizes
    assert sum(sizes.values()) == 480
    for split in bench.SPLITS:
        for example in DATASET.load(split):
            question, context = example.input
            ((_, answer),) = read_answers(example.target, context)
            assert context.count(answer) == 1, context
            assert answer not in question


def test_splits_are_of_whole_towns() -> None:
    towns_of = {split: {*DATASET.groups(split)} for split in bench.SPLITS}
    assert sum(map(len, towns_of.values())) == len(towns()) == len(set.union(*towns_of.values()))
    assert all(len(DATASET.groups(split)) == len(DATASET.load(split)) for split in bench.SPLITS)


def test_the_texts_are_the_same_everywhere() -> None:
    assert towns()[0].description == (
        "Albach is a small town. A festival of lanterns ends the month of August. Visitors come for its "
        "walnut cheese. Its museum shows maps. In 1881 the church burnt down."
    )
