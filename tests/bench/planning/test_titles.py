from __future__ import annotations

import pytest

from bench.planning.titles import fits, title


def test_axes_that_need_no_explanation_are_told_by_their_labels_alone():
    labels = {"backbone": "cifar/resnet20", "objective": "fine-tune", "dataset": "digits", "batch_size": "16"}
    assert title(labels, 0) == "cifar/resnet20 · fine-tune · digits · batch_size 16 · seed 0"


@pytest.mark.parametrize(
    ("pattern", "found"),
    [("fine", True), ("*fine*seed 0", True), ("fine*", False), ("FINE", False), ("[", False)],
)
def test_a_pattern_is_a_part_or_a_shell_pattern_of_the_whole(pattern, found):
    assert fits("cifar · fine-tune · seed 0", pattern) is found
