from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import transformers

from bench_text.vocabulary_files import SPECIALS
from bench_text.wordpiece_vocabulary import learn, wordpiece_tokenizer

TEXTS = ["Lower lowest low.", "newer newest new wide wider widest"] * 20


def tokens(vocabulary: list[str], *texts: str) -> list[str]:
    return wordpiece_tokenizer(vocabulary).encode(*texts).tokens


def test_special_tokens_and_letters_come_first() -> None:
    vocabulary = learn(TEXTS, 60)
    letters = sorted(set("".join(TEXTS).lower()) - {" "})
    assert vocabulary[:5] == list(SPECIALS)
    assert vocabulary[5 : 5 + len(letters)] == letters
    assert vocabulary[5 + len(letters) : 5 + 2 * len(letters)] == [f"##{letter}" for letter in letters]
    assert len(set(vocabulary)) == len(vocabulary) <= 60


def test_the_commonest_pair_is_merged_first() -> None:
    vocabulary = learn(["aaab"] * 30 + ["cab"] * 20, 20)
    # a ##a and ##a ##a stand there 30 times, c ##a 20 times, ##a ##b 50 times.
    first_merge = len(SPECIALS) + 2 * len("abc")
    assert vocabulary[first_merge] == "##ab"


def test_rare_characters_are_unknown() -> None:
    vocabulary = learn([*TEXTS, "x"], 60)
    assert "x" not in vocabulary
    assert tokens(vocabulary, "low x") == ["[CLS]", "low", "[UNK]", "[SEP]"]


def test_the_unknown_of_wikitext_is_one_token_and_no_piece_is_learned_of_it() -> None:
    texts = ["low <unk> , red @-@ hot"] * 30
    vocabulary = learn(texts, 60)
    assert not [token for token in vocabulary if "<" in token or "@" in token or "unk" in token]
    assert tokens(vocabulary, "low <unk> red @-@ hot")[2] == "[UNK]"
    assert tokens(vocabulary, "red @-@ hot") == tokens(vocabulary, "red-hot")


def test_pairs_are_put_together_as_by_bert() -> None:
    vocabulary = learn(TEXTS, 60)
    assert tokens(vocabulary, "low", "new") == ["[CLS]", "low", "[SEP]", "new", "[SEP]"]


def test_the_command_gives_the_same_files_every_time(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("\n".join(TEXTS))
    (tmp_path / "b.jsonl").write_text(json.dumps({"context": "slow and slower. " * 20}) + "\n")
    written = []
    for name in ("one", "other"):
        command = ["-m", "bench_text.wordpiece_vocabulary", name, "a.txt", "b.jsonl", "--field", "document"]
        command += ["context", "--size", "80"]
        subprocess.run([sys.executable, *command], cwd=tmp_path, check=True)
        written.append([path.read_bytes() for path in sorted((tmp_path / name).iterdir())])
    assert written[0] == written[1]
    tokenizer = transformers.AutoTokenizer.from_pretrained(tmp_path / "one")
    assert tokenizer.tokenize("slow") == ["slow"]
