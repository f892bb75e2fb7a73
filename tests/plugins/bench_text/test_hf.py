from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from pydantic import ValidationError
from torch import nn

import bench
import tiny_models
from bench.toolkit.classification import Classification
from bench_text.hf import HuggingFace
from bench_text.hf_config import IMAGE_MODELS
from bench_text.text_classification import TextClassification
from tiny_models import TINY, WORDS, end_of_text, wordpiece

TASK = TextClassification()
TEXTS = ["the cat sat on the mat", "dogs", "it was a very very good film and the dog ran to the park"]
SHAPES = tiny_models.SHAPES | {
    "electra": TINY | {"embedding_size": 16},
    "deberta-v2": TINY | {"relative_attention": True, "pos_att_type": ["c2p", "p2c"]},
    "xlm-roberta": TINY | {"max_position_embeddings": 40},
    "qwen2": TINY | {"num_key_value_heads": 2},
    "t5": {"d_model": 32, "d_kv": 16, "d_ff": 64, "num_layers": 2, "num_heads": 2},
}

POSITIONS = {"roberta": 39, "xlm-roberta": 39, "gpt2": 1024, "qwen2": 2048, "t5": 2048}


def loaded(model: str | Path, **settings: Any) -> Any:
    torch.manual_seed(0)
    encoder = HuggingFace(model=str(model), **settings).load()
    return encoder.eval()


def encode(encoder: Any, *raws: str | tuple[str, str]) -> bench.Features:
    samples = [TASK.prepare(bench.Example(raw, 0), encoder.processor) for raw in raws]
    with torch.no_grad():
        return encoder(TASK.collate(samples).inputs)


def info(*classes: str) -> bench.DatasetInfo:
    return bench.DatasetInfo({"test": 1}, classes)


@pytest.mark.parametrize("kind", SHAPES)
class TestUntrained:
    def test_an_example_s_features_do_not_depend_on_its_batch(self, kind: str) -> None:
        for pooling in ("mean", "first", "last"):
            encoder = loaded(kind, config=SHAPES[kind], pooling=pooling)
            together = encode(encoder, *TEXTS, "", ("a", "pair")).pooled
            alone = torch.cat([encode(encoder, raw).pooled for raw in (*TEXTS, "", ("a", "pair"))])
            torch.testing.assert_close(together, alone, atol=1e-5, rtol=1e-5)

    def test_features_are_as_the_spec_says(self, kind: str) -> None:
        encoder = loaded(kind, config=SHAPES[kind])
        features = encode(encoder, *TEXTS)
        assert features.pooled.shape == (3, encoder.spec.pooled) == (3, 32)
        assert features.maps[0].shape == (3, features.mask.shape[1], encoder.spec.channels[0])
        assert encoder.spec.strides == (1,)

    def test_blocks_hold_each_parameter_once(self, kind: str) -> None:
        encoder = loaded(kind, config=SHAPES[kind])
        held = [id(p) for block in encoder.blocks() for p in block.parameters()]
        assert sorted(held) == sorted(id(p) for p in encoder.parameters())

    def test_every_parameter_is_used(self, kind: str) -> None:
        encoder = loaded(kind, config=SHAPES[kind])
        samples = [TASK.prepare(bench.Example(("the cat", "sat"), 0), encoder.processor)]
        features = encoder(TASK.collate(samples).inputs)
        (features.pooled * torch.randn_like(features.pooled)).sum().backward()
        assert [name for name, p in encoder.named_parameters() if p.grad is None] == []

    def test_a_seed_decides_the_weights(self, kind: str) -> None:
        first, second = (loaded(kind, config=SHAPES[kind]).state_dict() for _ in range(2))
        assert all(torch.equal(first[name], second[name]) for name in first)
        torch.manual_seed(1)
        third = HuggingFace(model=kind, config=SHAPES[kind]).load().state_dict()
        assert any(not torch.equal(first[name], third[name]) for name in first)

    def test_long_texts_are_cut_to_what_the_model_can_read(self, kind: str) -> None:
        encoder = loaded(kind, config=SHAPES[kind], max_length=2048)
        features = encode(encoder, "long " * 500)
        assert features.mask.shape[1] == POSITIONS.get(kind, 512)
        assert features.pooled.isfinite().all()


class TestFolder:
    @pytest.mark.parametrize("raw", [*TEXTS, "", ("the cat", "sat on a mat"), "very " * 99])
    def test_states_are_those_of_transformers(self, bert_folder: Path, raw: str | tuple[str, str]) -> None:
        model = transformers.AutoModel.from_pretrained(bert_folder).eval()
        tokenizer = transformers.AutoTokenizer.from_pretrained(bert_folder)
        pair = (raw,) if isinstance(raw, str) else raw
        tokens = tokenizer(*pair, truncation=True, max_length=24, padding="max_length", return_tensors="pt")
        with torch.no_grad():
            expected = model(**tokens).last_hidden_state[0]
        length = int(tokens["attention_mask"].sum())
        features = encode(loaded(bert_folder), raw, "the " * 40)
        torch.testing.assert_close(features.maps[0][0, :length], expected[:length], atol=1e-5, rtol=1e-5)
        torch.testing.assert_close(features.pooled[0], expected[:length].mean(dim=0), atol=1e-5, rtol=1e-5)
        assert features.mask[0].sum() == length

    def test_half_precision_weights_become_single(self, save: Callable[..., Path]) -> None:
        config = transformers.BertConfig(vocab_size=5 + len(WORDS), **TINY)
        folder = save(transformers.BertModel(config).half(), wordpiece())
        for weights in ("default", "none"):
            assert next(loaded(folder, weights=weights).parameters()).dtype == torch.float32

    def test_the_pooler_is_left_out(self, bert_folder: Path) -> None:
        with_pooler = transformers.AutoModel.from_pretrained(bert_folder).num_parameters()
        assert sum(p.numel() for p in loaded(bert_folder).parameters()) == with_pooler - (32 * 32 + 32)

    def test_untrained_of_the_same_shape(self, bert_folder: Path) -> None:
        trained, untrained = (
            loaded(bert_folder).state_dict(),
            loaded(bert_folder, weights="none").state_dict(),
        )
        assert {name: t.shape for name, t in trained.items()} == {
            name: t.shape for name, t in untrained.items()
        }
        assert not torch.equal(*(s["model.embeddings.word_embeddings.weight"] for s in (trained, untrained)))

    def test_gpt2_without_a_padding_token(self, save: Callable[..., Path]) -> None:
        config = transformers.GPT2Config(vocab_size=257, n_embd=32, n_layer=2, n_head=2)
        folder = save(transformers.GPT2Model(config), end_of_text())
        model = transformers.AutoModel.from_pretrained(folder).eval()
        features = encode(loaded(folder, pooling="last"), "a cat", "", "a longer text")
        for row, text in enumerate(["a cat", "<end>"]):
            with torch.no_grad():
                ids = torch.tensor([end_of_text()(text)["input_ids"]])
                expected = model(ids).last_hidden_state[0, -1]
            torch.testing.assert_close(features.pooled[row], expected, atol=1e-5, rtol=1e-5)

    def test_roberta_counts_positions_from_its_padding_token(self, save: Callable[..., Path]) -> None:
        config = transformers.RobertaConfig(
            vocab_size=5 + len(WORDS), max_position_embeddings=12, pad_token_id=1, **TINY
        )
        folder = save(transformers.RobertaModel(config), wordpiece())
        model = transformers.AutoModel.from_pretrained(folder).eval()
        encoder = loaded(folder)
        features = encode(encoder, "the cat", "the cat sat " * 9)
        assert features.mask.sum(dim=1).tolist() == [4, 10]
        for row, length in enumerate((4, 10)):
            ids = encoder.processor(("the cat", "the cat sat " * 9)[row])["ids"]
            with torch.no_grad():
                expected = model(torch.tensor([ids.tolist()])).last_hidden_state[0]
            torch.testing.assert_close(features.maps[0][row, :length], expected, atol=1e-5, rtol=1e-5)

    def test_a_relative_folder(self, bert_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(bert_folder.parent)
        for name in ("./model", "model"):
            assert encode(loaded(name), "cat").pooled.shape == (1, 32)

    def test_another_tokenizer(self, bert_folder: Path) -> None:
        encoder = loaded("bert", config=TINY, tokenizer=str(bert_folder))
        assert encoder.processor("the cat")["ids"].tolist() == [2, 5, 6, 3]
        assert encoder.model.config.vocab_size == 5 + len(WORDS)


class TestWeightsFile:
    def test_a_file_and_a_folder_give_the_same(self, bert_folder: Path) -> None:
        config = TINY | {"max_position_embeddings": 32}
        expected = encode(loaded(bert_folder), *TEXTS).pooled
        for weights in (bert_folder, bert_folder / "model.safetensors"):
            encoder = loaded("bert", config=config, tokenizer=str(bert_folder), weights=str(weights))
            assert torch.equal(encode(encoder, *TEXTS).pooled, expected)

    def test_a_checkpoint_with_another_head(self, bert_folder: Path, tmp_path: Path) -> None:
        model = transformers.BertForMaskedLM(transformers.AutoConfig.from_pretrained(bert_folder))
        file = tmp_path / "masked.pt"
        torch.save({"state_dict": model.state_dict()}, file)
        encoder = loaded(bert_folder, weights=str(file))
        expected = model.state_dict()["bert.embeddings.word_embeddings.weight"]
        assert torch.equal(encoder.state_dict()["model.embeddings.word_embeddings.weight"], expected)

    @pytest.mark.parametrize(
        ("shape", "reason"),
        [
            ({"num_hidden_layers": 3}, r"another shape: encoder\.layer\.2\.\S+, \S+, \S+ and 13 more"),
            ({"hidden_size": 64}, r"another shape: embeddings\.\S+, .* more"),
        ],
    )
    def test_weights_that_do_not_fit(self, bert_folder: Path, shape: dict[str, int], reason: str) -> None:
        config = TINY | {"max_position_embeddings": 32} | shape
        for weights in (bert_folder, bert_folder / "model.safetensors"):
            value = HuggingFace(model="bert", config=config, tokenizer=str(bert_folder), weights=str(weights))
            with pytest.raises(bench.WeightsError, match=f"^hf/bert: .*{reason}") as caught:
                value.load()
            assert "\n" not in str(caught.value)


CLASSIFIERS = ["bert", "roberta", "distilbert", "gpt2", "electra", "xlm-roberta", "qwen2"]


def classifier_folder(kind: str, save: Callable[..., Path], named: bool = True) -> Path:
    names = {"id2label": {0: "NEGATIVE", 1: "neutral", 2: "Positive"}} if named else {"num_labels": 3}
    config = transformers.AutoConfig.for_model(
        kind, vocab_size=8 + len(WORDS), pad_token_id=0, initializer_range=0.3, **SHAPES[kind] | names
    )
    return save(transformers.AutoModelForSequenceClassification.from_config(config), wordpiece())


class TestNativeHead:
    @pytest.mark.parametrize("kind", CLASSIFIERS)
    def test_it_answers_as_the_whole_model_does(self, kind: str, save: Callable[..., Path]) -> None:
        folder = classifier_folder(kind, save)
        whole = transformers.AutoModelForSequenceClassification.from_pretrained(folder).eval()
        tokens = transformers.AutoTokenizer.from_pretrained(folder)(TEXTS, padding=True, return_tensors="pt")
        encoder = loaded(folder)
        head = TASK.native_head(encoder, info("negative", "neutral", "positive")).eval()
        with torch.no_grad():
            expected = whole(input_ids=tokens["input_ids"], attention_mask=tokens["attention_mask"]).logits
            found = head(encode(encoder, *TEXTS))
        torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5)
        assert expected.std() > 0.01

    def test_classes_are_matched_by_name(self, save: Callable[..., Path]) -> None:
        encoder = loaded(classifier_folder("distilbert", save))
        features = encode(encoder, *TEXTS)
        full = TASK.native_head(encoder, info("negative", "neutral", "positive")).eval()(features)
        some = TASK.native_head(encoder, info("positive", "negative")).eval()(features)
        assert torch.equal(some, full[:, [2, 0]])

    def test_there_is_none_that_fits(self, save: Callable[..., Path]) -> None:
        folder = classifier_folder("bert", save)
        assert TASK.native_head(loaded(folder), info("sports", "politics")) is None
        assert TASK.native_head(loaded(folder, weights="none"), info("negative", "positive")) is None
        assert TASK.native_head(loaded("bert", config=TINY), info("negative", "positive")) is None

    def test_outputs_without_names_are_not_matched_by_position(self, save: Callable[..., Path]) -> None:
        folder = classifier_folder("bert", save, named=False)
        assert TASK.native_head(loaded(folder), info("negative", "neutral", "positive")) is None
        named = loaded(folder, classes=("positive", "negative", "neutral"))
        assert TASK.native_head(named, info("negative", "neutral", "positive")).rows == [1, 2, 0]
        with pytest.raises(bench.WeightsError, match="`classes` names 2, but its classifier has 3"):
            loaded(folder, classes=("positive", "negative"))

    def test_one_whose_pooling_cannot_be_taken_over_is_left_out(self, save: Callable[..., Path]) -> None:
        encoder = loaded(classifier_folder("albert", save))
        assert TASK.native_head(encoder, info("negative", "neutral", "positive")) is None

    def test_a_bare_model_has_none(self, bert_folder: Path) -> None:
        assert TASK.native_head(loaded(bert_folder), info("LABEL_0", "LABEL_1")) is None


class TestModalities:
    def test_by_type(self) -> None:
        assert HuggingFace(model="vit", config={}).modalities() == {"image"}
        assert HuggingFace(model="gpt2", config={}).modalities() == {"text"}

    def test_by_folder(self, bert_folder: Path) -> None:
        assert HuggingFace(model=str(bert_folder)).modalities() == {"text"}

    def test_unknown_on_the_hub(self) -> None:
        assert HuggingFace(model="nobody/nothing").modalities() == {"text", "image", "image-text"}

    @pytest.mark.parametrize("variable", ["HF_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME"])
    def test_by_the_hub_s_cache(self, variable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("HF_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv(variable, str(tmp_path))
        below = {"HF_HUB_CACHE": "", "HF_HOME": "hub", "XDG_CACHE_HOME": "huggingface/hub"}[variable]
        entry = tmp_path / below / "models--org--name"
        (entry / "snapshots" / "abc").mkdir(parents=True)
        (entry / "snapshots" / "abc" / "config.json").write_text('{"model_type": "convnext"}')
        (entry / "refs").mkdir()
        (entry / "refs" / "main").write_text("abc")
        assert HuggingFace(model="org/name").modalities() == {"image"}
        assert HuggingFace(model="org/name", revision="abc").modalities() == {"image"}
        assert HuggingFace(model="org/name", revision="v2").modalities() == {"text", "image", "image-text"}

    def test_a_damaged_config_is_no_fault_yet(self, tmp_path: Path) -> None:
        (tmp_path / "config.json").write_text("{")
        assert HuggingFace(model=str(tmp_path)).modalities() == {"text", "image", "image-text"}

    def test_the_image_types_are_transformers_own(self) -> None:
        known = {config.model_type for config in transformers.MODEL_FOR_IMAGE_CLASSIFICATION_MAPPING}
        assert known >= IMAGE_MODELS

    def test_no_heavy_import_before_load(self) -> None:
        code = """
import sys
from bench_text.docstrings import Docstrings
from bench_text.hf import HuggingFace
from bench_text.minilm import MiniLM
from bench_text.text_classification import TextClassification

image = HuggingFace(model="vit", config={})
for value in (image, HuggingFace(model="org/name"), MiniLM(), Docstrings(), TextClassification()):
    value.identity()
assert image.modalities() == {"image"}
heavy = ("torch", "transformers", "tokenizers", "numpy", "huggingface_hub")
print([name for name in heavy if name in sys.modules])
"""
        found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert found.stdout.strip() == "[]"


class TestIdentity:
    def test_it_is_the_content_and_not_the_path(self, bert_folder: Path, tmp_path: Path) -> None:
        copy = shutil.copytree(bert_folder, tmp_path / "copy")
        assert HuggingFace(model=str(copy)).identity() == HuggingFace(model=str(bert_folder)).identity()
        assert str(tmp_path) not in json.dumps(HuggingFace(model=str(copy)).identity())
        (copy / "notes.md").write_text("not read")
        assert HuggingFace(model=str(copy)).identity() == HuggingFace(model=str(bert_folder)).identity()

    @pytest.mark.parametrize("file", ["model.safetensors", "config.json", "tokenizer.json"])
    def test_a_change_of_any_file_changes_it(self, bert_folder: Path, file: str) -> None:
        before = HuggingFace(model=str(bert_folder)).identity()
        with (bert_folder / file).open("ab") as stream:
            stream.write(b" ")
        assert HuggingFace(model=str(bert_folder)).identity() != before

    def test_weights_and_tokenizers_are_content_too(self, bert_folder: Path) -> None:
        value = HuggingFace(
            model="bert",
            config=TINY,
            tokenizer=str(bert_folder),
            weights=str(bert_folder / "model.safetensors"),
        )
        assert str(bert_folder) not in json.dumps(value.identity())
        assert value.identity()["model"] == "bert"

    def test_a_hub_id_and_a_type_stand_for_themselves(self) -> None:
        assert HuggingFace(model="org/name").identity()["model"] == "org/name"
        assert HuggingFace(model="bert", config=TINY).identity()["config"] == TINY


FAULTS = {
    "absent": ({"model": "nobody/nothing"}, "neither in the cache nor reachable"),
    "no folder": ({"model": "./nowhere"}, "hf/./nowhere: "),
    "not a name": ({"model": "no such thing"}, "no such thing"),
    "no type": ({"model": "brt", "config": {}}, "hf/brt: .*brt"),
    "no setting": (
        {"model": "bert", "config": {"hidden_sise": 3}},
        "no 'hidden_sise'; did you mean 'hidden_size'",
    ),
    "wrong type": ({"model": "bert", "config": {"hidden_size": "x"}}, "hidden_size"),
    "impossible": ({"model": "bert", "config": TINY | {"num_attention_heads": 5}}, "hf/bert: .*multiple"),
    "small vocabulary": (
        {"model": "bert", "config": TINY | {"vocab_size": 200}},
        "the tokenizer has 260 tokens, but the model's vocab_size is 200",
    ),
    "no tokenizer": (
        {"model": "bert", "config": TINY, "tokenizer": "nobody/nothing"},
        "hf/bert: tokenizer: ",
    ),
    "sound": ({"model": "wav2vec2", "config": {}}, "wav2vec2"),
}


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize(
    "raw", ["the cat sat on the mat and the dog ran", ("the cat sat on the mat", "dogs")]
)
def test_long_texts_lose_the_side_that_transformers_cuts(
    save: Callable[..., Path], side: str, raw: str | tuple[str, str]
) -> None:
    theirs = wordpiece(truncation_side=side)
    config = transformers.BertConfig(vocab_size=5 + len(WORDS), max_position_embeddings=32, **TINY)
    folder = save(transformers.BertModel(config), theirs)
    ours = loaded(folder, max_length=8).processor(raw)
    pair = (raw,) if isinstance(raw, str) else raw
    expected = theirs(*pair, truncation=True, max_length=8)["input_ids"]
    assert ours["ids"].tolist() == expected
    assert ours.remark == "cut to 8 tokens"


@pytest.mark.parametrize(("settings", "message"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_one_line(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(bench.WeightsError, match=message) as caught:
        HuggingFace(**settings).load()
    assert str(caught.value).startswith(f"hf/{settings['model']}")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


def test_a_folder_without_tokenizer_files(save: Callable[..., Path]) -> None:
    folder = save(transformers.BertModel(transformers.BertConfig(vocab_size=30, **TINY)))
    with pytest.raises(bench.WeightsError, match="no tokenizer files; name one with 'tokenizer:'"):
        HuggingFace(model=str(folder)).load()


def test_a_damaged_weights_file(bert_folder: Path) -> None:
    (bert_folder / "model.safetensors").write_bytes(b"nonsense" * 9)
    with pytest.raises(bench.WeightsError, match=r"model\.safetensors: .*get it again"):
        HuggingFace(model=str(bert_folder)).load()


def test_code_that_comes_with_a_model_is_refused(bert_folder: Path) -> None:
    config = json.loads((bert_folder / "config.json").read_text())
    config |= {"model_type": "mine", "auto_map": {"AutoConfig": "code.Config", "AutoModel": "code.Model"}}
    (bert_folder / "config.json").write_text(json.dumps(config))
    (bert_folder / "code.py").write_text("raise SystemExit('ran')")
    with pytest.raises(bench.WeightsError, match="hf/"):
        HuggingFace(model=str(bert_folder)).load()


def test_weights_must_be_something() -> None:
    with pytest.raises(
        ValidationError, match="'imagenet' is neither 'default' nor 'none', nor a file or folder"
    ):
        HuggingFace(model="bert", weights="imagenet")


def test_loading_leaves_transformers_as_loud_as_it_was(bert_folder: Path) -> None:
    log = transformers.utils.logging
    before = log.get_verbosity()
    log.enable_progress_bar()
    loaded(bert_folder)
    assert (log.get_verbosity(), log.is_progress_bar_enabled()) == (before, True)


def test_the_head_goes_with_the_encoder() -> None:
    encoder = loaded("bert", config=TINY)
    head = TASK.head(encoder, info("a", "b", "c"))
    assert isinstance(TASK, Classification)
    assert isinstance(head, nn.Module)
    assert head(encode(encoder, *TEXTS)).shape == (3, 3)
