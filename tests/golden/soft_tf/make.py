"""Goldens of soft term frequencies: Hugging Face for attention, numpy for idf and BM25, scikit-learn for ridge regression.

From the repository's root:

    python3 -m venv /tmp/golden && /tmp/golden/bin/pip install -r tests/golden/soft_tf/requirements.txt
    /tmp/golden/bin/python tests/golden/soft_tf/make.py

Writes soft_tf.json beside this script; tests/soft_tf.rs and src/matching/soft_tf/tests.rs hold the library against it.
"""

import csv
import hashlib
import json
import string
from collections import Counter
from pathlib import Path

import numpy
import sklearn
import torch
import transformers
from sklearn.linear_model import Ridge
from sklearn.metrics import r2_score
from sklearn.model_selection import GridSearchCV, PredefinedSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
MODEL = ROOT / "data/models/crosslens-minilm-l6"
COLLECTION = ROOT / "data/collections/matching"
HEADS = [(1, 1), (2, 9)]
K1, B = 0.5, 0.9
QUERIES = ["q01", "q40", "q100"]
PENALTIES = [10 ** (half / 2) for half in range(-6, 11)]


def lines(name):
    return [json.loads(line) for line in (COLLECTION / name).read_text().splitlines()]


def text(document):
    return f"{document['title']} {document['text']}" if document.get("title") else document["text"]


class Weights:
    def __init__(self, tokenizer, table, documents):
        counts, lengths = Counter(), []
        for document in documents:
            pieces = tokenizer(text(document), add_special_tokens=False)["input_ids"]
            lengths.append(len(pieces))
            counts.update(set(pieces))
        self.average_length = float(numpy.mean(lengths))
        frequencies = numpy.zeros(len(table))
        for piece, count in counts.items():
            frequencies[piece] = count
        self.collection = numpy.log(1 + (len(documents) - frequencies + 0.5) / (frequencies + 0.5))
        occurring = frequencies > 0
        left = numpy.linalg.svd(table, full_matrices=False)[0][:, 0]
        own, wanted = left[occurring], self.collection[occurring]
        self.correlation = float(numpy.corrcoef(own, wanted)[0, 1])
        own_scaled = (left - own.mean()) / own.std() * numpy.sign(self.correlation)
        self.embedding = wanted.mean() + own_scaled * wanted.std()


def pair(model, tokenizer, weights, query, document):
    encoded = tokenizer(query["text"], text(document), return_tensors="pt", truncation="only_second", max_length=512)
    with torch.no_grad():
        output = model(**encoded, output_attentions=True)
    ids = encoded["input_ids"][0].tolist()
    first = ids.index(tokenizer.sep_token_id)
    last = len(ids) - 1
    inside = ids[first + 1:last]
    tokens, sums = [], Counter()
    for position in range(1, first):
        piece = tokenizer.convert_ids_to_tokens(ids[position])
        if all(letter in string.punctuation for letter in piece):
            continue
        rows = [output.attentions[layer][0, head, position].double() for layer, head in HEADS]
        soft = {
            "without": float(numpy.mean([row[first + 1:last].sum() for row in rows])),
            "with": float(numpy.mean([row[first + 1:].sum() for row in rows])),
        }
        count = inside.count(ids[position])
        idf = {"collection": weights.collection[ids[position]], "embedding": weights.embedding[ids[position]]}
        norm = K1 * (1 - B + B * len(inside) / weights.average_length)
        for name, weight in idf.items():
            sums[f"bm25 {name}"] += weight * count * (K1 + 1) / (count + norm)
            for sep, frequency in soft.items():
                sums[f"semantic_bm25 {name} {sep}"] += weight * frequency * (K1 + 1) / (frequency + norm)
        tokens.append({"position": position, "token": piece, "soft_tf": soft, "term_frequency": count, "idf": idf})
    return {"query_id": query["_id"], "doc_id": document["_id"], "score": float(output.logits[0, 0]),
            "document_length": len(inside), "tokens": tokens, "sums": dict(sums)}


def pairs():
    tokenizer = transformers.AutoTokenizer.from_pretrained(MODEL)
    model = transformers.AutoModelForSequenceClassification.from_pretrained(
        MODEL, attn_implementation="eager", dtype=torch.float32).eval()
    documents = lines("corpus.jsonl")
    table = model.bert.embeddings.word_embeddings.weight.detach().double().numpy()
    weights = Weights(tokenizer, table, documents)
    by_id = {document["_id"]: document for document in documents}
    queries = {query["_id"]: query for query in lines("queries.jsonl")}
    with open(COLLECTION / "qrels/all.tsv") as file:
        judged = [(row["query-id"], row["corpus-id"]) for row in csv.DictReader(file, delimiter="\t")]
    found = [pair(model, tokenizer, weights, queries[query], by_id[document])
             for query, document in judged if query in QUERIES]
    return {"average_length": weights.average_length, "correlation": abs(weights.correlation), "pairs": found}


def ridge():
    random = numpy.random.default_rng(7)
    x = random.normal(size=(60, 5)) * [1, 10, 0.1, 1, 0] + [0, 5, 1, 0, 3]
    x[:, 3] += x[:, 0]
    y = x @ [1.0, -0.2, 5.0, 0.5, 0.0] + random.normal(size=60) + 2
    folds = random.permutation(numpy.arange(40) % 4)
    fitted = []
    for penalty in [1e-3, 1.0, 31.6, 1e5]:
        pipeline = make_pipeline(StandardScaler(), Ridge(alpha=penalty)).fit(x[:40], y[:40])
        predicted = pipeline.predict(x[40:])
        fitted.append({"penalty": penalty, "coefficients": pipeline[-1].coef_.tolist(),
                       "intercept": float(pipeline[-1].intercept_), "predicted": predicted.tolist(),
                       "r_squared": r2_score(y[40:], predicted)})
    search = GridSearchCV(make_pipeline(StandardScaler(), Ridge()), {"ridge__alpha": PENALTIES},
                          scoring="neg_mean_squared_error", cv=PredefinedSplit(folds)).fit(x[:40], y[:40])
    return {"x": x.tolist(), "y": y.tolist(), "train": 40, "folds": folds.tolist(), "fitted": fitted,
            "chosen": search.best_params_["ridge__alpha"]}


def rounded(value):
    """Nine digits of what attention is in, of a tolerance of four."""
    if isinstance(value, dict):
        return {name: rounded(of) for name, of in value.items()}
    if isinstance(value, list):
        return [rounded(of) for of in value]
    return float(f"{value:.9g}") if isinstance(value, float) else value


def main():
    provenance = {
        "command": "python tests/golden/soft_tf/make.py", "numpy": numpy.__version__, "scikit-learn": sklearn.__version__,
        "torch": torch.__version__, "transformers": transformers.__version__,
        "checkpoint_sha256": hashlib.sha256((MODEL / "model.safetensors").read_bytes()).hexdigest(),
        "heads": [f"{layer}.{head}" for layer, head in HEADS], "k1": K1, "b": B,
        "tolerance": {"pairs": 1e-4, "ridge": 1e-9},
    }
    golden = {"provenance": provenance, **rounded(pairs()), "ridge": ridge()}
    (HERE / "soft_tf.json").write_text(json.dumps(golden) + "\n")


if __name__ == "__main__":
    main()
