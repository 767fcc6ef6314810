"""crosslens beside PyTorch and ONNX Runtime: pairs per second on the embedded model, the same pairs in the same minute.

From the repository's root:

    python3 -m venv /tmp/peers && /tmp/peers/bin/pip install -r benches/peers/requirements.txt
    /tmp/peers/bin/python benches/peers/peers.py

Prints a table in Markdown: medians, and what crosslens does of each peer's. Tokenising counts for crosslens, not for the
peers, which get the token ids.
"""

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import onnxruntime
import torch
from transformers import AutoModelForSequenceClassification, PreTrainedTokenizerFast

ROOT = Path(__file__).resolve().parents[2]
MODEL = ROOT / "data/models/crosslens-minilm-l6"
# Pairs at once, tokens of each.
SIZES = [(16, 128), (1, 128), (8, 256), (32, 64)]
QUERY = "which of the two ways is better"

torch.set_grad_enabled(False)
tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(MODEL / "tokenizer.json"), pad_token="[PAD]", cls_token="[CLS]",
                                    sep_token="[SEP]", unk_token="[UNK]", mask_token="[MASK]",
                                    model_input_names=["input_ids", "token_type_ids", "attention_mask"])


def open_model(attention):
    return AutoModelForSequenceClassification.from_pretrained(MODEL, attn_implementation=attention,
                                                              dtype=torch.float32).eval()


def pairs_of(count, tokens):
    """Pairs of so many tokens, special ones included; every word is one piece."""
    words = ("the way that we take will lead over a hill and down to the sea where boats lie in the sun " * 40).split()
    missing = tokens - len(tokenizer(QUERY, "the")["input_ids"]) + 1
    pairs = [(QUERY, " ".join(words[at:at + missing])) for at in range(count)]
    assert all(len(tokenizer(*pair)["input_ids"]) == tokens for pair in pairs)
    return pairs


def real_pairs():
    """Every fourth judged pair of the embedded collection, with its own length."""
    folder = ROOT / "data/collections/matching"
    read = lambda name: {one["_id"]: one for one in map(json.loads, (folder / name).read_text().splitlines())}
    queries, documents = read("queries.jsonl"), read("corpus.jsonl")
    judged = [line.split("\t")[:2] for line in (folder / "qrels/test.tsv").read_text().splitlines()[1:]]
    text = lambda document: f"{document.get('title', '')} {document['text']}".strip()
    return [(queries[query]["text"], text(documents[document])) for query, document in judged[::4]]


def batches(pairs, size):
    """Padded batches of pairs of like length, as a careful user makes them."""
    by_length = sorted(pairs, key=lambda pair: len(tokenizer(*pair)["input_ids"]))
    return [tokenizer(*map(list, zip(*by_length[at:at + size])), padding=True, return_tensors="pt")
            for at in range(0, len(by_length), size)]


def median(seconds, run):
    run()
    times, begin = [], time.monotonic()
    while len(times) < 3 or time.monotonic() - begin < seconds:
        start = time.monotonic()
        run()
        times.append(time.monotonic() - start)
    return statistics.median(times)


def export(model, path):
    example = tokenizer("a", "b", return_tensors="pt")
    names = ["input_ids", "token_type_ids", "attention_mask"]
    axes = {name: {0: "pair", 1: "token"} for name in names}

    class Logit(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, input_ids, token_type_ids, attention_mask):
            return self.model(input_ids=input_ids, token_type_ids=token_type_ids,
                              attention_mask=attention_mask).logits

    torch.onnx.export(Logit(), tuple(example[name] for name in names), path, input_names=names,
                      output_names=["logit"], dynamic_axes=axes, dynamo=False)
    return onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3, help="rounds in which every engine runs once")
    parser.add_argument("--seconds", type=float, default=2, help="for each engine, size and round")
    parser.add_argument("--profile", default="bench", help="cargo's profile; dev is what the tests have compiled")
    options = parser.parse_args()
    sdpa, eager = open_model("sdpa"), open_model("eager")
    work = {f"{count} × {tokens}": (pairs_of(count, tokens), count) for count, tokens in SIZES}
    work["real lengths"] = (real_pairs(), 16)
    with tempfile.TemporaryDirectory() as folder:
        onnx = export(sdpa, str(Path(folder) / "model.onnx"))
        asked = Path(folder) / "pairs.json"
        asked.write_text(json.dumps({name: pairs for name, (pairs, _) in work.items()}))
        made = {name: batches(pairs, size) for name, (pairs, size) in work.items()}
        engines = {
            "PyTorch": lambda batch: sdpa(**batch).logits,
            "PyTorch with attentions": lambda batch: eager(**batch, output_attentions=True).attentions,
            "ONNX Runtime": lambda batch: onnx.run(None, {name: value.numpy() for name, value in batch.items()}),
        }
        rates = {name: {} for name in work}
        for _ in range(options.rounds):
            command = ["cargo", "bench", "--quiet", "--profile", options.profile, "--bench", "sizes", "--", str(asked),
                       str(options.seconds)]
            told = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
            for line in filter(lambda line: line.startswith("{"), told.splitlines()):
                ours = json.loads(line)
                rates[ours["name"]].setdefault("crosslens", []).append(ours["score"])
                rates[ours["name"]].setdefault("crosslens with masses", []).append(ours["attention"])
            for name, (pairs, _) in work.items():
                for engine, run in engines.items():
                    seconds = median(options.seconds, lambda: [run(batch) for batch in made[name]])
                    rates[name].setdefault(engine, []).append(len(pairs) / seconds)
    columns = ["crosslens", "crosslens with masses", *engines]
    print(f"Pairs per second, medians of {options.rounds} rounds, {os.cpu_count()} cores; in brackets crosslens' (for "
          "attentions: with masses) over theirs\n")
    print("| pairs × tokens | " + " | ".join(columns) + " |\n| --- |" + " ---: |" * len(columns))
    for name in work:
        of = {column: statistics.median(rates[name][column]) for column in columns}
        theirs = [f"{of[peer]:.0f} ({of['crosslens with masses' if 'attentions' in peer else 'crosslens'] / of[peer]:.2f}×)"
                  for peer in engines]
        print(f"| {name} | {of['crosslens']:.0f} | {of['crosslens with masses']:.0f} | " + " | ".join(theirs) + " |")


if __name__ == "__main__":
    main()
