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


def name_prompts(name: str, held_out: bool = False) -> list[str]:
    return [w.format(name) for w in (NAME_HELD_OUT if held_out else NAME_WRAPPINGS)]


def fact_prompts(phrasing: str, subject: str) -> list[str]:
    clause = phrasing.startswith(("what ", "who "))
    return [w.format(phrasing.format(subject)) for w in (FACT_WRAPPINGS_CLAUSE if clause else FACT_WRAPPINGS)]
