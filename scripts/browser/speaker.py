"""Somebody who chats without a browser: JSON-RPC over TCP, a line each. For those whom the checks only hear of."""
import json
import socket

PASSWORD = "correct horse"


class Speaker:
    def __init__(self, address, name):
        host, port = address.rsplit(":", 1)
        self._socket = socket.create_connection((host, int(port)), timeout=30)
        self._lines = self._socket.makefile("r", encoding="utf-8")
        self.call("register", name=name, password=PASSWORD)
        self.id = self.call("login", name=name, password=PASSWORD)["user"]["id"]

    def call(self, method, **params):
        """The result; a refusal is an error. Pushes are passed over."""
        self._socket.sendall(json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode() + b"\n")
        for line in self._lines:
            answer = json.loads(line)
            if answer.get("id") == 1:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
        raise ConnectionError(f"no answer to {method}")

    def close(self):
        self._socket.close()
