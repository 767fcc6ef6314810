"""jupyter_kernel_test, in full."""

import unittest

import jupyter_kernel_test


class Conformance(jupyter_kernel_test.KernelTests):
    kernel_name = "crosslens"
    language_name = "Rust"
    file_extension = ".rs"
    code_hello_world = 'println!("hello, world");'
    code_stderr = 'eprintln!("oops");'
    completion_samples = [{"text": "let numbers: Vec<i32> = Vec::new(); numbers.is_emp", "matches": {"is_empty()"}}]
    complete_code_samples = ["1 + 1", "let x = 1;", "fn f() {}"]
    incomplete_code_samples = ["fn f() {", "let x ="]
    invalid_code_samples = [")", "let = 2;"]
    code_page_something = None
    code_generate_error = 'panic!("boom");'
    code_execute_result = [{"code": "6 * 7", "result": "42"}]
    code_display_data = [
        {"code": 'show(&df!("layer" => [0u32])?);', "mime": "text/html"},
        {
            "code": 'show(&heatmap(&df!("layer" => [0u32, 1], "head" => [0u32, 0], "effect" => [-1.0, 2.0])?, "effect", "t")?);',
            "mime": "image/svg+xml",
        },
    ]
    code_history_pattern = "6 *?7*"
    supported_history_operations = ("tail", "range", "search")
    code_inspect_sample = "CrossEncoder"
    code_clear_output = "clear_output(false);"


if __name__ == "__main__":
    unittest.main()
