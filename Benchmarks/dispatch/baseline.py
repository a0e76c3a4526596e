#!/usr/bin/env python3
"""The other side of the dispatch benchmark: a plain asyncio executor of a fallback chain.

Per payload, on the success path: a context with the SHA-256 of the payload as its key, the check
of its size against the memory budget, the breaker asked, the handler awaited (it returns its
payload), the success recorded and logged with batch, tier and attempt. Logging is off: the call is
made, nothing is written. The payloads are made beforehand, which spares this side the making of each.

usage: baseline.py [PAYLOAD_BYTES ...]     (64 and 1024 when none is given)
Prints a JSON object a size, each on a line.
"""

import asyncio
import hashlib
import json
import logging
import sys
import time
from dataclasses import dataclass, field
from enum import Enum

LOG = logging.getLogger(__name__)
logging.disable(logging.CRITICAL)

WARM_UP = 10_000
ROUNDS = 200_000
MEMORY_BUDGET = 512 * 1024 * 1024


class Tier(Enum):
    PRIMARY = 1
    COERCE = 2
    PERSIST = 3


class BreakerOpen(Exception):
    """The tier's breaker lets no call through."""


class Drift(Exception):
    """The payload does not meet its contract."""


class Exhausted(Exception):
    """No tier could take the payload."""


@dataclass
class Context:
    batch_id: str
    payload: bytes
    tier: Tier = Tier.PRIMARY
    attempt: int = 0
    attempts: int = 3
    key: str = ""
    state: dict = field(default_factory=dict)

    def __post_init__(self):
        self.key = hashlib.sha256(self.payload).hexdigest()[:16]


class Breaker:
    def __init__(self, threshold=5, recovery=30.0):
        self.threshold = threshold
        self.recovery = recovery
        self.failures = 0
        self.last_failure = 0.0
        self.state = "closed"

    def allows(self):
        if self.state == "closed":
            return True
        if self.state == "open" and time.monotonic() - self.last_failure > self.recovery:
            self.state = "half_open"
        return self.state == "half_open"

    def succeeded(self):
        self.failures = 0
        self.state = "closed"

    def failed(self):
        self.failures += 1
        self.last_failure = time.monotonic()
        if self.failures >= self.threshold:
            self.state = "open"


class Chain:
    def __init__(self, handlers):
        self.handlers = handlers
        self.breakers = {tier: Breaker() for tier in Tier}

    async def check_memory(self, context):
        if len(context.payload) > MEMORY_BUDGET:
            raise MemoryError(f"{len(context.payload)} bytes are more than {MEMORY_BUDGET}")

    async def run_tier(self, context, handler):
        breaker = self.breakers[context.tier]
        if not breaker.allows():
            raise BreakerOpen(context.tier.name)
        try:
            result = await handler(context)
        except Exception:
            breaker.failed()
            raise
        breaker.succeeded()
        LOG.info(
            "taken",
            extra={
                "batch_id": context.batch_id,
                "tier": context.tier.name,
                "attempts": context.attempt,
            },
        )
        return result

    async def execute(self, context):
        await self.check_memory(context)
        last = None
        for tier in Tier:
            context.tier = tier
            handler = self.handlers[tier]
            for attempt in range(1, context.attempts + 1):
                context.attempt = attempt
                try:
                    return await self.run_tier(context, handler)
                except (BreakerOpen, Drift) as error:
                    last = error
                    break
                except Exception as error:  # any other failure is tried again
                    last = error
                    if attempt < context.attempts:
                        await asyncio.sleep(min(2**attempt, 10))
        raise Exhausted(f"no tier took {context.batch_id}: {last}")


async def echo(context):
    return context.payload


async def measure(size):
    chain = Chain({tier: echo for tier in Tier})
    payloads = [number.to_bytes(4, "little") + b"x" * (size - 4) for number in range(1024)]

    async def run(rounds):
        for number in range(rounds):
            payload = payloads[number & 1023]
            result = await chain.execute(Context("batch", payload))
            if result is not payload:
                raise AssertionError("the success path was left")

    await run(WARM_UP)
    began = time.perf_counter_ns()
    await run(ROUNDS)
    each = (time.perf_counter_ns() - began) / ROUNDS
    return {
        "payload_bytes": size,
        "payloads_per_second": 1e9 / each,
        "nanoseconds_per_payload": each,
    }


def main():
    try:
        sizes = [int(text) for text in sys.argv[1:]] or [64, 1024]
    except ValueError:
        sizes = [0]
    if min(sizes) < 4:
        print("usage: baseline.py [PAYLOAD_BYTES ...], each 4 or more", file=sys.stderr)
        sys.exit(2)
    for size in sizes:
        print(json.dumps(asyncio.run(measure(size))))


if __name__ == "__main__":
    main()
