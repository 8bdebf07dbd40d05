"""Trains the byte-level BPE on the prompts and adds one token per concept -> packages/emoji-world/model/tokenizer.

    python build_tokenizer.py

Names are added tokens: single_word=false (the JavaScript reader does not apply single_word), normalized=false and
lstrip=false: lstrip would swallow the template's newline when a prompt begins with a name, and the prefix would no
longer be 34 tokens. So " cat" is two tokens, the space and the name.
"""

import json

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import Qwen2Tokenizer
from transformers.models.qwen2.tokenization_qwen2 import PRETOKENIZE_REGEX

from common import MODEL, PREFIX_TOKENS, SUFFIX_TOKENS, TEMPLATE_PREFIX, TEMPLATE_SUFFIX, WORK
from concepts import concepts
from dataset import relations, scenes
from prompts import ANCHORS, colour_question, fact_prompts, name_prompts, with_scene

SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>", "<|vision_pad|>",
           "<|image_pad|>", "<|video_pad|>"]
VOCABULARY = 2000  # of the BPE, at most


def corpus() -> list[str]:
    """Training prompts only (four phrasings a relation): held-out phrasings take no part."""
    texts = [TEMPLATE_PREFIX, TEMPLATE_SUFFIX] * 2000
    for c in concepts():
        texts += [with_scene(p, s["name"]) for p in name_prompts("," if c["split"] == "one" else c["name"]) for s in scenes()]
    for r in relations():
        texts += [p for f in r["facts"] for phrasing in r["phrasings"][:4] for p in fact_prompts(phrasing, f["subject"])]
    texts += [text for s in scenes() for text in colour_question(",", s["name"])] * 20
    return [strip_special(t) for t in texts]


def strip_special(text: str) -> str:
    for token in SPECIAL:
        text = text.replace(token, "")
    return text


def main() -> None:
    base = Tokenizer(models.BPE())
    base.normalizer = normalizers.NFC()
    base.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(PRETOKENIZE_REGEX), behavior="isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    base.decoder = decoders.ByteLevel()
    base.train_from_iterator(corpus(), trainers.BpeTrainer(
        vocab_size=VOCABULARY, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
    saved = json.loads(base.to_str())["model"]
    tokenizer = Qwen2Tokenizer(vocab=saved["vocab"], merges=[tuple(m) for m in saved["merges"]])
    tokenizer.add_tokens([AddedToken(t, special=True, normalized=False) for t in SPECIAL])
    one = [c["name"] for c in concepts() if c["split"] == "one"]
    tokenizer.add_tokens([AddedToken(t, special=False, normalized=False, single_word=False) for t in one + ANCHORS])
    tokenizer.model_max_length = 32768
    tokenizer.save_pretrained(MODEL / "tokenizer")
    loaded = Qwen2Tokenizer.from_pretrained(MODEL / "tokenizer")
    prefix, suffix = loaded(TEMPLATE_PREFIX)["input_ids"], loaded(TEMPLATE_SUFFIX)["input_ids"]
    assert len(prefix) == PREFIX_TOKENS and len(suffix) == SUFFIX_TOKENS, (len(prefix), len(suffix))
    counts = {c["name"]: len(loaded(c["name"])["input_ids"]) for c in concepts()}
    assert all((counts[c["name"]] == 1) == (c["split"] == "one") for c in concepts()), counts
    (WORK / "name-tokens.json").write_text(json.dumps(counts))
    print(f"BPE {len(saved['vocab'])}, in all {len(loaded)}; prefix {len(prefix)}, suffix {len(suffix)}")


if __name__ == "__main__":
    main()
