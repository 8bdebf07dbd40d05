"""Makes tokenizer folders in the layouts that checkpoints have, and the ids that transformers gives for each.

    python tools/models-fixtures/tokenizer_folders.py

writes packages/models/test/fixtures/tokenizers/NAME/ and expected.json beside them: for each folder the ids of the same
texts. One byte-level BPE, trained here on a few lines, serves them all:

    qwen2-json       tokenizer.json, with added tokens
    qwen2-vocab      vocab.json + merges.txt + added_tokens.json + special_tokens_map.json + tokenizer_config.json
    qwen2-decoder    vocab.json + merges.txt + tokenizer_config.json with added_tokens_decoder
    qwen2-bare       vocab.json + merges.txt: the class's own special token lies in the vocabulary
    gpt2-vocab       vocab.json + merges.txt + tokenizer_config.json of GPT2Tokenizer
    json-and-decoder tokenizer.json, with further tokens and other flags in tokenizer_config.json
    digits           tokenizer.json whose pre-tokenizer takes digits apart one by one, as SmolLM2's does
    digit-runs       the same, digits together

Needs transformers 5.24 and tokenizers.
"""

import json
import shutil

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import GPT2Tokenizer, PreTrainedTokenizerFast, Qwen2Tokenizer
from transformers.models.qwen2.tokenization_qwen2 import PRETOKENIZE_REGEX

from text_encoder import FIXTURES, TEXTS

FOLDER = FIXTURES / "tokenizers"
END = "<|endoftext|>"
SPECIAL = [END, "<|im_start|>", "<|im_end|>"]
PLAIN = ["tree frog", "<box>", "e\u0301clair"]
MORE_TEXTS = [
    "<|im_start|>user\nWhat is 1234 + \u0663\u0664\u2167\u00bd?<|im_end|>\n",
    "a<box>tree frogs</box>",
    "<|endoftext|><|endoftext|> end",
    "don't DON'T we'LL it\u2019s",
    "\u212b \ufb01ne \u1e9b\u0323 cafe\u0301 \u1100\u1161",
    "year 2024, 12:30, 1e-4, v2.0b3",
    "  two  spaces\t\ttabs \u00a0nbsp \u3000wide\r\n\r\n",
    "\u0e20\u0e32\u0e29\u0e32\u0e44\u0e17\u0e22 \u0939\u093f\u0928\u094d\u0926\u0940 \u0627\u0644\u0639\u0631\u0628\u064a\u0629",
    "unpaired \u200d joiner, \ufffd replacement, \u0000 nul",
    "_snake_case camelCase HTTPServer a.b.c",
]


def train() -> dict:
    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(PRETOKENIZE_REGEX), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    trainer = trainers.BpeTrainer(
        vocab_size=360, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    bpe.train_from_iterator((TEXTS + MORE_TEXTS) * 3, trainer)
    return json.loads(bpe.to_str())["model"]


def write(name: str, files: dict) -> None:
    folder = FOLDER / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for file, content in files.items():
        text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False) + "\n"
        (folder / file).write_text(text, encoding="utf-8")


def tokenizer_json(model: dict, added: list[dict], pre_tokenizer: dict, normalizer: dict | None) -> dict:
    return {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": added, "normalizer": normalizer,
        "pre_tokenizer": pre_tokenizer, "post_processor": None,
        "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
        "model": model,
    }


def token(content: str, id: int | None = None, special: bool = False, **flags: bool) -> dict:
    entry = {
        "content": content, "single_word": False, "lstrip": False, "rstrip": False, "normalized": not special,
        "special": special, **flags,
    }
    return entry if id is None else {"id": id, **entry}


def main() -> None:
    model = train()
    vocab, size = model["vocab"], len(model["vocab"])
    merges = "#version: 0.2\n" + "".join(" ".join(merge) + "\n" for merge in model["merges"])
    vocabulary = {"vocab.json": vocab, "merges.txt": merges}
    ids = {content: size + index for index, content in enumerate(SPECIAL + PLAIN)}
    added = [token(content, id, content in SPECIAL) for content, id in ids.items()]
    qwen = {
        "type": "Sequence",
        "pretokenizers": [
            {"type": "Split", "pattern": {"Regex": PRETOKENIZE_REGEX}, "behavior": "Isolated", "invert": False},
            {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False},
        ],
    }
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    names = {"eos_token": "<|im_end|>", "pad_token": END}
    qwen_config = {"tokenizer_class": "Qwen2Tokenizer", "model_max_length": 1024, "add_prefix_space": False, **names}
    # Not one of eos_token and its like: Qwen2Tokenizer of 5.24 drops the flags of those, whatever the files say.
    stripping = token("<|im_start|>", None, True, lstrip=True, rstrip=True)

    write("qwen2-json", {
        "tokenizer.json": tokenizer_json(model, added, qwen, {"type": "NFC"}), "tokenizer_config.json": qwen_config,
    })
    write("qwen2-vocab", {
        **vocabulary, "added_tokens.json": dict(reversed(ids.items())),
        "special_tokens_map.json": {
            **names, "eos_token": token("<|im_end|>"), "additional_special_tokens": ["<|im_start|>", "<|im_end|>"],
        },
        "tokenizer_config.json": qwen_config,
    })
    write("qwen2-decoder", {
        **vocabulary,
        "tokenizer_config.json": {
            **qwen_config,
            "added_tokens_decoder": {
                str(size): token(END, None, True), str(size + 1): stripping,
                str(size + 2): token("<|im_end|>", None, True), str(size + 3): token("tree frog", None, single_word=True, lstrip=True),
                str(size + 4): token("e\u0301clair", None, normalized=False),
            },
        },
    })
    write("qwen2-bare", {"vocab.json": {**vocab, END: size}, "merges.txt": merges})
    write("gpt2-vocab", {
        "vocab.json": {**vocab, END: size}, "merges.txt": merges.replace("\n", "\r\n"),
        "tokenizer_config.json": {"tokenizer_class": "GPT2Tokenizer"},
    })
    write("json-and-decoder", {
        "tokenizer.json": tokenizer_json(model, added[:3], qwen, {"type": "NFC"}),
        "tokenizer_config.json": {
            **qwen_config,
            "added_tokens_decoder": {
                str(size): token(END, None, True), str(size + 1): stripping,
                str(size + 2): token("<|im_end|>", None, True), str(size + 3): token("don't", None, rstrip=True),
            },
        },
    })
    for name, one_by_one in {"digits": True, "digit-runs": False}.items():
        digits = {"type": "Digits", "individual_digits": one_by_one}
        sequence = {"type": "Sequence", "pretokenizers": [digits, byte_level]}
        write(name, {
            "tokenizer.json": tokenizer_json(model, added[:3], sequence, None),
            "tokenizer_config.json": {"tokenizer_class": "PreTrainedTokenizerFast"},
        })

    classes = {"gpt2-vocab": GPT2Tokenizer, "digits": PreTrainedTokenizerFast, "digit-runs": PreTrainedTokenizerFast}
    texts = TEXTS + MORE_TEXTS
    expected = {}
    for folder in sorted(path.name for path in FOLDER.iterdir() if path.is_dir()):
        tokenizer = classes.get(folder, Qwen2Tokenizer).from_pretrained(FOLDER / folder)
        expected[folder] = [tokenizer(text, add_special_tokens=False).input_ids for text in texts]
    (FOLDER / "expected.json").write_text(json.dumps({"texts": texts, "ids": expected}) + "\n")


if __name__ == "__main__":
    main()
