"""Goldens of circuits on two models, by numpy in f64 on whole [hidden, hidden] matrices, for tests/circuits.rs.

From the repository's root:

    python3 -m venv /tmp/golden && /tmp/golden/bin/pip install -r tests/golden/circuits/requirements.txt
    /tmp/golden/bin/python tests/golden/circuits/make.py

Writes circuits.json beside this script. The library never makes these matrices: it decomposes cores of
[head_dim, head_dim]. Directions are told up to a sign that the left one shares with the right one.
"""

import hashlib
import json
from pathlib import Path

import numpy
from safetensors.numpy import load_file

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
# The first of the two heads stands in an earlier layer.
MODELS = [
    {"folder": ROOT / "data/models/crosslens-minilm-l6", "heads": [(0, 3), (2, 9)]},
    {"folder": ROOT / "tests/golden/interventions/tiny", "heads": [(0, 2), (1, 1)]},
]
DIRECTIONS = 2


class Head:
    def __init__(self, tensors, heads, layer, head):
        at = f"bert.encoder.layer.{layer}."
        hidden = len(tensors[at + "attention.self.query.bias"])
        self.dim = hidden // heads
        own = slice(head * self.dim, (head + 1) * self.dim)

        def part(name):
            return tensors[f"{at}attention.self.{name}.weight"][own], tensors[f"{at}attention.self.{name}.bias"][own]

        before = "bert.embeddings." if layer == 0 else f"bert.encoder.layer.{layer - 1}.output."
        gain, offset = tensors[before + "LayerNorm.weight"], tensors[before + "LayerNorm.bias"]
        (q, q_bias), (k, k_bias), (v, _) = part("query"), part("key"), part("value")
        self.qk = q.T @ k / numpy.sqrt(self.dim)
        self.folded_qk = (q * gain).T @ (k * gain) / numpy.sqrt(self.dim)
        self.ov = tensors[at + "attention.output.dense.weight"][:, own] @ v
        # Scores of rows before the LayerNorm's weight and bias, key biases of rows behind it; any rows do.
        rows = numpy.sin(numpy.arange(3 * hidden)).reshape(3, hidden)
        entering = rows * gain + offset
        self.scores_of_sines = (entering @ q.T + q_bias) @ (entering @ k.T + k_bias).T / numpy.sqrt(self.dim)
        self.key_bias_of_sines = rows @ k.T @ q_bias / numpy.sqrt(self.dim)


def spectrum(matrix, dim):
    left, sizes, right = numpy.linalg.svd(matrix)
    shares = sizes[:dim] / sizes[:dim].sum()
    symmetric = (matrix + matrix.T) / 2
    eigenvalues = numpy.linalg.eigvalsh(symmetric)
    return {
        "singular_values": sizes[:dim].tolist(),
        "left": left.T[:DIRECTIONS].tolist(), "right": right[:DIRECTIONS].tolist(),
        "norm": numpy.linalg.norm(matrix),
        "effective_rank": numpy.exp(-(shares * numpy.log(shares)).sum()),
        "symmetric_share": numpy.linalg.norm(symmetric) ** 2 / numpy.linalg.norm(matrix) ** 2,
        "positive_share": eigenvalues[eigenvalues > 0].sum() / numpy.abs(eigenvalues).sum(),
    }


def copying(matrix, dim):
    values = numpy.linalg.eigvals(matrix)
    values = values[numpy.argsort(-numpy.abs(values))][:dim]
    return {"copying": values.real.sum() / numpy.abs(values).sum(), "positive_eigenvalues": (values.real > 0).mean()}


def composition(first, second):
    def share(reading):
        return numpy.linalg.norm(reading @ first.ov) / (numpy.linalg.norm(reading) * numpy.linalg.norm(first.ov))
    return {"q_composition": share(second.qk.T), "k_composition": share(second.qk), "v_composition": share(second.ov)}


def goldens(folder, heads):
    config = json.loads((folder / "config.json").read_text())
    tensors = {name: tensor.astype(numpy.float64) for name, tensor in load_file(folder / "model.safetensors").items()}
    found = [Head(tensors, config["num_attention_heads"], *head) for head in heads]
    return {
        "folder": folder.relative_to(ROOT).as_posix(),
        "checkpoint_sha256": hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest(),
        "heads": [{
            "head": head, "qk": spectrum(of.qk, of.dim), "folded_qk": spectrum(of.folded_qk, of.dim),
            "ov": spectrum(of.ov, of.dim) | copying(of.ov, of.dim),
            "scores_of_sines": of.scores_of_sines.ravel().tolist(), "key_bias_of_sines": of.key_bias_of_sines.tolist(),
        } for head, of in zip(heads, found)],
        "composition": composition(*found),
    }


def rounded(value):
    """Nine digits, of a tolerance of four."""
    if isinstance(value, dict):
        return {name: rounded(of) for name, of in value.items()}
    if isinstance(value, (list, tuple)):
        return [rounded(of) for of in value]
    return float(f"{value:.9g}") if isinstance(value, float) else value


def main():
    provenance = {"command": "python tests/golden/circuits/make.py", "numpy": numpy.__version__, "dtype": "f64",
                  "tolerance": 1e-4, "tolerance_is": "relative"}
    golden = {"provenance": provenance, "models": [rounded(goldens(**setup)) for setup in MODELS]}
    (HERE / "circuits.json").write_text(json.dumps(golden) + "\n")


if __name__ == "__main__":
    main()
