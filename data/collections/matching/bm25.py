"""Writes bm25.run: for each query the documents that share a term with it, the best 50 by BM25, in TREC's format.

    python3 -m venv venv && venv/bin/pip install -r requirements.txt && venv/bin/python bm25.py

k1 = 0.9, b = 0.4 (Lucene's formula), English stop words of bm25s, Snowball's English stemmer. Scores are rounded to
four decimals before they are ordered, equal ones by document id downwards (as trec_eval does), so that the file is the
same on every machine.
"""

import json
from pathlib import Path

import bm25s
import Stemmer

HERE = Path(__file__).parent
DEPTH = 50


def entries(name):
    return [json.loads(line) for line in (HERE / name).read_text(encoding="utf-8").splitlines()]


def tokens(texts):
    return bm25s.tokenize(
        texts, stopwords="en", stemmer=Stemmer.Stemmer("english"), return_ids=False, show_progress=False
    )


documents, queries = entries("corpus.jsonl"), entries("queries.jsonl")
index = bm25s.BM25(method="lucene", k1=0.9, b=0.4)
index.index(tokens([f"{d['title']} {d['text']}".strip() for d in documents]), show_progress=False)

lines = []
for query, terms in zip(queries, tokens([query["text"] for query in queries])):
    scores = [round(float(score), 4) for score in index.get_scores(terms)]
    ranked = sorted(((score, d["_id"]) for score, d in zip(scores, documents) if score > 0), reverse=True)[:DEPTH]
    for rank, (score, doc_id) in enumerate(ranked, 1):
        lines.append(f"{query['_id']} Q0 {doc_id} {rank} {score:.4f} bm25\n")

(HERE / "bm25.run").write_text("".join(lines), encoding="utf-8", newline="\n")
