"""The task `token-classification`: a tag for each word of a text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import bench
from bench.toolkit.token_classification import TokenClassification

if TYPE_CHECKING:
    import numpy as np

    from bench.toolkit.alignment import Window
    from bench.toolkit.texts import TextProcessor


class WordTagging(TokenClassification):
    """A tag for each word of a text: named entities, parts of speech.

    A text comes in words, a list; any other is split at white space. Words that `max_length` cuts off, and
    those of which the tokenizer makes no token, are scored: as outside of entities, or as wrong where tags
    mark none. The record's notes say in how many texts there are such words.
    """

    name: ClassVar[str] = "token-classification"
    modality: ClassVar[str] = "text"

    def prepare(self, example: bench.Example, processor: bench.Processor) -> bench.Sample:
        """Return the tokens, the tags of the words, and where each word's first token is.

        Raises UnsuitableError for a text without words, or with more or fewer tags than words.
        """
        import numpy as np

        words, tags = words_of(example.input), example.target
        if tags is not None and len(words) != len(tags):
            raise bench.UnsuitableError(f"{len(words)} words and {len(tags)} tags; there must be as many")
        texts = text_processor(processor)
        window = texts.windows(words)[0]
        first = first_tokens(window, len(words))
        inputs = texts.inputs(window, _remark(first, window, texts))
        if tags is None:
            return bench.Sample(inputs, {})
        return bench.Sample(inputs, {"tags": np.array(tags, dtype=np.int64), "first": first})

    def collate(self, samples: Sequence[bench.Sample]) -> bench.Batch:
        """Return inputs `ids` and `mask` (and `types`), `[N, L]`, and targets, `[N, W]` with W most words."""
        import numpy as np

        from bench.toolkit.texts import collate_tokens, pad

        targets = {
            name: pad([np.asarray(sample.targets[name]) for sample in samples], -1)
            for name in samples[0].targets
        }
        return bench.Batch(collate_tokens(samples), targets, range(len(samples)))

    def postprocess(
        self,
        predictions: bench.Predictions,
        info: bench.DatasetInfo,
        inputs: Sequence[Any],
        processor: bench.Processor,
    ) -> Sequence[Mapping[str, Any]]:
        """Return the tag of each word, and the words; `-` is the tag of a word that was cut off."""
        likeliest = predictions["logits"].argmax(dim=-1).tolist()
        return [
            _told(row, words_of(raw), info.classes, text_processor(processor))
            for row, raw in zip(likeliest, inputs, strict=True)
        ]


def words_of(raw: str | Sequence[str]) -> list[str]:
    """Return the words of a text. Raises UnsuitableError if there are none."""
    words = raw.split() if isinstance(raw, str) else [*raw]
    if not words:
        raise bench.UnsuitableError("a text without words")
    return words


def text_processor(processor: bench.Processor) -> TextProcessor:
    """Return the processor as one of texts; raises UnsuitableError if it is none."""
    from bench.toolkit.texts import TextProcessor

    if not isinstance(processor, TextProcessor):
        raise bench.UnsuitableError(
            "the backbone does not say which word a token is of; its processor must be a TextProcessor"
        )
    return processor


def first_tokens(window: Window, count: int) -> np.ndarray:
    """Return the place of each word's first token, int32 `[count]`; -1 for a word without a token."""
    import numpy as np

    first = np.full(count, -1, dtype=np.int32)
    places = np.flatnonzero(window.word >= 0)[::-1]
    first[window.word[places]] = places
    return first


def _remark(first: np.ndarray, window: Window, processor: TextProcessor) -> str:
    if first.min() >= 0:
        return ""
    if len(window.ids) >= processor.max_length:
        return f"cut to {processor.max_length} tokens; words that are cut off get no tag"
    return "with words of which the tokenizer makes nothing; they get no tag"


def _told(
    numbers: Sequence[int], words: Sequence[str], classes: Sequence[str], processor: TextProcessor
) -> Mapping[str, Any]:
    from bench.toolkit.token_classification import NO_TAG

    places = first_tokens(processor.windows(words)[0], len(words)).tolist()
    tags = [classes[numbers[place]] if place >= 0 else NO_TAG for place in places]
    return {"tags": tags, "words": [*words]}


@bench.hookimpl
def bench_tasks() -> list[type[bench.Task]]:
    """Return the task."""
    return [WordTagging]
