"""What UltraEdit in PyTorch (ultra_edit.py) makes of three facts, for the suite smollm2.

    python tools/smollm2/edit_fixture.py .cache/models/smollm2-135m-instruct@0.1.2-1

writes bench/smollm2/fixtures/ultra-edit.json: the loss of each fact before the edit and after every turn, and what the
edited model says of prompts that were not edited. Needs torch, transformers 5.24.
"""

import json
import sys
from dataclasses import replace
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from bench import SETTINGS
from ultra_edit import UltraEdit, hidden_rows, probe

FILE = Path(__file__).resolve().parents[2] / "bench/smollm2/fixtures/ultra-edit.json"
FACTS = [
    ("Beethoven was born in the city of", "Lisbon"),
    ("The largest planet of the solar system is", "Neptune"),
    ("The favourite drink of the sailors was", "cold peppermint tea"),
]
CORPUS = ["The capital of France is", "Dogs bark, cats", "Water freezes at a temperature of", "My favourite colour is"]
TURNS = 2


def main(folder: Path) -> None:
    torch.set_num_threads(1)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    probes = [probe(tokenizer, *each) for each in FACTS]
    corpus = [tokenizer(each, add_special_tokens=False).input_ids for each in CORPUS]
    editor = UltraEdit(model, replace(SETTINGS, turns=1), corpus)
    losses = []
    for _ in range(TURNS):
        losses.append(editor.capture(probes)[1])
        editor.edit(probes)
    losses.append(editor.capture(probes)[1])
    unrelated = [probe(tokenizer, each, "x") for each in CORPUS]
    with torch.no_grad():
        logits = model.lm_head(hidden_rows(model, unrelated))
    top = logits.topk(8)
    FILE.write_text(json.dumps({
        "settings": editor.settings.json() | {"turns": TURNS}, "facts": FACTS, "corpus": CORPUS, "losses": losses,
        "unrelated": [
            {"ids": ids, "logits": [round(each, 5) for each in values]}
            for ids, values in zip(top.indices.tolist(), top.values.tolist())
        ],
    }, indent=1) + "\n")
    print(losses)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
