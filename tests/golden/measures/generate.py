"""Writes judgements.qrels, system.run and measures.json: what trec_eval says about a run that is full of hard cases.

    python3 -m venv venv && venv/bin/pip install -r requirements.txt && venv/bin/python generate.py

Many tied scores, grades from -2 to 4, unjudged documents, rankings shorter than the depth and longer, ids whose order
as text is not their order as numbers, queries without relevant documents, without judgements and without a ranking.
Scores are multiples of 1/4: trec_eval holds them in 32 bits, where closer ones would be ties. Every query has a grade
of 0 or more: trec_eval crashes on a query that has none.
"""

import json
import platform
import random
from importlib.metadata import version
from pathlib import Path

import pytrec_eval

HERE = Path(__file__).parent
DEPTHS = [1, 3, 5, 10, 100]
rng = random.Random(2507)

judgements, run = {}, {}
for number in range(1, 41):
    query = f"q{number}"
    documents = [f"d{n}" for n in range(1, 151)]
    judged = rng.sample(documents, rng.choice([1, 4, 12, 40]))
    grades = [-2, -1, 0] if number % 10 == 0 else [-2, -1, 0, 0, 1, 2, 3, 4]
    found = rng.sample(judged, rng.randint(0, len(judged)))
    ranked = sorted({*found, *rng.sample(documents, rng.choice([2, 7, 30, 120]))})
    levels = rng.choice([1, 3, 10, 1000])
    if number % 13:
        judgements[query] = {document: rng.choice(grades) for document in judged}
        judgements[query][judged[0]] = max(0, judgements[query][judged[0]])
    if number % 11:
        run[query] = {document: rng.randrange(-levels, levels) / 4 for document in ranked}

(HERE / "judgements.qrels").write_text(
    "".join(f"{q} 0 {d} {g}\n" for q, documents in judgements.items() for d, g in documents.items())
)
(HERE / "system.run").write_text(
    "".join(f"{q} Q0 {d} {n} {s} system\n" for q, ds in run.items() for n, (d, s) in enumerate(ds.items(), 1))
)

cuts = ",".join(map(str, DEPTHS))
results = pytrec_eval.RelevanceEvaluator(judgements, {f"ndcg_cut.{cuts}", "recip_rank", "map"}).evaluate(run)
measures = {}
for query in judgements:
    # As `trec_eval -c`, which this binding does not offer: a judged query without a ranking counts 0.
    of = results.get(query, {})
    row = {f"nDCG@{k}": of.get(f"ndcg_cut_{k}", 0.0) for k in DEPTHS}
    # trec_eval has no depth for the reciprocal rank: beyond it there is nothing.
    first = of.get("recip_rank", 0.0)
    row |= {f"MRR@{k}": first if first >= 1 / k - 1e-12 else 0.0 for k in DEPTHS}
    measures[query] = row | {"AP": of.get("map", 0.0)}

provenance = {
    "command": "python generate.py",
    "python": platform.python_version(),
    "pytrec_eval-terrier": version("pytrec_eval-terrier"),
    "tolerance": 1e-6,
}
(HERE / "measures.json").write_text(json.dumps({"provenance": provenance, "measures": measures}, indent=1) + "\n")
