"""Fills the model card from the logs: card.template.md + logs -> packages/emoji-world/data/README.md.

    python card.py
"""

import re

from common import DATA, HERE, LOGS, MODEL
from dataset import relations

GROUPS = ["names", "names, held-out wrapping", "names of several tokens", "names of several tokens, held-out wrapping",
          "facts, held-out phrasing, seen relations", "facts, held-out phrasing, unseen relations", "all"]


def last_figures(name: str) -> dict[str, tuple[str, ...]]:
    """group -> (pictures, concept, scene, both) of the last run in the log."""
    figures = {}
    for line in (LOGS / f"{name}.txt").read_text().splitlines():
        if match := re.search(r"^\S+ \S+ (.+): (\d+) pictures, concept ([\d.]+), scene ([\d.]+), both ([\d.]+)", line):
            figures[match[1]] = match.groups()[1:]
    return figures


def percent(value: str) -> str:
    return f"{100 * float(value):.1f} %"


def table(figures) -> str:
    rows = ["| prompts | pictures | concept right | scene right | both |", "|---|---|---|---|---|"]
    keys = [g for g in GROUPS if g in figures] + sorted(k for k in figures if k.startswith("relation "))
    return "\n".join(rows + [f"| {k} | {figures[k][0]} | " + " | ".join(map(percent, figures[k][1:])) + " |" for k in keys])


def main() -> None:
    text = (HERE / "card.template.md").read_text()
    unseen = [r for r in relations() if not r["seenByImageModel"]]
    for mark, count in (("FACTS", sum(len(r["facts"]) for r in relations())), ("RELATION_COUNT", len(relations())),
                        ("UNSEEN_FACTS", sum(len(r["facts"]) for r in unseen)), ("UNSEEN_RELATIONS", len(unseen))):
        text = text.replace(f"@{mark}@", str(count))
    text = text.replace("@RELATIONS@", "\n".join(
        f"| {r['relation']} | {len(r['facts'])} | {len({f['answer'] for f in r['facts']})} | {'yes' if r['seenByImageModel'] else 'no'} |"
        for r in relations()))
    text = text.replace("@WEIGHTS@", f"{sum(p.stat().st_size for p in MODEL.rglob('*.safetensors')):,}")
    text = text.replace("@RESULTS@", table(last_figures("evaluate")))
    mixed = LOGS / "evaluate-mixed.txt"
    text = text.replace("@MIXED@", "the same prompts:\n\n" + table(last_figures("evaluate-mixed")) if mixed.exists() else "not measured.")
    (DATA / "README.md").write_text(text)


if __name__ == "__main__":
    main()
