"""The same ids from transformers, from `tokenizers` and from the npm package @huggingface/tokenizers, on every prompt.

    python check_tokenizer.py      # installs the npm package into work/js
"""

import json
import subprocess

from tokenizers import Tokenizer
from transformers import AutoTokenizer, Qwen2Tokenizer

from common import MODEL, PREFIX_TOKENS, SUFFIX_TOKENS, TEMPLATE_PREFIX, TEMPLATE_SUFFIX, WORK
from dataset import concept_rows, relations
from prompts import ANCHORS, fact_prompts, name_prompts, with_scene

SCRIPT = """
import { readFileSync, writeFileSync } from "node:fs";
import { Tokenizer } from "@huggingface/tokenizers";
const [folder, input, output] = process.argv.slice(2);
const read = (name) => JSON.parse(readFileSync(name, "utf8"));
const tokenizer = new Tokenizer(read(`${folder}/tokenizer.json`), read(`${folder}/tokenizer_config.json`));
writeFileSync(output, JSON.stringify(read(input).map((text) => Array.from(tokenizer.encode(text).ids))));
"""
OTHER = ["", " ", "\n", "Ünïcödé text, 12 apples!", "猫 on a 赤 background", "two  spaces\tand tabs\n\nlines", "CAT cat Cat cats concatenate",
         "🎺🎺 cat", "e\u0301gale", "it's beethoven's", "<|im_end|>", "a teddy bear and a bear"]


def every_prompt() -> list[str]:
    prompts = [p for c in concept_rows() for held in (False, True) for p in name_prompts(c["name"], held)]
    prompts += [p for a in ANCHORS for p in name_prompts(a)]
    prompts += [p for r in relations() for f in r["facts"] for phrasing in r["phrasings"] + r["heldOutPhrasings"]
                for p in fact_prompts(phrasing, f["subject"])]
    return prompts + [with_scene(p, "blue") for p in prompts]


def main() -> None:
    folder = MODEL / "tokenizer"
    prompts = every_prompt()
    texts = [TEMPLATE_PREFIX + p + TEMPLATE_SUFFIX for p in prompts] + OTHER
    auto, qwen, raw = AutoTokenizer.from_pretrained(folder), Qwen2Tokenizer.from_pretrained(folder), Tokenizer.from_file(str(folder / "tokenizer.json"))
    reference = [qwen(t)["input_ids"] for t in texts]
    prefix, suffix = reference[0][:PREFIX_TOKENS], reference[0][-SUFFIX_TOKENS:]
    assert qwen.decode(prefix) == TEMPLATE_PREFIX and qwen.decode(suffix) == TEMPLATE_SUFFIX
    for ids in reference[:len(prompts)]:
        assert ids[:PREFIX_TOKENS] == prefix and ids[-SUFFIX_TOKENS:] == suffix
    scratch = WORK / "js"
    scratch.mkdir(parents=True, exist_ok=True)
    if not (scratch / "node_modules").exists():
        subprocess.run(["npm", "install", "--silent", "--no-audit", "--prefix", ".", "@huggingface/tokenizers@0.2.0"], cwd=scratch, check=True)
    (scratch / "ids.mjs").write_text(SCRIPT)
    (scratch / "texts.json").write_text(json.dumps(texts))
    subprocess.run(["node", "ids.mjs", str(folder), "texts.json", "ids.json"], cwd=scratch, check=True)
    others = {"AutoTokenizer": [auto(t)["input_ids"] for t in texts], "tokenizers": [raw.encode(t).ids for t in texts],
              "@huggingface/tokenizers": json.loads((scratch / "ids.json").read_text())}
    for name, ids in others.items():
        different = [t for t, a, b in zip(texts, reference, ids) if a != b]
        print(f"{name}: {len(texts) - len(different)} of {len(texts)} equal", different[:3])
        assert not different


if __name__ == "__main__":
    main()
