"""UltraEdit in PyTorch on the first 200 cases of CounterFact, for bench/smollm2 to be compared with.

    python tools/smollm2/bench.py .cache/models/smollm2-135m-instruct@0.1.2-1 ../shared/data/counterfact-1k.json

writes bench/results/smollm2.pytorch.json. 100 edits in one solve, then the next 100 on the edited model; everything is
measured once, after all of them. fp32 on one core. Needs torch, transformers 5.24.
"""

import json
import sys
import time
from datetime import date
from os import getloadavg
from pathlib import Path

import torch
import transformers
from transformers import AutoModelForCausalLM, AutoTokenizer

from ultra_edit import Settings, UltraEdit, agreement, predictions, probe

RESULT = Path(__file__).resolve().parents[2] / "bench/results/smollm2.pytorch.json"
EDITS, TOGETHER = 200, 100
# Prompts that C is the mean over: of cases that no figure is measured on.
CORPUS = slice(800, 900)
# presets.ultraEdit['smollm2-135m-instruct'] of @mokus/editors
SETTINGS = Settings(roles=("gate_proj", "up_proj"), layers=(18, 26), eta=0.1, mu=1000.0, turns=2)


def main(folder: Path, data: Path) -> None:
    torch.set_num_threads(1)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    records = json.loads(data.read_text())
    cases = records[:EDITS]

    def probes(prompt: str, answer: str):
        return [probe(tokenizer, case[prompt], case[answer]) for case in cases]

    questions, paraphrases = probes("prompt", "target_new"), probes("rephrase_prompt", "target_new")
    unrelated, old = probes("locality_prompt", "locality_ground_truth"), probes("prompt", "ground_truth")
    before = predictions(model, unrelated)
    known = sum(found == each.answer for found, each in zip(predictions(model, old), old))
    corpus = [tokenizer(case["prompt"], add_special_tokens=False).input_ids for case in records[CORPUS]]
    editor = UltraEdit(model, SETTINGS, corpus)
    seconds = 0.0
    for start in range(0, EDITS, TOGETHER):
        started = time.perf_counter()
        editor.edit(questions[start : start + TOGETHER])
        seconds += time.perf_counter() - started
        print(f"{start + TOGETHER} edits, {seconds:.0f} s", flush=True)
    record = {
        "command": "python tools/smollm2/bench.py",
        "date": date.today().isoformat(),
        "load": getloadavg()[0],
        "versions": {"torch": torch.__version__, "transformers": transformers.__version__},
        "settings": SETTINGS.json(),
        "edits": EDITS,
        "together": TOGETHER,
        "knownAnswers": known,
        "reliability": agreement(predictions(model, questions), [each.answer for each in questions]),
        "generalization": agreement(predictions(model, paraphrases), [each.answer for each in paraphrases]),
        "locality": agreement(predictions(model, unrelated), before),
        "secondsPerEdit": seconds / EDITS,
    }
    RESULT.write_text(json.dumps(record, indent=2) + "\n")
    print(json.dumps(record, indent=2))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
