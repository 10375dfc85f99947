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
from transformers import T5Config, T5ForConditionalGeneration

import harness.models
from harness.errors import CannotLoadError, UserError
from harness.models import content, quantised
from harness.models.about import about
from harness.models.folder import Files, find, named, split
from harness.models.local import Local
from harness.models.model import Model
from harness.models.tokens import Tokens

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


def test_an_adapter_says_that_it_is_its_model_that_is_not_here(adapter: Path) -> None:
    path = adapter / "adapter_config.json"
    path.write_text(
        json.dumps({**json.loads(path.read_text()), "base_model_name_or_path": "/nowhere/at-all"})
    )
    with pytest.raises(UserError, match=r"adapter is an adapter of .* no folder /nowhere/at-all"):
        find(str(adapter), weights=True)


def test_the_tokenizer_of_an_adapter_counts(
    adapter: Path, model_folder: Path, make_tokenizer: Callable[..., Any]
) -> None:
    assert find(str(adapter), weights=False).tokenizer == model_folder
    make_tokenizer(chat=True).save_pretrained(adapter)
    assert find(str(adapter), weights=False).tokenizer == adapter
    shutil.rmtree(adapter)


def test_weights_of_which_a_file_is_missing_are_told_by_its_name(
    model_folder: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "sharded"
    shutil.copytree(model_folder, folder)
    names = [f"model-0000{number}-of-00002.safetensors" for number in (1, 2)]
    (folder / "model.safetensors").rename(folder / names[0])
    index = {"weight_map": {"a": names[0], "b": names[1]}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(
        UserError, match=f"lacks 1 of the 2 files of its weights.*{names[1]}: fetch"
    ):
        Files(folder).weights()
    (folder / names[1]).touch()
    assert len(Files(folder).weights()) == 2


@pytest.mark.parametrize(
    ("name", "what"), [("model.safetensors", "safetensors"), ("config.json", "JSON")]
)
def test_a_file_that_was_cut_off_is_told_by_its_name(
    model_folder: Path, tmp_path: Path, name: str, what: str
) -> None:
    folder = tmp_path / "cut"
    shutil.copytree(model_folder, folder)
    (folder / name).write_bytes((folder / name).read_bytes()[:100])
    with pytest.raises(
        UserError, match=f"{name} cannot be read as {what} .*: fetch the model again"
    ):
        _ = content.parameters(Files(folder)), content.settings(Files(folder))


def test_a_folder_without_a_tokenizer_says_what_to_put_there(
    model_folder: Path, tmp_path: Path
) -> None:
    shutil.copy(model_folder / "config.json", tmp_path)
    with pytest.raises(UserError, match=r"holds no tokenizer: put tokenizer.json and") as caught:
        Tokens(tmp_path)
    assert "\n" not in str(caught.value)


def test_a_gguf_file_that_was_cut_off_is_told_by_its_own_name(tmp_path: Path) -> None:
    (tmp_path / "small.gguf").write_bytes(b"GGUF")
    with pytest.raises(UserError, match=r"small.gguf cannot be read as a GGUF file"):
        Tokens(Files(tmp_path, "small.gguf"))


@pytest.mark.parametrize(
    ("config", "how", "packages"),
    [
        ({"quant_method": "gptq", "bits": 4}, "gptq", "optimum gptqmodel"),
        ({"quant_method": "awq", "bits": 4}, "awq", "gptqmodel"),
        ({"quant_method": "compressed-tensors"}, "compressed-tensors", "compressed-tensors"),
        ({"load_in_4bit": True}, "bitsandbytes", "bitsandbytes"),
        ({"quant_method": "quanto"}, "quanto", "optimum-quanto"),
    ],
)
def test_a_quantised_model_says_which_packages_read_it(
    model_folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    config: dict[str, Any],
    how: str,
    packages: str,
) -> None:
    monkeypatch.setattr("harness.models.quantised.find_spec", lambda name: None)
    folder = tmp_path / "quantised"
    shutil.copytree(model_folder, folder)
    own = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(own | {"quantization_config": config}))
    model = Local(str(folder), device="cpu")
    expected = rf"is quantised \({how}\), for which packages are missing: pip install {packages}$"
    with pytest.raises(CannotLoadError, match=expected) as caught:
        asyncio.run(Model(model).sample(PROMPT))
    assert "\n" not in str(caught.value)
    told = about(model)
    assert "quantised" in told["weights"]
    assert told["runs"].startswith("not yet, packages are missing: pip install")


def test_a_quantised_model_whose_packages_are_there_is_left_to_the_library() -> None:
    assert quantised.method({}) is None
    assert quantised.missing("sorcery") == []
    assert (
        quantised.method({"text_config": {"quantization_config": {"quant_method": "fp8"}}}) == "fp8"
    )


@pytest.mark.parametrize("family", ["llama", "t5"])
def test_weights_that_are_unpacked_at_a_first_call_are_unpacked_before_the_engine_has_them(
    family: str, make_network: Callable[..., Any]
) -> None:
    """As compressed-tensors has it: a hook of the whole model, which parts of it never call."""
    sizes: Any = {
        "decoder_start_token_id": 0,
        "d_model": 8,
        "d_kv": 4,
        "d_ff": 8,
        "num_layers": 1,
        "num_heads": 2,
    }
    config = T5Config(vocab_size=8, **sizes)
    network = make_network(family) if family == "llama" else T5ForConditionalGeneration(config)
    called = []

    def unpack(model: Any, given: Any) -> None:
        called.append(model)
        hook.remove()

    hook = network.register_forward_pre_hook(unpack)
    quantised.unpack(network)
    quantised.unpack(network)
    assert called == [network]


def test_weights_that_are_in_no_file_are_never_random_numbers(
    model_folder: Path, tmp_path: Path
) -> None:
    from safetensors.torch import load_file, save_file

    folder = tmp_path / "packed"
    shutil.copytree(model_folder, folder)
    weights = load_file(folder / "model.safetensors")
    name = "model.layers.0.mlp.down_proj"
    weights[f"{name}.qweight"] = weights.pop(f"{name}.weight")
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    own = json.loads((folder / "config.json").read_text())
    config = {"quantization_config": {"quant_method": "sorcery"}}  # which the library only warns of
    (folder / "config.json").write_text(json.dumps(own | config))
    with pytest.raises(
        CannotLoadError, match=f"1 of its weights .* in none .* {name}.weight: fetch"
    ):
        asyncio.run(Model(Local(str(folder), device="cpu")).sample(PROMPT))
