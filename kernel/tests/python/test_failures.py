"""Every way to fail is an error, and the next cell works."""

from client import KernelCase

FAILURES = [
    ("let a: i32 = 1;\nlet b: i32 = \"x\";", "E0308", "mismatched", "cell {count}:2:"),
    ("let a = 1;\npanic!(\"boom {a}\");", "Panic", "boom 1", "line 2: panic!"),
    ("std::thread::spawn(|| panic!(\"in a thread\")).join().unwrap();", "Panic", "unwrap()", "in a thread"),
    ("Head::new(0, 0).to_string().parse::<u8>()?;", "Error", "invalid digit", ""),
    ("CrossEncoder::embedded()?.ablate(Head::new(9, 9)).over(&Collection::embedded()?.pairs_for(\"q01\")?)?;", "Error", "head 9.9 does not exist", ""),
    ("let kept = vec![1, 2, 3];\nlet missing = vec![1][kept.len()];", "Panic", "index out of bounds", "line 2"),
]
ENDINGS = [
    ("std::process::exit(3);", "ProcessExit", "exit status: 3"),
    ("std::process::abort();", "ProcessAborted", "SIGABRT"),
    ("fn down(n: u64) -> u64 { std::hint::black_box(if n == u64::MAX { 0 } else { 1 + down(n + 1) }) }\ndown(0)", "StackOverflow", ""),
    ("std::process::Command::new(\"sh\").args([\"-c\", &format!(\"kill -SEGV {0}\", std::process::id())]).status();\nloop { std::thread::sleep(std::time::Duration::from_millis(10)); }", "SegmentationFault", ""),
    ("std::process::Command::new(\"sh\").args([\"-c\", &format!(\"kill -KILL {0}\", std::process::id())]).status();\nloop { std::thread::sleep(std::time::Duration::from_millis(10)); }", "ProcessKilled", "SIGKILL"),
]


class Failures(KernelCase):
    def test_variables_survive_what_the_process_survives(self):
        self.execute("let kept_by_all = String::from(\"kept\");")
        for code, name, value, shown in FAILURES:
            with self.subTest(code=code):
                reply, published = self.execute(code)
                self.assertEqual((reply["status"], reply["ename"]), ("error", name), reply)
                self.assertIn(value, reply["evalue"])
                count = reply["execution_count"]
                self.assertIn(shown.format(count=count), "\n".join(reply["traceback"]))
                errors = [message["content"] for message in published if message["msg_type"] == "error"]
                self.assertEqual([error["evalue"] for error in errors], [reply["evalue"]], "it is told once")
                self.assertNotIn(value, self.printed(published, "stderr"))
                self.assertEqual(self.shown("kept_by_all"), "\"kept\"")

    def test_what_a_dead_process_lost_is_named_and_the_next_cell_works(self):
        for code, name, value in ENDINGS:
            with self.subTest(code=code):
                self.execute("let lost_one = 1; let lost_two = 2;")
                reply, _ = self.execute(code)
                self.assertEqual((reply["status"], reply["ename"]), ("error", name), reply)
                self.assertIn(value, reply["evalue"])
                self.assertIn("lost_one", reply["evalue"])
                self.assertIn("lost_two", reply["evalue"])
                self.assertEqual(self.shown("Head::new(1, 2)"), "Head { layer: 1, head: 2 }")

    def test_words_alone_are_no_failure(self):
        for code in ["println!(\"EVCXR_PANIC_ panicked at\");", "eprintln!(\"thread 'main' panicked at src/lib.rs:1:1:\");",
                     "std::panic::catch_unwind(|| panic!(\"caught\")).is_err()"]:
            reply, _ = self.execute(code)
            self.assertEqual(reply["status"], "ok", reply)

    def test_an_error_aborts_the_cells_behind_it(self):
        requests = [self.client.execute(code) for code in ["panic!(\"first\");", "1", "2"]]
        self.assertEqual([self.reply(request)["status"] for request in requests], ["error", "aborted", "aborted"])
        requests = [self.client.execute("panic!(\"first\");", stop_on_error=False), self.client.execute("1")]
        self.assertEqual([self.reply(request)["status"] for request in requests], ["error", "ok"])
