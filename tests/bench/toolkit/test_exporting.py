"""What exporting backbones share."""

from __future__ import annotations

import runpy
from pathlib import Path

import torch
from torch import nn

from bench import Classifier
from bench.toolkit.exporting import (
    HEAD_LOGITS,
    READING,
    SHOWN,
    reading_classes,
    reading_head,
    script,
    write_head,
)


def test_a_script_reads_what_was_written(tmp_path: Path, monkeypatch, capsys) -> None:
    folder = tmp_path / "it's"
    folder.mkdir()
    layer = nn.Linear(4, 2)
    write_head(Classifier(layer, ("one", "tw'o")), folder)
    python = script(
        [*READING, "import torch", "from safetensors.torch import load_file"],
        reading_head(folder),
        reading_classes(folder),
        "pooled = torch.ones(1, 4)",
        HEAD_LOGITS,
        SHOWN,
    )
    monkeypatch.chdir(tmp_path)
    (tmp_path / "script.py").write_text(python)
    found = runpy.run_path("script.py")
    assert torch.allclose(found["logits"], layer(torch.ones(1, 4)))
    assert found["classes"] == ["one", "tw'o"]
    assert "tw'o" in capsys.readouterr().out


def test_imports_come_first_each_once() -> None:
    assert script(["import b", "from c import d", "import a", "import b"], "x = 1") == (
        "import a\nimport b\nfrom c import d\n\nx = 1"
    )
