"""The text encoder: a Qwen2_5_VLForConditionalGeneration in small, and its fast batched forward.

Every prompt begins with the same 34 tokens, so that their keys and values are computed once a batch and shared.
"""

import torch
from transformers import DynamicCache, Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration, Qwen2Tokenizer

from common import MODEL, PREFIX_TOKENS, TEMPLATE_PREFIX, TEMPLATE_SUFFIX


def load_tokenizer():
    return Qwen2Tokenizer.from_pretrained(MODEL / "tokenizer")


def build_llm(tokenizer) -> Qwen2_5_VLForConditionalGeneration:
    token = tokenizer.convert_tokens_to_ids
    config = Qwen2_5_VLConfig(
        text_config=dict(
            vocab_size=len(tokenizer), hidden_size=128, intermediate_size=384, num_hidden_layers=6,
            num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=4096, rms_norm_eps=1e-6,
            tie_word_embeddings=True, initializer_range=0.08, use_sliding_window=False,
            rope_parameters={"rope_theta": 1000000.0, "rope_type": "default", "mrope_section": [4, 6, 6]},
            bos_token_id=token("<|endoftext|>"), eos_token_id=token("<|im_end|>"), pad_token_id=token("<|endoftext|>")),
        vision_config=dict(  # never used: text only
            depth=1, hidden_size=16, intermediate_size=32, num_heads=2, out_hidden_size=128, fullatt_block_indexes=[0]),
        image_token_id=token("<|image_pad|>"), video_token_id=token("<|video_pad|>"),
        vision_start_token_id=token("<|vision_start|>"), vision_end_token_id=token("<|vision_end|>"),
        tie_word_embeddings=True)
    return Qwen2_5_VLForConditionalGeneration(config)


class Encoder:
    """Rows after the prefix: token ids of prompt + suffix (+ answer), and their hidden states after the final norm."""

    def __init__(self, model, tokenizer):
        self.model, self.tokenizer = model, tokenizer
        self.prefix = torch.tensor([tokenizer(TEMPLATE_PREFIX)["input_ids"]])
        assert self.prefix.shape[1] == PREFIX_TOKENS

    def rows(self, prompt: str, answer: str = "") -> list[int]:
        ids = self.tokenizer(TEMPLATE_PREFIX + prompt + TEMPLATE_SUFFIX + answer)["input_ids"]
        assert ids[:PREFIX_TOKENS] == self.prefix[0].tolist(), prompt
        return ids[PREFIX_TOKENS:]

    def hidden(self, rows: torch.Tensor) -> torch.Tensor:
        """[B, L] right-padded ids -> [B, L, d]; padding follows the text, so causal attention needs no mask."""
        text = self.model.model.language_model
        batch, length = rows.shape
        device = next(text.parameters()).device
        cache = DynamicCache(config=text.config)
        positions = torch.arange(PREFIX_TOKENS + length, device=device)
        text(input_ids=self.prefix.to(device), past_key_values=cache, use_cache=True,
             position_ids=positions[None, None, :PREFIX_TOKENS].expand(3, 1, -1))
        for layer in cache.layers:
            layer.keys = layer.keys.expand(batch, -1, -1, -1)
            layer.values = layer.values.expand(batch, -1, -1, -1)
        return text(input_ids=rows.to(device), past_key_values=cache, use_cache=True,
                    position_ids=positions[None, None, PREFIX_TOKENS:].expand(3, batch, -1)).last_hidden_state


def pad(rows: list[list[int]], value: int) -> torch.Tensor:
    length = max(map(len, rows))
    return torch.tensor([r + [value] * (length - len(r)) for r in rows])
