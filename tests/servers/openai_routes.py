"""The route of OpenAI's protocol on which replies are asked for."""

import time
from typing import Any

from servers import openai_protocol as openai
from servers.fault import Fault
from servers.json_http import JsonHandler
from servers.wire import Exchange


class OpenAIRoutes(JsonHandler):
    """One connection to a protocol server; `spoil` does what goes wrong in a stream."""

    protocol: Any

    def spoil(self, fault: Fault) -> bool:
        """Do what goes wrong between two words; tell whether the stream is over."""
        raise NotImplementedError

    def openai_chat(self, body: dict[str, Any]) -> None:
        if self.protocol.only_listed and body["model"] not in self.protocol.listed:
            self.send(openai.refusal("no such model"), 404)
            return
        fault = self.protocol.no_schema if "response_format" in body else None
        if fault is None:
            fault = self.protocol.faults.pop(0) if self.protocol.faults else Fault("none")
        if fault.kind == "stall":
            time.sleep(fault.seconds)
        if fault.kind == "error":
            self.send(openai.refusal(fault.text), fault.status)
        else:
            self.openai_reply(body, fault)

    def openai_reply(self, body: dict[str, Any], fault: Fault) -> None:
        text = self.protocol.next_reply(body)
        if isinstance(text, Exchange):
            self.play(text)
            return
        read = openai.tokens_read(body, self.protocol.window, self.protocol.keeps_whole)
        if not body.get("stream"):
            self.send(openai.completion(body, text, read))
            return
        self.begin_stream("text/event-stream")
        for n, event in enumerate(openai.events(body, text, read)):
            if n and self.spoil(fault):
                return
            self.chunk(event)
        self.end_stream()
