"""Words are tagged at their first tokens, by any objective, and by taggers that come with a checkpoint."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import torch
import transformers

import bench
import fakes
import trials
from bench.records.predictions import read_predictions
from bench.testing.evaluations import Untrained
from bench.toolkit.heads import TokenHead
from bench.toolkit.texts import TextProcessor
from bench_objectives.evaluate import Evaluate
from bench_objectives.feature_extract import FeatureExtract
from bench_objectives.fine_tune import FineTune
from bench_objectives.gradual_unfreeze import GradualUnfreeze
from bench_text.byte_tokenizer import byte_tokenizer
from bench_text.hf import HuggingFace
from bench_text.postcards import Postcards
from bench_text.token_classification import WordTagging
from frozen import Frozen
from tiny_models import TINY, WORDS, wordpiece

TASK = WordTagging()
PROCESSOR = TextProcessor(byte_tokenizer(), 16, types=True)
FP32 = bench.Settings(precision="fp32", batch_size=16)
RECIPE: dict[str, Any] = {"epochs": 2, "lr": 0.02}


class Few(Postcards):
    """Some of the postcards."""

    name: ClassVar[str] = "few-postcards"

    def info(self) -> bench.DatasetInfo:
        info = super().info()
        return bench.DatasetInfo(dict.fromkeys(info.sizes, 40), info.classes)

    def load(self, split: str) -> list[bench.Example]:
        return [*super().load(split)][::3][:40]

    def groups(self, split: str) -> None:
        return None

    def contents(self, split: str) -> None:
        return None


def cell(objective: bench.Objective, **changes: object) -> Any:
    parts = {"backbone": HuggingFace(model="bert", config=TINY), "dataset": Few(), "task": TASK}
    return fakes.cell(objective, **{**parts, "settings": FP32, **changes})


def prepared(*examples: tuple[Any, Any], processor: TextProcessor = PROCESSOR) -> list[bench.Sample]:
    return [TASK.prepare(bench.Example(words, tags), processor) for words, tags in examples]


def test_samples_hold_tags_and_first_tokens() -> None:
    (sample,) = prepared((["New", "Yo", "x"], (1, 2, 0)))
    assert sample.targets["tags"].tolist() == [1, 2, 0]
    assert sample.targets["first"].tolist() == [1, 5, 8]


def test_words_cut_off_have_no_token_and_are_remarked_on() -> None:
    (sample,) = prepared((["abcdefgh", "ijk", "lmnop", "q"], (0, 0, 1, 1)))
    assert len(sample.inputs["ids"]) == 16
    assert sample.targets["first"].tolist() == [1, 10, 14, -1]
    assert sample.inputs.remark == "cut to 16 tokens; words that are cut off get no tag"
    (odd,) = prepared((["the", "\u200d", "cat"], (0, 0, 0)), processor=WORDPIECE)
    assert odd.targets["first"].tolist() == [1, -1, 2]
    assert odd.inputs.remark == "with words of which the tokenizer makes nothing; they get no tag"


WORDPIECE = TextProcessor(wordpiece().backend_tokenizer, 16)


@pytest.mark.parametrize(
    ("words", "tags", "fault"),
    [
        (["a", "b"], (0,), "2 words and 1 tags; there must be as many"),
        ([], (), "a text without words"),
        ("", (), "a text without words"),
    ],
)
def test_examples_that_cannot_be_used(words: Any, tags: Any, fault: str) -> None:
    with pytest.raises(bench.UnsuitableError, match=fault):
        prepared((words, tags))


def test_batches_are_padded_and_the_loss_is_the_mean_over_words() -> None:
    torch.manual_seed(0)
    samples = prepared((["a", "bc", "d"], (1, 2, 0)), (["efg"], (1,)))
    batch = TASK.collate(samples)
    assert batch.targets["tags"].tolist() == [[1, 2, 0], [1, -1, -1]]
    states = torch.randn(2, batch.inputs["ids"].shape[1], 8)
    head = TokenHead(8, 3)
    features = bench.Features(torch.empty(0), (states,), batch.inputs["mask"])
    logits = head(features)
    first = batch.targets["first"]
    words = torch.stack([*logits[0, first[0]], logits[1, first[1, 0]]])
    expected = torch.nn.functional.cross_entropy(words, torch.tensor([1, 2, 0, 1]))
    torch.testing.assert_close(TASK.loss(head, features, batch.targets), expected)
    nothing = {"tags": torch.tensor([[1]] * 2), "first": torch.tensor([[-1]] * 2)}
    assert TASK.loss(head, features, nothing) == 0


def test_a_sentence_is_tagged_alike_in_any_company() -> None:
    torch.manual_seed(0)
    encoder = HuggingFace(model="bert", config=TINY).load().eval()
    info = Few().info()
    head = TASK.head(encoder, info).eval()
    metrics = TASK.metrics(info)
    samples = [TASK.prepare(example, encoder.processor) for example in Few().load("test")[:6]]

    def kept(*own: bench.Sample) -> dict[str, Any]:
        batch = TASK.collate(own)
        with torch.no_grad():
            return dict(metrics.statistics(TASK.predict(head, encoder(batch.inputs)), batch.targets))

    together, alone = kept(*samples), [kept(sample) for sample in samples]
    for name, values in together.items():
        if isinstance(values, list):
            assert values == [one[name][0] for one in alone]
        else:
            assert torch.equal(values, torch.cat([one[name] for one in alone]))


def test_kept_features_give_what_a_frozen_encoder_gives(tmp_path: Path) -> None:
    kept = trials.done(cell(FeatureExtract(normalise="none", **RECIPE)), tmp_path / "kept")
    fresh = trials.done(cell(Frozen(**RECIPE)), tmp_path / "fresh")
    assert kept.quality == fresh.quality
    assert 0 < kept.quality["test"]["accuracy"] < 1


@pytest.mark.parametrize("objective", [FineTune(epochs=1), GradualUnfreeze(), FeatureExtract(epochs=1)])
def test_all_ways_of_training(objective: bench.Objective, tmp_path: Path) -> None:
    record = trials.done(cell(objective), tmp_path)
    assert record.primary == "f1"
    assert record.quality["test"].keys() == {"f1", "precision", "recall", "f1_strict", "accuracy"}


def test_heads_normalise_the_states_of_tokens() -> None:
    torch.manual_seed(0)
    mask = torch.tensor([[True, True, True], [True, False, False]])
    batches = [bench.Features(torch.empty(0), (5 + 3 * torch.randn(2, 3, 4),), mask) for _ in range(3)]
    head = TokenHead(4, 2)
    head.calibrate(batches, "standardise")
    seen = torch.cat([head.normalised(batch)[mask] for batch in batches])
    torch.testing.assert_close(seen.mean(dim=0), torch.zeros(4), atol=1e-5, rtol=0)
    torch.testing.assert_close(seen.std(dim=0, correction=0), torch.ones(4), atol=1e-5, rtol=0)


def test_predicted_tags_are_kept_beside_the_record(tmp_path: Path) -> None:
    record = trials.done(cell(Untrained()), tmp_path)
    (path,) = (tmp_path / "results").rglob(f"{record.id}*.parquet")
    kept = read_predictions(path)["test"]
    tags = kept.statistics[""]["tags"]
    examples = Few().load("test")
    assert [len(row.split()) for row in tags] == [len(example.input) for example in examples]
    assert {tag for row in tags for tag in row.split()} <= {*Few().info().classes}


NAMES = {0: "O", 1: "B-PLACE", 2: "I-PLACE", 3: "B-other"}


class Sentences(bench.Dataset):
    """Words that the tiny tokenizer knows, some of which are places."""

    name: ClassVar[str] = "sentences"
    task: ClassVar[str] = "token-classification"
    targets: ClassVar[frozenset[str]] = frozenset({"tags"})

    def fingerprint(self) -> str:
        return "sentences"

    def info(self) -> bench.DatasetInfo:
        return bench.DatasetInfo({"test": 30}, ("B-place", "I-place", "O"))

    def load(self, split: str) -> list[bench.Example]:
        draw = np.random.default_rng(0)
        rows = [draw.choice([*WORDS[:13], "dogs"], draw.integers(1, 9)).tolist() for _ in range(30)]
        return [bench.Example(row, tuple(len(word) % 3 for word in row)) for row in rows]


@pytest.mark.parametrize("kind", ["bert", "distilbert"])
def test_a_published_tagger_is_measured_as_it_is(
    kind: str, save: Callable[..., Path], tmp_path: Path
) -> None:
    shape = {"bert": TINY, "distilbert": {"dim": 32, "n_layers": 2, "n_heads": 2, "hidden_dim": 64}}[kind]
    config = transformers.AutoConfig.for_model(
        kind, vocab_size=8 + len(WORDS), pad_token_id=0, initializer_range=0.3, id2label=NAMES, **shape
    )
    auto = transformers.AutoModelForTokenClassification
    folder = save(auto.from_config(config), wordpiece())
    backbone = HuggingFace(model=str(folder))
    record = trials.done(cell(Evaluate(), backbone=backbone, dataset=Sentences()), tmp_path)
    model, tokenizer = auto.from_pretrained(folder).eval(), wordpiece()
    right = words = 0
    for example in Sentences().load("test"):
        tokens = tokenizer(example.input, is_split_into_words=True, return_tensors="pt")
        tokens.pop("token_type_ids") if kind == "distilbert" else None
        with torch.no_grad():
            best = model(**tokens).logits[0, :, [1, 2, 0]].argmax(dim=1)
        numbers = tokens.word_ids()
        found = [int(best[numbers.index(at)]) for at in range(len(example.input))]
        right += sum(one == two for one, two in zip(found, example.target, strict=True))
        words += len(found)
    assert record.quality["test"]["accuracy"] == right / words
    assert 0 < right < words


def test_new_texts_are_tagged_word_by_word() -> None:
    info = bench.DatasetInfo({}, ("B-x", "O"))
    (sample,) = prepared(("ab cd", None))
    assert sample.targets == {}
    logits = torch.tensor([0.0, 0.5]).expand(1, len(sample.inputs["ids"]), 2).clone()
    logits[0, 1, 0] = 1
    told = TASK.postprocess({"logits": logits}, info, ["ab cd"], PROCESSOR)
    assert told == [{"tags": ["B-x", "O"], "words": ["ab", "cd"]}]
