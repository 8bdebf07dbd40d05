"""UltraEdit and MEMIT in PyTorch on the first cases of CounterFact, for bench/smollm2 to be compared with.

    python tools/smollm2/bench.py .cache/models/smollm2-135m-instruct@0.1.2-1 ../shared/data/counterfact-1k.json [PART]

writes bench/results/smollm2.pytorch.json, or of it only PART, ultraedit or memit. Some facts in one solve, then the next
on the edited model; everything is measured once, after all of them. fp32 on one core. Needs torch, transformers 5.24.
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

import memit
import ultra_edit
from ultra_edit import agreement, predictions, probe

RESULT = Path(__file__).resolve().parents[2] / "bench/results/smollm2.pytorch.json"
# presets.ultraEdit['smollm2-135m-instruct'] of @mokus/editors
SETTINGS = ultra_edit.Settings(roles=("gate_proj", "up_proj"), layers=(18, 26), eta=0.1, mu=1000.0, turns=2)
# presets.memit['smollm2-135m-instruct'], with the bare prompt as its only context and the answer objective's own stop
MEMIT_SETTINGS = memit.Settings(
    layers=(4, 9), steps=25, learning_rate=0.5, weight_decay=1e-3, clamp=4.0, kl_factor=0.0625, mu=15000.0,
    satisfied=0.005,
)


class Bench:
    def __init__(self, folder: Path, data: Path):
        self.model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.records = json.loads(data.read_text())

    def corpus(self, which: slice) -> list[list[int]]:
        return [self.tokenizer(each["prompt"], add_special_tokens=False).input_ids for each in self.records[which]]

    def probes(self, edits: int, prompt: str, answer: str) -> list[ultra_edit.Probe]:
        return [probe(self.tokenizer, case[prompt], case[answer]) for case in self.records[:edits]]

    def known(self, edits: int) -> int:
        """How many of the old answers the model gives, every token of them."""
        old = self.probes(edits, "prompt", "ground_truth")
        return sum(found == each.answer for found, each in zip(predictions(self.model, old), old, strict=True))

    def measure(self, settings, edits: int, together: int, edit) -> dict:
        """The record of an editor: `edit` is called with the first and the last index of the cases of a solve."""
        questions = self.probes(edits, "prompt", "target_new")
        paraphrases = self.probes(edits, "rephrase_prompt", "target_new")
        unrelated = self.probes(edits, "locality_prompt", "locality_ground_truth")
        before = predictions(self.model, unrelated)
        seconds = 0.0
        for start in range(0, edits, together):
            started = time.perf_counter()
            edit(start, start + together)
            seconds += time.perf_counter() - started
            print(f"{start + together} edits, {seconds:.0f} s", flush=True)
        return {
            "date": date.today().isoformat(),
            "load": getloadavg()[0],
            "versions": {"torch": torch.__version__, "transformers": transformers.__version__},
            "settings": settings.json(),
            "edits": edits,
            "together": together,
            "reliability": agreement(predictions(self.model, questions), [each.answer for each in questions]),
            "generalization": agreement(predictions(self.model, paraphrases), [each.answer for each in paraphrases]),
            "locality": agreement(predictions(self.model, unrelated), before),
            "secondsPerEdit": seconds / edits,
        }


def ultraedit_record(bench: Bench) -> dict:
    edits, together = 200, 100
    known = bench.known(edits)
    questions = bench.probes(edits, "prompt", "target_new")
    # C is the mean over prompts of cases that no figure is measured on.
    editor = ultra_edit.UltraEdit(bench.model, SETTINGS, bench.corpus(slice(800, 900)))
    record = bench.measure(SETTINGS, edits, together, lambda first, end: editor.edit(questions[first:end]))
    return record | {"knownAnswers": known}


def memit_record(bench: Bench) -> dict:
    edits, together = 50, 25
    facts = [memit.Fact(each["prompt"], each["subject"], each["target_new"]) for each in bench.records[:edits]]
    # The same, and of more tokens than the 1,536 inputs of a down projection.
    editor = memit.Memit(bench.model, bench.tokenizer, MEMIT_SETTINGS, bench.corpus(slice(500, 1000)))
    return bench.measure(MEMIT_SETTINGS, edits, together, lambda first, end: editor.edit(facts[first:end]))


def main(folder: Path, data: Path, part: str | None = None) -> None:
    torch.set_num_threads(1)
    record = json.loads(RESULT.read_text()) if RESULT.exists() else {}
    if part in (None, "ultraedit"):
        record = {"command": "python tools/smollm2/bench.py", **record, **ultraedit_record(Bench(folder, data))}
    if part in (None, "memit"):
        # A model of its own: weights are changed in place.
        record["memit"] = memit_record(Bench(folder, data))
    RESULT.write_text(json.dumps(record, indent=2) + "\n")
    print(json.dumps(record, indent=2))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:])
