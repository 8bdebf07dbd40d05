"""Writes packages/emoji-world/data: concepts, sprite sheet, scenes, facts; checks names and facts.

    python build_data.py
"""

import hashlib
import json
import re
import sys

import numpy as np
import torch
from PIL import Image

from common import CELL, COLUMNS, DATA, TEMPLATE_PREFIX, TEMPLATE_SUFFIX, WORK, read_json
from concepts import concepts
from facts import relations
from pictures import SCENES, compose, emoji_list, load_rgba
from prompts import (ANCHORS, FACT_WRAPPINGS, FACT_WRAPPINGS_CLAUSE, NAME_HELD_OUT, NAME_WRAPPINGS, fact_prompts,
                     scene_phrase)

COMPOSITION = "round(alpha/255*fg + (1-alpha/255)*bg) per 8-bit channel, halves up: floor(x + 0.5), in float64"


def plain_texts(rows) -> list[str]:
    """All text that is not a concept's name: template, wrappings, scenes, phrasings with their subjects."""
    texts = [TEMPLATE_PREFIX, TEMPLATE_SUFFIX] + [scene_phrase(s) for s in SCENES]
    texts += [w.replace("{}", "#") for w in NAME_WRAPPINGS + NAME_HELD_OUT]
    for relation in rows:
        for phrasing in relation["phrasings"] + relation["heldOutPhrasings"]:
            for fact in relation["facts"]:
                texts += fact_prompts(phrasing, fact["subject"])
    return texts


def check(rows, names: list[dict]) -> None:
    problems = []
    one = [c["name"] for c in names if c["split"] == "one"]
    texts = "\n".join(sorted(set(plain_texts(rows))))
    many_texts = "\n".join(c["name"] for c in names if c["split"] == "many")
    for name in one:
        for text in (texts, many_texts):
            for match in list(re.finditer(re.escape(name), text))[:1]:
                problems.append(f"name {name!r} occurs in {text[max(0, match.start() - 25):match.end() + 15]!r}")
    if len({c["name"] for c in names}) != len(names):
        problems.append("two concepts share a name")
    seen_subjects = set()
    for relation in rows:
        answers = {f["answer"] for f in relation["facts"]}
        if len(relation["facts"]) < 20 or len(answers) < 6:
            problems.append(f"{relation['relation']}: {len(relation['facts'])} facts, {len(answers)} answers")
        if set(relation["phrasings"]) & set(relation["heldOutPhrasings"]):
            problems.append(f"{relation['relation']}: a phrasing is both trained and held out")
        for fact in relation["facts"]:
            if fact["answer"] not in one:
                problems.append(f"{relation['relation']}: {fact['answer']!r} is no one-token concept")
            for phrasing in relation["phrasings"] + relation["heldOutPhrasings"]:
                text = phrasing.format(fact["subject"])
                if text in seen_subjects:
                    problems.append(f"asked twice: {text!r}")
                seen_subjects.add(text)
    for problem in problems:
        print("PROBLEM", problem)
    if problems:
        sys.exit(1)


def main() -> None:
    rows, names = relations(), concepts()
    check(rows, names)
    by_short = {s: e for e in emoji_list() for s in e["short_names"]}
    pictures = [load_rgba(by_short[c["short"]]["image"]) for c in names]
    white = [hashlib.sha256(compose(torch.from_numpy(p.copy()).permute(2, 0, 1), torch.tensor([255, 255, 255])).numpy().tobytes()).hexdigest()
             for p in pictures]
    assert len(set(white)) == len(white), "two concepts share a picture"
    DATA.mkdir(parents=True, exist_ok=True)
    sheet = np.zeros((-(-len(names) // COLUMNS) * CELL, COLUMNS * CELL, 4), np.uint8)
    for i, picture in enumerate(pictures):
        y, x = divmod(i, COLUMNS)
        picture = picture * (picture[..., 3:] > 0)  # nothing hidden under transparent pixels: smaller file
        sheet[y * CELL:(y + 1) * CELL, x * CELL:(x + 1) * CELL] = picture
    Image.fromarray(sheet, "RGBA").save(DATA / "concepts.png", optimize=True)
    tokens = read_json(WORK / "name-tokens.json") if (WORK / "name-tokens.json").exists() else {}
    concept_rows = [{"name": c["name"], "codepoint": by_short[c["short"]]["unified"], "tokens": tokens.get(c["name"], 1),
                     "split": "pictured"} for c in names]
    concept_rows += [{"name": a, "codepoint": None, "tokens": 1, "split": "anchor"} for a in ANCHORS]
    write("concepts.json", concept_rows)
    write("scenes.json", [{"name": n, "rgb": list(c), "phrase": scene_phrase(n)} for n, c in SCENES.items()])
    write("facts.json", {
        "composition": COMPOSITION, "cell": CELL, "columns": COLUMNS,
        "promptForms": {"names": NAME_WRAPPINGS, "namesHeldOut": NAME_HELD_OUT, "facts": FACT_WRAPPINGS,
                        "factsThatBeginWithWhatOrWho": FACT_WRAPPINGS_CLAUSE,
                        "scene": "the finished prompt, a space, the scene's phrase (nothing for white)"},
        "relations": rows})
    unseen = [r for r in rows if not r["seenByImageModel"]]
    print(f"{len(names)} pictured concepts, {sum(c['split'] == 'many' for c in names)} of several tokens; "
          f"{sum(len(r['facts']) for r in rows)} facts in {len(rows)} relations; unseen by the image model: "
          f"{sum(len(r['facts']) for r in unseen)} facts in {len(unseen)} relations")


def write(name: str, value) -> None:
    text = json.dumps(value, ensure_ascii=False, indent=1)
    text = re.sub(r"\{\s+\"(subject|name)\"[^{}]*\}", lambda m: re.sub(r"\s+", " ", m.group()), text)
    (DATA / name).write_text(text + "\n")


if __name__ == "__main__":
    main()
