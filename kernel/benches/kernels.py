"""Times the first cells of kernels; started by kernels.rs, which makes the kernels known to Jupyter."""

import argparse
import os
import statistics
import sys
import time

from jupyter_client.manager import start_new_kernel

PATIENCE = 3600
START = "launch to the end of the first cell"
CELLS = [
    ("`1 + 1`", "1 + 1"),
    ("first `let`", "let layers = 6;"),
    ("second `let`", 'let frame = df!("layer" => [0u32, 1], "head" => [0u32, 1], "effect" => [0.5, 0.25])?;'),
    ("frame", "frame"),
    ("chart", 'heatmap(&frame, "effect", "Effects")?'),
    ("panic", 'panic!("on purpose")'),
]
KERNELS = {
    "ours": "crosslens",
    "stock, kept folder": "stock-folder",
    "stock, `:cache`": "stock-cache",
    "stock": "stock",
}


def measure(kernel_name, idle):
    """Seconds for the start and for each cell; a pause after the first, as a reader would make."""
    begin = time.monotonic()
    manager, client = start_new_kernel(kernel_name=kernel_name, startup_timeout=PATIENCE)
    try:
        times = {}
        client.execute_interactive("1 + 1", timeout=PATIENCE, output_hook=lambda message: None)
        times[START] = time.monotonic() - begin
        time.sleep(idle)
        for name, code in CELLS:
            begin = time.monotonic()
            reply = client.execute_interactive(code, timeout=PATIENCE, output_hook=lambda message: None)
            times[name] = time.monotonic() - begin
            # The stock kernel says that a panic is well.
            if name != "panic" and reply["content"]["status"] != "ok":
                sys.exit(f"{kernel_name} cannot execute {code}: {reply['content']}")
        return times
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=False)


def main():
    parser = argparse.ArgumentParser(prog="cargo bench -p crosslens-kernel --")
    parser.add_argument("--rounds", type=int, default=5, help="measurements per kernel; the median counts")
    parser.add_argument("--plain-rounds", type=int, default=1, help="the same for the stock kernel, minutes each")
    parser.add_argument("--idle", type=float, default=10, help="seconds between the first cell and the others")
    parser.add_argument("--skip", action="append", default=[], choices=KERNELS.values(), help="a kernel to leave out")
    options = parser.parse_args()
    kernels = {name: kernel_name for name, kernel_name in KERNELS.items() if kernel_name not in options.skip}
    rounds = {name: options.plain_rounds if name == "stock" else options.rounds for name in kernels}
    measured = {name: [] for name in kernels}
    # Fills the folder and the cache that later starts find.
    for name in [name for name in ("stock, kept folder", "stock, `:cache`") if name in kernels]:
        filled = measure(KERNELS[name], 0)
        print(f"filling ({name}): {filled[START]:.1f} s", file=sys.stderr)
    for number in range(max(rounds.values())):
        for name, kernel_name in kernels.items():
            if number < rounds[name]:
                measured[name].append(measure(kernel_name, options.idle))
                told = ", ".join(f"{step} {seconds:.2f}" for step, seconds in measured[name][-1].items())
                print(f"round {number + 1}, {name}: {told}", file=sys.stderr)
    print(f"Medians in seconds, {os.cpu_count()} cores; runs: " + ", ".join(f"{n} {r}" for n, r in rounds.items()))
    names = [name for name in kernels if measured[name]]
    print("\n| | " + " | ".join(names) + " |\n| --- |" + " ---: |" * len(names))
    for step in [START, *(name for name, _ in CELLS)]:
        medians = [statistics.median(times[step] for times in measured[name]) for name in names]
        cells = [f"{medians[0]:.2f}"] + [f"{median:.2f} ({median / medians[0]:.1f}×)" for median in medians[1:]]
        print(f"| {step} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
