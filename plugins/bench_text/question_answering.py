"""The task `question-answering`: where in a text the answer to a question is."""

from __future__ import annotations

from typing import ClassVar

import bench
from bench.toolkit.question_answering import QuestionAnswering


class TextQuestionAnswering(QuestionAnswering):
    """Which part of a context answers a question, or that none does; long contexts are cut into windows."""

    name: ClassVar[str] = "question-answering"
    modality: ClassVar[str] = "text"


@bench.hookimpl
def bench_tasks() -> list[type[bench.Task]]:
    """Return the task."""
    return [TextQuestionAnswering]
