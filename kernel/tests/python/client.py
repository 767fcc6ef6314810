"""One kernel for all tests of a file, and what a test asks of it."""

import time
import unittest

from jupyter_client.manager import start_new_kernel

PATIENCE = 120


class KernelCase(unittest.TestCase):
    kernel_name = "crosslens"

    @classmethod
    def setUpClass(cls):
        cls.manager, cls.client = start_new_kernel(kernel_name=cls.kernel_name, startup_timeout=PATIENCE)

    @classmethod
    def tearDownClass(cls):
        cls.client.stop_channels()
        cls.manager.shutdown_kernel(now=False)

    def messages(self, request, timeout=PATIENCE):
        """What the kernel publishes for a request, with the time of each, up to its idle."""
        end = time.monotonic() + timeout
        while True:
            message = self.client.get_iopub_msg(timeout=max(0.1, end - time.monotonic()))
            if message["parent_header"].get("msg_id") != request:
                continue
            yield message
            if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
                return

    def reply(self, request, timeout=PATIENCE):
        while True:
            message = self.client.get_shell_msg(timeout=timeout)
            if message["parent_header"].get("msg_id") == request:
                return message["content"]

    def execute(self, code, **options):
        """The reply and what was published, status messages left out."""
        request = self.client.execute(code, **options)
        published = [message for message in self.messages(request) if message["msg_type"] != "status"]
        return self.reply(request), published

    def shown(self, code, **options):
        """The plain text of the value of a cell that must not fail."""
        reply, published = self.execute(code, **options)
        self.assertEqual(reply["status"], "ok", reply)
        results = [message["content"] for message in published if message["msg_type"] == "execute_result"]
        return results[-1]["data"]["text/plain"] if results else None

    def printed(self, published, name="stdout"):
        streams = [m["content"] for m in published if m["msg_type"] == "stream"]
        return "".join(stream["text"] for stream in streams if stream["name"] == name)
