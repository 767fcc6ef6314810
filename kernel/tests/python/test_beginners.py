"""Mistakes of those who are new to Rust: the message says what to write instead, and that works to the letter."""

import re
import unittest

from client import PATIENCE, KernelCase

SETUP = """\
let model = CrossEncoder::embedded()?;
let tests = Collection::embedded()?;
let pairs = tests.pairs_for("q01")?;
let names = vec![String::from("a"), String::from("b")];
let depth = 3;
let scored = model.score(&pairs)?;
let effects = df!("layer" => [0u32, 0], "head" => [0u32, 1], "nDCG@10_effect" => [0.1, 0.2])?;"""

# The cell, its line with the mistake, and words that help; the mended cell must run.
MENDED = [
    # A variable that borrows another one.
    ("let one = 1;\nlet first = &names[0];", 2, ["`first` cannot borrow", "live on from cell to cell"]),
    ("let some: &[String] = &names[..1];", 1, ["`some` cannot borrow"]),
    ("let all = names.iter();", 1, ["`all` cannot borrow"]),
    ("let score = scored.column(\"score\")?;", 1, ["`score` cannot borrow"]),
    # A moved variable.
    ("let a = String::from(\"x\");\nlet b = a;\nprintln!(\"{a}\");", 2, ["borrow of moved value: `a`", "has moved there"]),
    # A missing `?`.
    ("let again = CrossEncoder::embedded();\nagain.score(&pairs)?", 2, ["either a value or an error", "`?`"]),
    ("println!(\"{}\", model.score(&pairs));", 1, ["either a value or an error", "`?`"]),
    # What has no form for readers.
    ("println!(\"{}\", names);", 1, ["no form for readers", "`{:?}`"]),
    ("println!(\"{model}\");", 1, ["no form for readers", "`{:?}`"]),
    ("println!(\"{}\", CrossEncoder::embedded());", 1, ["either a value or an error"]),
    ("struct Point { x: i32 }\nlet p = Point { x: 1 };\np", 1, ["derive(Debug)"]),
    # Wrong names.
    ("let title = \"Which?\";\nheatmap(&effects, \"ndcg_effect\", title)?", 2, ["there is no column \"ndcg_effect\"", "There is layer, head, nDCG@10_effect"]),
    ("scored.column(\"scor\")?", 1, ["not found: \"scor\"", "query_id, doc_id, score"]),
    ("let best = scored.sort([\"scores\"], Default::default())?;", 1, ["There is query_id, doc_id, score"]),
    ("model.scores(&pairs)?", 1, ["no method named `scores`", "similar name"]),
    ("heat_map(&effects, \"nDCG@10_effect\", \"Which?\")?", 1, ["cannot find function `heat_map`", "similar name"]),
    ("modle.score(&pairs)?", 1, ["cannot find value `modle`", "similar name"]),
    ("tests.run(\"bm52\")?", 1, ["there is no run \"bm52\"", "did you mean \"bm25\"?"]),
    # A missing semicolon, bracket, `let`, `mut`, `&`, `!`, `()`.
    ("let x = 1\nlet y = 2;", 1, ["needs a `;`"]),
    ("let x = 1\nprintln!(\"{x}\")", 1, ["needs a `;`"]),
    ("println!(\"a\")\nprintln!(\"b\")", 1, ["needs a `;`"]),
    ("for i in 0..3 {\n    println!(\"{i}\");", 2, ["`}` closes it"]),
    ("third = 3;", 1, ["begins with `let`"]),
    ("let v = vec![1];\nv.push(2);", 1, ["mut"]),
    ("names.push(String::from(\"c\"));", 1, ["declare `names` anew", "mut"]),
    ("heatmap(effects, \"nDCG@10_effect\", \"Which?\")?", 1, ["expected `&DataFrame`", "lend it with `&`"]),
    ("model.score(pairs)?", 1, ["lend it with `&`"]),
    ("println(\"a\");", 1, ["`!`"]),
    ("let n = names.len;", 1, ["parentheses"]),
    # Numbers.
    ("let half = 1 / 2.0;", 1, ["cannot divide `{integer}` by `{float}`", "do not mix"]),
    ("let part = depth * 0.5;", 1, ["cannot multiply", "do not mix"]),
    ("let mean = 0.5 + names.len();", 1, ["cannot add", "do not mix"]),
    ("let n: f64 = 1;", 1, ["expected `f64`", "by itself"]),
    ("fn twice(x: f64) -> f64 { 2.0 * x }\ntwice(3)", 2, ["expected `f64`", "by itself"]),
    ("names[depth - 2]", 1, ["cannot be indexed by `i32`", "`usize`"]),
    ("let name: String = \"a\";", 1, ["expected `String`", "conversion"]),
    ("let v = Vec::new();", 1, ["type", "Vec<f64>"]),
    # A plan that is not executed.
    ("scored.clone().lazy().filter(col(\"score\").gt(lit(0.0)))", 1, ["LazyFrame", "only the plan"]),
    # Crates.
    ("use humantime::format_duration;\nformat_duration(std::time::Duration::from_secs(61)).to_string()", 1, ["no crate `humantime`", "`:dep`"]),
    # Python.
    ("let good = True;", 1, ["`true`"]),
    ("let name = 'abc';", 1, ["double quotes"]),
    ("let n = len(&names);", 1, ["`value.len()`"]),
]

# The cell, its line where it is known, and words that help.
TOLD = [
    ("let a = 1;\nmodel.pattern(&pairs[0], Head::new(9, 9))?;\nlet b = 2;", 2, ["head 9.9 does not exist", "layers 0-5 with heads 0-11"]),
    ("let head: Head = \"nine\".parse()?;", 1, ["write it as layer.head", "4.9"]),
    ("let two = df!(\"b\" => [1])?;\ntwo.column(\"x\")?;", 2, ["not found: \"x\"", "get_column_names()"]),
    ("use ndarray::Array2;", None, ["no crate `ndarray`", ":dep ndarray = \"*\""]),
    ("let a = 1; names[7].clone()", 1, ["the len is 2 but the index is 7"]),
    ("let f = |x: f64| x + 1.0;", None, ["closure", "Box"]),
    ("import numpy as np", 1, ["this is Python", "use name::of::what"]),
    ("def f(x): return x", 1, ["this is Python", "fn name"]),
    ("let grüße = \"ä→\" + 1;", 1, ["cannot add `{integer}` to `&str`", "let grüße = \"ä→\" + 1;"]),
    ("CrossEncoder::open(\"nowhere\")?", 1, ["nowhere: not found", "model.safetensors"]),
]

COLOUR = re.compile(r"\x1b\[[0-9;]*m")
MEND = re.compile(r"^write line (\d+)(?: of cell (\d+))? as:\n((?:    .*\n?)+)", re.MULTILINE)
PLACE = re.compile(r"cell (\d+):(\d+):\d+|--> cell (\d+), line (\d+)|write line (\d+) as|help: line (\d+)")


def mended(code, said):
    """The cell as the message says it should be, and the number of the cell if it is another one."""
    found = MEND.search(said)
    if not found:
        return None, None
    line, cell, text = found.groups()
    lines = code.splitlines()
    lines[int(line) - 1] = "\n".join(new[4:] for new in text.splitlines())
    return "\n".join(lines), cell and int(cell)


class Beginners(KernelCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.client.execute_interactive(SETUP, timeout=PATIENCE, output_hook=lambda _: None)

    def refused(self, code):
        """What is said of a cell that must fail."""
        reply, _ = self.execute(code)
        self.assertEqual(reply["status"], "error", f"{code}\nis no mistake any more")
        return COLOUR.sub("", "\n".join(reply["traceback"])), reply["execution_count"]

    def assert_place(self, said, line, count):
        """The line of the cell is named, and no line of what the evaluator makes of it."""
        named = {int(place) for found in PLACE.findall(said) for place in (found[1], found[3], found[4], found[5]) if place}
        self.assertIn(line, named, said)
        self.assertLessEqual({cell for found in PLACE.findall(said) for cell in (found[0], found[2]) if cell}, {str(count)})

    def test_what_is_told_mends_the_cell(self):
        for code, line, words in MENDED:
            with self.subTest(code=code):
                said, count = self.refused(code)
                for word in words:
                    self.assertIn(word, said)
                self.assert_place(said, line, count)
                better, cell = mended(code, said)
                self.assertIsNotNone(better, f"nothing to write instead:\n{said}")
                self.assertIsNone(cell)
                # Two mistakes in one cell are told one after the other.
                for _ in range(2):
                    reply, _ = self.execute(better)
                    if reply["status"] == "ok":
                        break
                    said = COLOUR.sub("", "\n".join(reply["traceback"]))
                    better = mended(better, said)[0] or better
                self.assertEqual(reply["status"], "ok", f"{better}\n{reply.get('evalue')}\n{said}")

    def test_what_cannot_be_mended_by_rule_is_told_with_its_place(self):
        for code, line, words in TOLD:
            with self.subTest(code=code):
                said, count = self.refused(code)
                for word in words:
                    self.assertIn(word, said)
                self.assertNotIn("src/lib.rs", said.replace("panicked at src/lib.rs", ""))
                if line:
                    self.assert_place(said, line, count)

    def test_a_variable_that_an_earlier_cell_moved_away(self):
        for taking, using in [
            ("let kept = 1;\nlet moved = words;", "words.len()"),
            ("let plan = words.into_iter().count();", "println!(\"{words:?}\");"),
        ]:
            with self.subTest(taking=taking):
                making = "let words = vec![String::from(\"a\")];"
                self.execute(making)
                reply, _ = self.execute(taking)
                taker = reply["execution_count"]
                said, _ = self.refused(using)
                self.assertIn(f"cell {taker} moved `words` away", said)
                better, cell = mended(taking, said)
                self.assertEqual(cell, taker)
                for code in [making, better, using]:
                    self.assertEqual(self.execute(code)[0]["status"], "ok", f"{code}\n{said}")

    def test_a_result_shows_its_value_or_what_to_do(self):
        self.assertIn("doc_id", self.shown("model.score(&pairs)"))
        self.assertIn("nDCG@10_effect of 2 heads", self.shown("heatmap(&effects, \"nDCG@10_effect\", \"Which?\")"))
        shown = self.shown("heatmap(&effects, \"x\", \"Which?\")")
        self.assertIn("there is no column \"x\"", shown)
        self.assertIn("help: write `?`", shown)

    def test_a_mistake_is_told_at_once(self):
        """Errors of which the type is not known were found by compiling all dependencies, for minutes."""
        reply, _ = self.execute("let unknown = 1 / 2.0;")
        self.assertEqual(reply["ename"], "E0277")


if __name__ == "__main__":
    unittest.main()
