"""A language model of a few hundred kilobytes with random weights: gibberish, by the real loading and decoding code."""

from pathlib import Path

import gguf
import numpy as np

WIDTH = 64
LAYERS = 2
HEADS = 4
KV_HEADS = 2
HEAD_WIDTH = 16
HIDDEN = 128
CONTEXT = 8192

_CHATML = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n"
    "{% if enable_thinking is defined and enable_thinking is false %}<think>\n\n</think>\n\n{% endif %}{% endif %}"
)
_WORDS = ("the", "er", "in", "an", "Pers", "ona", "Math", " problem", ": ", "who", " is", " a", " teacher", " nurse")


def write_tiny(path: Path, seed: int = 0) -> Path:
    """A qwen3 model with a byte-level vocabulary; the same seed gives the same file."""
    writer = gguf.GGUFWriter(path, "qwen3")
    writer.add_name("tiny")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(HIDDEN)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV_HEADS)
    writer.add_key_length(HEAD_WIDTH)
    writer.add_value_length(HEAD_WIDTH)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_freq_base(10_000.0)
    tokens = _add_vocabulary(writer)
    _add_tensors(writer, tokens, np.random.default_rng(seed))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _add_vocabulary(writer: gguf.GGUFWriter) -> int:
    letters = _byte_letters()
    tokens = list(letters)
    merges: list[str] = []
    for word in _WORDS:
        pieces = [letters[byte] for byte in word.encode()]
        while len(pieces) > 1:
            joined = pieces[0] + pieces[1]
            if joined not in tokens:
                tokens.append(joined)
                merges.append(f"{pieces[0]} {pieces[1]}")
            pieces[:2] = [joined]
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<think>", "</think>"]
    kinds = [gguf.TokenType.NORMAL] * len(tokens) + [gguf.TokenType.CONTROL] * len(special)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list([*tokens, *special])
    writer.add_token_types(kinds)
    writer.add_token_merges(merges)
    writer.add_eos_token_id(len(tokens) + 2)
    writer.add_pad_token_id(len(tokens))
    writer.add_add_bos_token(False)
    writer.add_chat_template(_CHATML)
    return len(kinds)


def _add_tensors(writer: gguf.GGUFWriter, tokens: int, dice: np.random.Generator) -> None:
    def add(name: str, *shape: int) -> None:
        weights = np.ones(shape) if len(shape) == 1 else dice.normal(0.0, 0.05, shape)
        writer.add_tensor(name, weights.astype(np.float32))

    add("token_embd.weight", tokens, WIDTH)
    add("output.weight", tokens, WIDTH)
    add("output_norm.weight", WIDTH)
    for layer in range(LAYERS):
        block = f"blk.{layer}"
        add(f"{block}.attn_norm.weight", WIDTH)
        add(f"{block}.ffn_norm.weight", WIDTH)
        add(f"{block}.attn_q_norm.weight", HEAD_WIDTH)
        add(f"{block}.attn_k_norm.weight", HEAD_WIDTH)
        add(f"{block}.attn_q.weight", HEADS * HEAD_WIDTH, WIDTH)
        add(f"{block}.attn_k.weight", KV_HEADS * HEAD_WIDTH, WIDTH)
        add(f"{block}.attn_v.weight", KV_HEADS * HEAD_WIDTH, WIDTH)
        add(f"{block}.attn_output.weight", WIDTH, HEADS * HEAD_WIDTH)
        add(f"{block}.ffn_gate.weight", HIDDEN, WIDTH)
        add(f"{block}.ffn_up.weight", HIDDEN, WIDTH)
        add(f"{block}.ffn_down.weight", WIDTH, HIDDEN)


def _byte_letters() -> list[str]:
    """The letter for each byte in a byte-level vocabulary: a printable one itself, the others from 256 on."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = iter(range(256, 512))
    return [chr(byte if byte in plain else next(others)) for byte in range(256)]
