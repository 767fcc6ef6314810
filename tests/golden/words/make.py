"""Goldens of words that name what heads read and write, by numpy in f64, for tests/circuits.rs.

From the repository's root:

    python3 -m venv /tmp/golden && /tmp/golden/bin/pip install -r tests/golden/words/requirements.txt
    /tmp/golden/bin/python tests/golden/words/make.py

Writes words.json beside this script. Directions are told up to a sign that both sides of a circuit share.
"""

import hashlib
import json
from pathlib import Path

import numpy
from safetensors.numpy import load_file

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
MODEL = ROOT / "data/models/crosslens-minilm-l6"
HEADS = [(0, 8), (1, 1), (2, 9)]
DIRECTIONS, MOST = 2, 4
WORDS = ["bees", "paper", "ocean"]


def main():
    tensors = {name: tensor.astype(numpy.float64) for name, tensor in load_file(MODEL / "model.safetensors").items()}
    heads_per_layer = json.loads((MODEL / "config.json").read_text())["num_attention_heads"]
    vocabulary = json.loads((MODEL / "tokenizer.json").read_text())["model"]["vocab"]
    words = sorted((number, word) for word, number in vocabulary.items() if not word.startswith("[unused"))
    numbers, names = [number for number, _ in words], [word for _, word in words]
    table = tensors["bert.embeddings.word_embeddings.weight"][numbers]
    normalised = (table - table.mean(1, keepdims=True)) / table.std(1, keepdims=True)

    def nearest(rows, direction):
        cosines = rows @ direction / numpy.linalg.norm(rows, axis=1) / numpy.linalg.norm(direction)
        return cosines, [{"token": names[at], "cosine": cosines[at]} for at in numpy.argsort(-cosines)[:MOST]]

    def of_head(layer, head):
        before = "bert.embeddings." if layer == 0 else f"bert.encoder.layer.{layer - 1}.output."
        rows = normalised * tensors[before + "LayerNorm.weight"] + tensors[before + "LayerNorm.bias"]
        rows = rows - rows.mean(0)
        at = f"bert.encoder.layer.{layer}.attention."
        dim = table.shape[1] // heads_per_layer
        own = slice(head * dim, (head + 1) * dim)
        q, k, v = (tensors[f"{at}self.{name}.weight"][own] for name in ("query", "key", "value"))
        ov = tensors[at + "output.dense.weight"][:, own] @ v

        def ends(matrix, sides):
            left, _, right = numpy.linalg.svd(matrix)
            return [{f"{side} {sign}": nearest(rows, sign * direction)[1]
                     for side, direction in zip(sides, (left[:, at], right[at])) for sign in (1, -1)}
                    for at in range(DIRECTIONS)]

        def written(word):
            place = names.index(word)
            cosines, near = nearest(rows, ov @ rows[place])
            return {"token": word, "near": near, "own_rank": int((cosines > cosines[place]).sum()) + 1}

        return {"head": [layer, head], "qk": ends(q.T @ k, ("query", "key")), "ov": ends(ov, ("written", "read")),
                "written": [written(word) for word in WORDS]}

    provenance = {"command": "python tests/golden/words/make.py", "numpy": numpy.__version__, "dtype": "f64",
                  "folder": MODEL.relative_to(ROOT).as_posix(),
                  "checkpoint_sha256": hashlib.sha256((MODEL / "model.safetensors").read_bytes()).hexdigest(),
                  "tolerance": 1e-4, "tolerance_is": "absolute"}
    golden = {"provenance": provenance, "heads": [of_head(*head) for head in HEADS]}
    (HERE / "words.json").write_text(json.dumps(golden, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
