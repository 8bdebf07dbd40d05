"""Writes committed fixtures of packages/editors and packages/core: closed-form edits and Adam, in float64.

    python tools/editors-fixtures.py

Needs: numpy, torch (Adam only). Output is deterministic: run it again and nothing changes.
- updates.json: captures of three sites (two that read one input) and the weight changes X^T, in the PRIMAL form with
  the dIn x dIn inverse written out: X = (H^T H + lambda I + mu C + nu P)^-1 H^T V, v_i = -eta |h_i|^2 g_i, for every
  normalisation, several numbers of rows (fewer and more than dIn), with and without C and P.
- lifelong.json: the lifelong normaliser over three turns, its moments and what it makes of the last turn.
- adam.json (core): ten steps of torch's Adam and AdamW on a fixed sequence of gradients.
"""

import json
import pathlib

import numpy as np
import torch

EPSILON = 1e-8
# id, dIn, dOut, input group. Two sites share an input; two share a shape.
SITES = [("gate", 6, 4, "a"), ("up", 6, 4, "a"), ("other", 5, 7, "b")]


def f32(array):
    """Captures are fp32: what the other side reads must be exactly what is computed with."""
    return array.astype(np.float32).astype(np.float64)


def capture(rng, rows):
    inputs = {group: f32(rng.normal(0.3, 1.0, (rows, d_in))) for _, d_in, _, group in SITES}
    return [
        {"id": name, "dIn": d_in, "dOut": d_out, "inputGroup": group, "H": inputs[group],
         "G": f32(rng.normal(0.0, 0.05, (rows, d_out)))}
        for name, d_in, d_out, group in SITES
    ]


class Lifelong:
    def __init__(self):
        self.shapes = {}

    def fold(self, site):
        x = np.concatenate([site["H"], site["G"]], axis=1)
        key = f"{site['dIn']} x {site['dOut']}"
        n, mu, m2 = self.shapes.get(key, (0, np.zeros(x.shape[1]), np.zeros(x.shape[1])))
        b = len(x)
        total = n + b
        d = x.mean(axis=0) - mu
        variance = x.var(axis=0, ddof=1) if b > 1 else 0.0
        self.shapes[key] = (total, mu + b * d / total, m2 + b * variance + n * b * d**2 / total)

    def normalise(self, site):
        n, mu, m2 = self.shapes[f"{site['dIn']} x {site['dOut']}"]
        sigma = np.sqrt(m2 / (n - 1 + EPSILON))
        x = (np.concatenate([site["H"], site["G"]], axis=1) - mu) / (sigma + EPSILON)
        return x[:, : site["dIn"]], x[:, site["dIn"] :]


def normalise(captured, how):
    if how == "none":
        return [(site["H"], site["G"]) for site in captured]
    if how == "gradientRowNorm":
        return [(site["H"], site["G"] / np.linalg.norm(site["G"], axis=1).mean()) for site in captured]
    state = Lifelong()
    for site in captured:
        state.fold(site)
    return [state.normalise(site) for site in captured]


def update(site, h, g, eta, ridge):
    v = -eta * (h**2).sum(axis=1, keepdims=True) * g
    keys = site["H"]
    return (np.linalg.inv(keys.T @ keys + ridge) @ keys.T @ v).T


def updates():
    rng = np.random.default_rng(20261124)
    corpus = {group: f32(rng.normal(0.2, 1.0, (40, d_in))) for _, d_in, _, group in SITES}
    protected = {group: f32(rng.normal(0.1, 1.0, (3, d_in))) for _, d_in, _, group in SITES}
    captures = {str(rows): capture(rng, rows) for rows in (1, 3, 9)}
    cases = []
    for rows, captured in captures.items():
        for how in ("none", "gradientRowNorm", "lifelong"):
            if how == "lifelong" and rows == "1":
                continue
            for lam, mu, nu in ((1.0, 0.0, 0.0), (0.5, 10.0, 0.0), (1.0, 0.0, 100.0), (1.0, 10.0, 100.0)):
                eta = 0.3 if how == "gradientRowNorm" else 0.1
                deltas = {}
                for site, (h, g) in zip(captured, normalise(captured, how)):
                    group = site["inputGroup"]
                    c = corpus[group].T @ corpus[group] / len(corpus[group])
                    p = protected[group].T @ protected[group] / len(protected[group])
                    ridge = lam * np.eye(site["dIn"]) + mu * c + nu * p
                    deltas[site["id"]] = update(site, h, g, eta, ridge).ravel().tolist()
                cases.append({"rows": rows, "normalisation": how, "lambda": lam, "mu": mu, "nu": nu, "eta": eta,
                              "deltas": deltas})
    return {"corpus": corpus, "protected": protected, "captures": captures, "cases": cases}


def lifelong():
    rng = np.random.default_rng(7)
    state = Lifelong()
    turns = [capture(rng, rows) for rows in (3, 1, 4)]
    for turn in turns:
        for site in turn:
            state.fold(site)
    moments = {key: {"count": n, "mean": mu, "squares": m2} for key, (n, mu, m2) in state.shapes.items()}
    normalised = {site["id"]: dict(zip(("h", "g"), state.normalise(site))) for site in turns[-1]}
    return {"turns": turns, "moments": moments, "normalised": normalised}


def adam():
    rng = np.random.default_rng(3)
    start = f32(rng.normal(size=5))
    gradients = f32(rng.normal(size=(10, 5)) * np.array([1e-4, 1e-2, 1, 10, 0]))
    cases = []
    for weight_decay in (0.0, 0.1):
        parameter = torch.tensor(start, dtype=torch.float64, requires_grad=True)
        optimiser = torch.optim.AdamW([parameter], lr=3e-2, weight_decay=weight_decay)
        for gradient in gradients:
            parameter.grad = torch.tensor(gradient, dtype=torch.float64)
            optimiser.step()
        cases.append({"weightDecay": weight_decay, "expected": parameter.detach().numpy()})
    return {"start": start, "gradients": gradients, "learningRate": 3e-2, "cases": cases}


def plain(value):
    if isinstance(value, np.ndarray):
        return value.ravel().tolist() if value.ndim < 2 else value.tolist()
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [plain(each) for each in value]
    return value


if __name__ == "__main__":
    packages = pathlib.Path(__file__).resolve().parents[1] / "packages"
    for package, name, contents in (
        ("editors", "updates", updates()), ("editors", "lifelong", lifelong()), ("core", "adam", adam()),
    ):
        file = packages / package / "test/fixtures" / f"{name}.json"
        file.write_text(json.dumps(plain(contents)) + "\n")
