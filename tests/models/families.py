"""How families of chat models write turns, as templates of ours after what each is documented to do.

`Family.source` says where each was looked up (November 2026). Labels, dates and tokens are as there; sentences
with which a template introduces its model are ours and short. What stands around contents, what is trimmed,
refused or dated, and how thoughts are opened and dropped, is as documented. Tools are left out.
"""

from __future__ import annotations

from typing import NamedTuple


class Family(NamedTuple):
    """A template, the special tokens that it writes, those that end the model's replies, and who says so."""

    template: str
    special: tuple[str, ...]
    ends: tuple[str, ...]
    source: tuple[str, ...]
    first: str | None = None
    """The first token of every text, where a family has one."""


IM = ("<|im_start|>", "<|im_end|>")
GENERATION = "{% if add_generation_prompt %}"
ALTERNATE = (
    "{% if (m.role == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('turns must alternate') }}{% endif %}"
)
SYSTEM = (
    "{% if messages[0].role == 'system' %}{% set system = messages[0].content %}"
    "{% set messages = messages[1:] %}{% else %}{% set system = '' %}{% endif %}"
)

QWEN2 = (
    "{% if messages[0].role != 'system' %}<|im_start|>system\nYou are Qwen.<|im_end|>\n{% endif %}"
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    + GENERATION
    + "<|im_start|>assistant\n{% endif %}"
)

QWEN3 = (
    "{% for m in messages %}{% set said = m.content %}"
    "{% if m.role == 'assistant' %}{% if '</think>' in said %}"
    "{% set said = said.split('</think>')[-1].lstrip('\n') %}{% endif %}"
    "{% if loop.last %}{% set said = '<think>\n\n</think>\n\n' + said %}{% endif %}{% endif %}"
    "<|im_start|>{{ m.role }}\n{{ said }}<|im_end|>\n{% endfor %}"
    + GENERATION
    + "<|im_start|>assistant\n"
    "{% if enable_thinking is defined and enable_thinking is false %}<think>\n\n</think>\n\n{% endif %}"
    "{% endif %}"
)

LLAMA3 = (
    "{{ bos_token }}{% if not date_string is defined %}"
    "{% if strftime_now is defined %}{% set date_string = strftime_now('%d %b %Y') %}"
    "{% else %}{% set date_string = '26 Jul 2024' %}{% endif %}{% endif %}"
    + SYSTEM
    + "<|start_header_id|>system<|end_header_id|>\n\nCutting Knowledge Date: December 2023\n"
    "Today Date: {{ date_string }}\n\n{{ system | trim }}<|eot_id|>"
    "{% for m in messages %}<|start_header_id|>{{ m.role }}<|end_header_id|>\n\n"
    "{{ m.content | trim }}<|eot_id|>{% endfor %}"
    + GENERATION
    + "<|start_header_id|>assistant<|end_header_id|>\n\n{% endif %}"
)

GEMMA3 = (
    "{{ bos_token }}"
    + SYSTEM
    + "{% for m in messages %}"
    + ALTERNATE
    + "<start_of_turn>{{ 'model' if m.role == 'assistant' else m.role }}\n"
    "{% if system and loop.first %}{{ system }}\n\n{% endif %}{{ m.content | trim }}<end_of_turn>\n{% endfor %}"
    + GENERATION
    + "<start_of_turn>model\n{% endif %}"
)

MISTRAL_V1 = (  # words of SentencePiece begin with their space; there is no system turn
    "{{ bos_token }}{% for m in messages %}"
    + ALTERNATE
    + "{% if m.role == 'user' %} [INST] {{ m.content }} [/INST]"
    "{% else %} {{ m.content }}{{ eos_token }}{% endif %}{% endfor %}"
)

MISTRAL_V3 = (  # a system prompt stands in the last turn of the user
    "{{ bos_token }}"
    + SYSTEM
    + "{% for m in messages %}"
    + ALTERNATE
    + "{% if m.role == 'user' %}[INST] {% if system and loop.last %}{{ system }}\n\n{% endif %}{{ m.content }}[/INST]"
    "{% else %} {{ m.content | trim }}{{ eos_token }}{% endif %}{% endfor %}"
)

MISTRAL_TEKKEN = MISTRAL_V3.replace("[INST] ", "[INST]").replace(
    " {{ m.content | trim }}", "{{ m.content }}"
)

MISTRAL_V7 = (  # as Mistral Small 3.1: a system turn of its own, with a date where the run has none
    "{{ bos_token }}"
    + SYSTEM
    + "{% if not system %}{% set system = 'You are Mistral Small 3.\nThe current date is ' "
    "+ strftime_now('%Y-%m-%d') + '.' %}{% endif %}[SYSTEM_PROMPT]{{ system }}[/SYSTEM_PROMPT]"
    "{% for m in messages %}" + ALTERNATE + "{% if m.role == 'user' %}[INST]{{ m.content }}[/INST]"
    "{% else %}{{ m.content }}{{ eos_token }}{% endif %}{% endfor %}"
)

PHI4 = (
    "{% for m in messages %}<|im_start|>{{ m.role }}<|im_sep|>{{ m.content }}<|im_end|>{% endfor %}"
    + GENERATION
    + "<|im_start|>assistant<|im_sep|>{% endif %}"
)

PHI4_FIRST = (  # as first released: each turn of the user opens the model's
    "{% for m in messages %}{% if m.role == 'assistant' %}{{ m.content }}<|im_end|>"
    "{% else %}<|im_start|>{{ m.role }}<|im_sep|>{{ m.content }}<|im_end|>"
    "{% if m.role == 'user' %}<|im_start|>assistant<|im_sep|>{% endif %}{% endif %}{% endfor %}"
)

PHI4_MINI = (  # the end of a document stands behind every text that is not to be continued
    "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}<|end|>{% endfor %}"
    + GENERATION
    + "<|assistant|>{% else %}{{ eos_token }}{% endif %}"
)

R1 = (
    "{{ bos_token }}{% for m in messages %}{% if m.role == 'system' %}{{ m.content }}{% endif %}{% endfor %}"
    "{% for m in messages %}{% if m.role == 'user' %}<｜User｜>{{ m.content }}"
    "{% elif m.role == 'assistant' %}<｜Assistant｜>{{ m.content.split('</think>')[-1] }}"
    "<｜end▁of▁sentence｜>{% endif %}{% endfor %}"
    + GENERATION
    + "<｜Assistant｜><think>\n{% endif %}"
)

SMOLLM3 = (  # the system prompt may say which mode it is; without tools its turn has no end
    "{% set mode = '/think' if enable_thinking | default(true) else '/no_think' %}"
    + SYSTEM
    + "{% if '/no_think' in system %}{% set mode = '/no_think' %}"
    "{% elif '/think' in system %}{% set mode = '/think' %}{% endif %}"
    "{% set system = system.replace('/no_think', '').replace('/think', '').rstrip() %}"
    "<|im_start|>system\n## Metadata\n\nKnowledge Cutoff Date: June 2025\n"
    "Today Date: {{ strftime_now('%d %B %Y') }}\nReasoning Mode: {{ mode }}\n\n"
    "## Custom Instructions\n\n{{ system or 'You are SmolLM.' }}\n\n"
    "{% for m in messages %}<|im_start|>{{ m.role }}\n"
    "{% if m.role == 'assistant' and mode == '/no_think' %}<think>\n\n</think>\n{% endif %}"
    "{{ m.content }}<|im_end|>\n{% endfor %}"
    + GENERATION
    + "<|im_start|>assistant\n{% if mode == '/no_think' %}<think>\n\n</think>\n{% endif %}{% endif %}"
)

GPT_OSS = (
    "{% macro introduction() %}{{ model_identity | default('You are ChatGPT.') }}\n"
    "Knowledge cutoff: 2024-06\nCurrent date: {{ strftime_now('%Y-%m-%d') }}\n\n"
    "Reasoning: {{ reasoning_effort | default('medium') }}\n\n"
    "# Valid channels: analysis, commentary, final.{% endmacro %}"
    + SYSTEM
    + "<|start|>system<|message|>{{ introduction() }}<|end|>"
    "{% if system %}<|start|>developer<|message|># Instructions\n\n{{ system }}<|end|>{% endif %}"
    "{% for m in messages %}{% if m.role == 'assistant' %}"
    "{% if '<|channel|>final<|message|>' in m.content %}{{ raise_exception('channels in a content') }}{% endif %}"
    "<|start|>assistant<|channel|>final<|message|>{{ m.content }}"
    "{{ '<|return|>' if loop.last and not add_generation_prompt else '<|end|>' }}"
    "{% else %}<|start|>{{ m.role }}<|message|>{{ m.content }}<|end|>{% endif %}{% endfor %}"
    + GENERATION
    + "<|start|>assistant{% endif %}"
)

LLAMA_CPP = "https://github.com/ggml-org/llama.cpp/blob/master/models/templates/"
MISTRAL_DOCS = "https://docs.mistral.ai/cookbook/concept-deep-dive-tokenization-templates"
MISTRAL = ("<s>", "</s>", "[INST]", "[/INST]")

FAMILIES = {
    "qwen2.5": Family(
        QWEN2,
        ("<|endoftext|>", *IM),
        ("<|im_end|>", "<|endoftext|>"),
        (
            "https://huggingface.co/Qwen/Qwen2.5-Coder-1.5B-Instruct",
            "https://hexdocs.pm/ex_llama/ExLLama.ChatTemplate.QwenInstruct.html",
        ),
    ),
    "qwen3": Family(
        QWEN3,
        ("<|endoftext|>", *IM),
        ("<|im_end|>", "<|endoftext|>"),
        (
            "https://huggingface.co/blog/qwen-3-chat-template-deep-dive",
            "https://github.com/QwenLM/Qwen3/discussions/1300",
        ),
    ),
    "llama3.2": Family(
        LLAMA3,
        (
            *("<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"),
            *("<|eom_id|>", "<|end_of_text|>"),
        ),
        ("<|end_of_text|>", "<|eom_id|>", "<|eot_id|>"),
        (
            "https://github.com/meta-llama/llama-models/blob/main/models/llama3_2/text_prompt_format.md",
            "https://app.unpkg.com/node-llama-cpp@3.16.2/files/dist/chatWrappers/Llama3_2LightweightChatWrapper.js",
        ),
        "<|begin_of_text|>",
    ),
    "gemma3": Family(
        GEMMA3,
        ("<bos>", "<eos>", "<start_of_turn>", "<end_of_turn>"),
        ("<eos>", "<end_of_turn>"),
        ("https://ai.google.dev/gemma/docs/formatting",),
        "<bos>",
    ),
    "mistral_7b_v0.2": Family(MISTRAL_V1, MISTRAL[:2], ("</s>",), (MISTRAL_DOCS,), "<s>"),
    "mistral_7b_v0.3": Family(MISTRAL_V3, MISTRAL, ("</s>",), (MISTRAL_DOCS,), "<s>"),
    "mistral_nemo": Family(MISTRAL_TEKKEN, MISTRAL, ("</s>",), (MISTRAL_DOCS,), "<s>"),
    "mistral_small_3.1": Family(
        MISTRAL_V7,
        (*MISTRAL, "[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]"),
        ("</s>",),
        (LLAMA_CPP + "mistralai-Mistral-Small-3.1-24B-Instruct-2503.jinja",),
        "<s>",
    ),
    "phi4": Family(
        PHI4,
        ("<|endoftext|>", *IM, "<|im_sep|>"),
        ("<|endoftext|>", "<|im_end|>"),
        (
            "https://huggingface.co/microsoft/phi-4",
            "https://github.com/meta-pytorch/torchtune/pull/2197",
        ),
    ),
    "phi4_first": Family(
        PHI4_FIRST,
        ("<|endoftext|>", *IM, "<|im_sep|>"),
        ("<|endoftext|>", "<|im_end|>"),
        ("https://github.com/dotnet/machinelearning/issues/7337",),
    ),
    "phi4_mini": Family(
        PHI4_MINI,
        ("<|endoftext|>", "<|end|>", "<|system|>", "<|user|>", "<|assistant|>"),
        ("<|endoftext|>", "<|end|>"),
        (
            "https://huggingface.co/bubblspace/Bubbl-P4-multimodal-instruct/blob/main/chat_template.json",
            "https://github.com/pytorch/executorch/pull/22042",
        ),
    ),
    "r1_distill": Family(
        R1,
        ("<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>", "<｜User｜>", "<｜Assistant｜>"),
        ("<｜end▁of▁sentence｜>",),
        (LLAMA_CPP + "deepseek-ai-DeepSeek-R1-Distill-Qwen-32B.jinja",),
        "<｜begin▁of▁sentence｜>",
    ),
    "smollm3": Family(
        SMOLLM3,
        ("<|end_of_text|>", *IM),
        ("<|im_end|>",),
        (
            "https://huggingface.co/blog/smollm3",
            "https://huggingface.co/HuggingFaceTB/SmolLM3-3B-checkpoints/commit/99d07b0a954f07f1237176440b0a61149c7d03d3",
        ),
    ),
    "gpt_oss": Family(
        GPT_OSS,
        (
            *("<|start|>", "<|end|>", "<|message|>", "<|channel|>", "<|return|>", "<|call|>"),
            "<|endoftext|>",
        ),
        ("<|return|>", "<|endoftext|>", "<|call|>"),
        (
            "https://github.com/openai/harmony/blob/main/docs/format.md",
            "https://huggingface.co/openai/gpt-oss-20b/blob/main/generation_config.json",
        ),
    ),
}
