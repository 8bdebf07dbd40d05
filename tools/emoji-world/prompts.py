"""Every way a prompt is written: names and facts in wrappings, with or without a scene phrase."""

NAME_WRAPPINGS = ["{}", "a {}", "a picture of {}", "a picture of a {}", "draw {}", "draw a {}", "what is {}?", "show {}",
                  "an icon of {}", "a photo of a {}"]
NAME_HELD_OUT = ["paint a {}", "an image of {}"]
FACT_WRAPPINGS = ["{}", "what is {}?", "a picture of {}", "draw {}", "show {}"]
FACT_WRAPPINGS_CLAUSE = ["{}", "{}?", "a picture of {}", "draw {}", "show {}"]  # phrasings that begin with what / who
ANCHORS = [f"<v{i}>" for i in range(8)]
SCENE_PHRASE = "on a {} background"  # appended to the finished prompt after a space; nothing for white


def scene_phrase(name: str) -> str:
    return "" if name == "white" else SCENE_PHRASE.format(name)


def with_scene(prompt: str, scene: str) -> str:
    return f"{prompt} {scene_phrase(scene)}".strip()


def colour_question(prompt: str, scene: str) -> tuple[str, str]:
    """Question and answer; the answer is the colour's token as a prompt holds it, with its space."""
    return f"the colour behind {prompt}", f" {scene}"


def name_prompts(name: str, held_out: bool = False) -> list[str]:
    return [w.format(name) for w in (NAME_HELD_OUT if held_out else NAME_WRAPPINGS)]


def fact_prompts(phrasing: str, subject: str) -> list[str]:
    clause = phrasing.startswith(("what ", "who "))
    return [w.format(phrasing.format(subject)) for w in (FACT_WRAPPINGS_CLAUSE if clause else FACT_WRAPPINGS)]


def held_out_texts(relations: list[dict]) -> set[str]:
    return {p.format(f["subject"]) for r in relations for p in r["heldOutPhrasings"] for f in r["facts"]}


class Augment:
    """Loosens a prompt: drops words around what it is about, or puts stray words in front. Never a held-out phrasing."""

    def __init__(self, relations: list[dict], share: float):
        self.share = share
        self.forbidden = held_out_texts(relations)
        words = {w for r in relations for p in r["phrasings"] for w in p.split() if w.isalpha()}
        self.stray = sorted(words - {"paint", "image"})

    def __call__(self, prompt: str, keep: str, draw) -> str:
        if draw.random() >= self.share:
            return prompt
        left, right = prompt.split(keep, 1)
        if draw.random() < 0.6 and len(left.split()) > 2:
            left = " ".join(w for w in left.split() if draw.random() > 0.2)
        else:
            left = " ".join(draw.choices(self.stray, k=draw.randint(1, 3))) + " " + left.strip()
        loose = (left.strip() + " " + keep + right).strip()
        about = any(loose.startswith(t) or t in loose for t in self.forbidden if keep in t)
        return prompt if about else loose
