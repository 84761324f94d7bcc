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
        answer = self._answer()
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        return answer["result"]

    def tell(self, to, texts):
        """Many direct messages at once: all are on their way before the first is answered."""
        requests = [{"jsonrpc": "2.0", "id": number, "method": "chat", "params": {"to": to, "text": text}} for number, text in enumerate(texts)]
        self._socket.sendall(b"".join(json.dumps(request).encode() + b"\n" for request in requests))
        answers = [self._answer() for _ in requests]
        if refused := [answer["error"] for answer in answers if "error" in answer]:
            raise RuntimeError(f"chat: {refused[0]}")

    def _answer(self):
        while "id" not in (answer := json.loads(self._lines.readline())):
            pass
        return answer

    def close(self):
        self._socket.close()
