"""How families of chat models write turns, as templates of ours after what each is documented to do.

Sentences of their own (a default system turn, a cutoff date) are left out or put in our words; what
stands around contents, what is trimmed, refused or dated, and how thoughts are opened, is as documented.
"""

from __future__ import annotations

from typing import NamedTuple


class Family(NamedTuple):
    """A template, the special tokens that it writes, and those that end the model's replies."""

    template: str
    special: tuple[str, ...]
    ends: tuple[str, ...]


IM = ("<|im_start|>", "<|im_end|>")
GENERATION = "{% if add_generation_prompt %}"
LAST = "{%- set last = messages | length - 1 %}"

QWEN2 = (
    "{% if messages[0].role != 'system' %}<|im_start|>system\nBe helpful.<|im_end|>\n{% endif %}"
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    + GENERATION
    + "<|im_start|>assistant\n{% endif %}"
)

QWEN3 = (
    "{% for m in messages %}{% set said = m.content %}"
    "{% if m.role == 'assistant' %}{% set said = m.content.split('</think>')[-1].lstrip('\n') %}"
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
    "{% if messages[0].role == 'system' %}{% set system = messages[0].content | trim %}"
    "{% set messages = messages[1:] %}{% else %}{% set system = '' %}{% endif %}"
    "<|start_header_id|>system<|end_header_id|>\n\nToday Date: {{ date_string }}\n\n"
    "{{ system }}<|eot_id|>"
    "{% for m in messages %}<|start_header_id|>{{ m.role }}<|end_header_id|>\n\n"
    "{{ m.content | trim }}<|eot_id|>{% endfor %}"
    + GENERATION
    + "<|start_header_id|>assistant<|end_header_id|>\n\n{% endif %}"
)

GEMMA3 = (
    "{{ bos_token }}{% if messages[0].role == 'system' %}"
    "{% set first = messages[0].content + '\n\n' %}{% set turns = messages[1:] %}"
    "{% else %}{% set first = '' %}{% set turns = messages %}{% endif %}"
    "{% for m in turns %}{% if (m.role == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('turns must alternate') }}{% endif %}"
    "<start_of_turn>{{ 'model' if m.role == 'assistant' else m.role }}\n"
    "{{ first if loop.first }}{{ m.content | trim }}<end_of_turn>\n{% endfor %}"
    + GENERATION
    + "<start_of_turn>model\n{% endif %}"
)

MISTRAL = (
    "{{ bos_token }}{% for m in messages %}"
    "{% if m.role == 'system' %}[SYSTEM_PROMPT]{{ m.content }}[/SYSTEM_PROMPT]"
    "{% elif m.role == 'user' %}[INST]{{ m.content }}[/INST]"
    "{% else %}{{ m.content }}{{ eos_token }}{% endif %}{% endfor %}"
)

PHI4 = (
    "{% for m in messages %}<|im_start|>{{ m.role }}<|im_sep|>{{ m.content }}<|im_end|>{% endfor %}"
    + GENERATION
    + "<|im_start|>assistant<|im_sep|>{% endif %}"
)

R1 = (
    "{{ bos_token }}{% for m in messages %}{% if m.role == 'system' %}{{ m.content }}{% endif %}{% endfor %}"
    "{% for m in messages %}{% if m.role == 'user' %}<｜User｜>{{ m.content }}"
    "{% elif m.role == 'assistant' %}<｜Assistant｜>{{ m.content.split('</think>')[-1] }}"
    "<｜end▁of▁sentence｜>{% endif %}{% endfor %}"
    + GENERATION
    + "<｜Assistant｜><think>\n{% endif %}"
)

SMOLLM3 = (
    "{% if enable_thinking is not defined %}{% set enable_thinking = true %}{% endif %}"
    "{% if messages[0].role == 'system' %}{% set own = messages[0].content %}"
    "{% set messages = messages[1:] %}{% else %}{% set own = 'Be helpful.' %}{% endif %}"
    "<|im_start|>system\nToday Date: {{ strftime_now('%d %B %Y') }}\n"
    "Reasoning Mode: {{ '/think' if enable_thinking else '/no_think' }}\n\n{{ own }}<|im_end|>\n"
    "{% for m in messages %}<|im_start|>{{ m.role }}\n"
    "{% if m.role == 'assistant' and not enable_thinking %}<think>\n\n</think>\n{% endif %}"
    "{{ m.content }}<|im_end|>\n{% endfor %}"
    + GENERATION
    + "<|im_start|>assistant\n{% if not enable_thinking %}<think>\n\n</think>\n{% endif %}{% endif %}"
)

GPT_OSS = (
    "<|start|>system<|message|>Current date: {{ strftime_now('%Y-%m-%d') }}\n\n"
    "Reasoning: {{ reasoning_effort | default('medium') }}<|end|>"
    "{% if messages[0].role == 'system' %}<|start|>developer<|message|># Instructions\n\n"
    "{{ messages[0].content }}<|end|>{% set messages = messages[1:] %}{% endif %}"
    "{% for m in messages %}{% if m.role == 'assistant' %}"
    "<|start|>assistant<|channel|>final<|message|>{{ m.content }}"
    "{{ '<|return|>' if loop.last else '<|end|>' }}"
    "{% else %}<|start|>{{ m.role }}<|message|>{{ m.content }}<|end|>{% endif %}{% endfor %}"
    + GENERATION
    + "<|start|>assistant{% endif %}"
)

FAMILIES = {
    "qwen2.5": Family(QWEN2, ("<|endoftext|>", *IM), ("<|im_end|>", "<|endoftext|>")),
    "qwen3": Family(QWEN3, ("<|endoftext|>", *IM), ("<|im_end|>", "<|endoftext|>")),
    "llama3.2": Family(
        LLAMA3,
        (
            *("<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"),
            *("<|eom_id|>", "<|end_of_text|>"),
        ),
        ("<|end_of_text|>", "<|eom_id|>", "<|eot_id|>"),
    ),
    "gemma3": Family(
        GEMMA3,
        ("<bos>", "<eos>", "<start_of_turn>", "<end_of_turn>"),
        ("<eos>", "<end_of_turn>"),
    ),
    "mistral": Family(
        MISTRAL,
        ("<s>", "</s>", "[INST]", "[/INST]", "[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]"),
        ("</s>",),
    ),
    "phi4": Family(PHI4, ("<|endoftext|>", *IM, "<|im_sep|>"), ("<|endoftext|>", "<|im_end|>")),
    "r1_distill": Family(
        R1,
        ("<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>", "<｜User｜>", "<｜Assistant｜>"),
        ("<｜end▁of▁sentence｜>",),
    ),
    "smollm3": Family(SMOLLM3, ("<|end_of_text|>", *IM), ("<|im_end|>",)),
    "gpt_oss": Family(
        GPT_OSS,
        (
            *("<|start|>", "<|end|>", "<|message|>", "<|channel|>", "<|return|>", "<|call|>"),
            "<|endoftext|>",
        ),
        ("<|return|>", "<|endoftext|>", "<|call|>"),
    ),
}

FIRST = {
    "llama3.2": "<|begin_of_text|>",
    "gemma3": "<bos>",
    "mistral": "<s>",
    "r1_distill": "<｜begin▁of▁sentence｜>",
}
"""The first token of every text, where a family has one."""
