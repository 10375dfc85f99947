"""Which files a model's name stands for: a folder, a GGUF file, an adapter."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import harness.models
from harness.errors import UserError
from harness.models import content
from harness.models.folder import Files, find, named, split
from harness.models.local import Local
from harness.models.model import Model

PROMPT = "one two"


def test_a_gguf_file_is_named_by_its_path_or_within_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "small.gguf"
    path.write_bytes(b"GGUF")
    assert split(str(path)) == (str(tmp_path), "small.gguf")
    assert split(str(tmp_path), "small.gguf") == (str(tmp_path), "small.gguf")
    assert find(str(tmp_path), weights=True, gguf="small.gguf") == Files(tmp_path, "small.gguf")
    assert named(*split(str(path))) == "small"


@pytest.mark.parametrize(
    ("spec", "gguf", "message"),
    [
        ("{0}/other.gguf", None, "there is no file .*other.gguf"),
        ("{0}/small.gguf", "small.gguf", "is a GGUF file already: leave out --gguf small.gguf"),
        ("{0}", "small.bin", "--gguf small.bin: the name of a file that ends in .gguf"),
        ("{0}", "other.gguf", "no file other.gguf in .*--gguf takes one: small.gguf"),
        ("{0}", None, "no config.json in it; it has GGUF files, of which --gguf takes one: small"),
    ],
)
def test_a_gguf_file_that_is_not_there_is_said_with_those_that_are(
    tmp_path: Path, spec: str, gguf: str | None, message: str
) -> None:
    (tmp_path / "small.gguf").write_bytes(b"GGUF")
    with pytest.raises(UserError, match=message):
        harness.models.load(spec.format(tmp_path), gguf=gguf)


def test_what_is_no_gguf_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "small.gguf").write_bytes(b"no such file")
    with pytest.raises(UserError, match=r"small.gguf cannot be read as a GGUF file"):
        content.family(Files(tmp_path, "small.gguf"))


def test_a_missing_package_is_said_with_what_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "gguf", None)
    (tmp_path / "small.gguf").write_bytes(b"GGUF")
    with pytest.raises(UserError, match="missing: pip install gguf"):
        content.parameters(Files(tmp_path, "small.gguf"))


@pytest.fixture
def adapter(model_folder: Path, tmp_path: Path) -> Path:
    """An adapter (LoRA) with weights of its own for the tiny model."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    torch.manual_seed(1)
    model: Any = AutoModelForCausalLM.from_pretrained(model_folder)
    changed = get_peft_model(
        model, LoraConfig(r=4, target_modules=["q_proj"], init_lora_weights=False)
    )
    changed.save_pretrained(str(tmp_path / "adapter"))
    return tmp_path / "adapter"


def logprob(folder: Path) -> float:
    model = Model(harness.models.load(str(folder), device="cpu", dtype="float32"))
    [reply] = asyncio.run(model.score(PROMPT, [" three"]))
    return reply.logprob


def test_an_adapter_changes_the_model_that_it_names(adapter: Path, model_folder: Path) -> None:
    whole = harness.models.load(str(adapter), device="cpu", dtype="float32")
    assert isinstance(whole, Local)
    assert whole.files == Files(model_folder, adapter=adapter)
    assert whole.name == "adapter"
    assert whole.identity != harness.models.load(str(model_folder), dtype="float32").identity
    assert logprob(adapter) != pytest.approx(logprob(model_folder), abs=1e-4)

    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    tokens = torch.tensor([whole.given(PROMPT, " three")])
    prompt = len(whole.prompt(PROMPT)[1])
    base: Any = AutoModelForCausalLM.from_pretrained(model_folder)
    logits = PeftModel.from_pretrained(base, str(adapter))(tokens).logits[0].log_softmax(-1)
    follow = range(prompt - 1, tokens.shape[1] - 1)
    expected = sum(float(logits[at, tokens[0, at + 1]]) for at in follow)
    assert logprob(adapter) == pytest.approx(expected, abs=1e-3)


def test_an_adapter_that_names_no_model_is_refused(adapter: Path) -> None:
    path = adapter / "adapter_config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "base_model_name_or_path": None}))
    with pytest.raises(UserError, match="does not name the model that it changes"):
        find(str(adapter), weights=True)


def test_the_tokenizer_of_an_adapter_counts(
    adapter: Path, model_folder: Path, make_tokenizer: Callable[..., Any]
) -> None:
    assert find(str(adapter), weights=False).tokenizer == model_folder
    make_tokenizer(chat=True).save_pretrained(adapter)
    assert find(str(adapter), weights=False).tokenizer == adapter
    shutil.rmtree(adapter)
