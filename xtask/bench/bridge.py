"""The realtime bridge in Python: websockets and asyncio. Media frames of the telephone go to the model as
appended sound, the model's sound goes back as media frames. `bridge.py MODEL FOLDER least|same`:

least  repacks JSON and nothing else;
same   does besides what ours does with every packet: puts the client's packets in order, measures loudness by a
       table of squares, and writes both voices to a stereo file, each where it is heard."""

import asyncio
import base64
import json
import os
import struct
import sys
import time

import numpy
from websockets.asyncio.client import connect
from websockets.asyncio.server import serve


def packed(event):
    return json.dumps(event, separators=(",", ":"))


SETTINGS = {"type": "session.update", "session": {"type": "realtime", "output_modalities": ["audio"], "audio": {
    "input": {"format": {"type": "audio/pcmu"}, "turn_detection": {"type": "server_vad"}},
    "output": {"format": {"type": "audio/pcmu"}}}}}

FRAME = 160
SILENCE = b"\xff"
LATE = 2400  # samples that a packet may be late
BLOCK = 32 << 10


def square(code):
    code = ~code & 255
    level = (((code & 15) << 3) + 0x84 << (code >> 4 & 7)) - 0x84
    return level * level


SQUARES = numpy.array([square(code) for code in range(256)], dtype=numpy.uint32)


def energy(sound):
    # 2.9 µs for 20 ms; sum(map(…)) over a list takes 4.1
    return int(SQUARES.take(numpy.frombuffer(sound, numpy.uint8)).sum()) // len(sound)


class Recording:
    """Both voices as G.711 in WAV, the client left, the robot right."""

    def __init__(self, path):
        self.file = open(path, "wb", buffering=0)
        self.file.write(b"RIFF\xff\xff\xff\xffWAVEfmt " + struct.pack("<IHHIIHH", 16, 7, 2, 8000, 16000, 2, 8)
                        + b"data\xff\xff\xff\xff")
        self.began = time.monotonic()
        self.base, self.lanes, self.block = 0, (bytearray(), bytearray()), bytearray()

    def now(self):
        return int((time.monotonic() - self.began) * 8000)

    def lay(self, lane, at, sound):
        lane, at = self.lanes[lane], at - self.base
        if at < 0:
            return
        if len(lane) < at:
            lane += SILENCE * (at - len(lane))
        lane[at:at + len(sound)] = sound

    def commit(self):
        ready = self.now() - LATE - self.base
        if ready < 1600:
            return
        piece = bytearray(2 * ready)
        for side, lane in enumerate(self.lanes):
            if len(lane) < ready:
                lane += SILENCE * (ready - len(lane))
            piece[side::2] = lane[:ready]
            del lane[:ready]
        self.base += ready
        self.block += piece
        if len(self.block) >= BLOCK:
            self.file.write(self.block)
            self.block.clear()


class Same:
    """What is done with every packet besides repacking it."""

    def __init__(self, path):
        self.recording = Recording(path)
        self.next, self.ahead = None, {}
        self.noise, self.voiced = 3380, 0
        self.plays_until = 0

    def up(self, media):
        """The client's sound that goes on now, as base64."""
        at, sound = media["timestamp"], base64.b64decode(media["payload"])
        if self.next is None or at == self.next:
            self.next = at + len(sound)
            self.heard(at, sound)
            if not self.ahead:
                return media["payload"]
            whole = [sound]
        elif at < self.next:
            return None
        else:
            self.ahead[at] = sound
            if len(self.ahead) < 3:
                return None
            first = min(self.ahead)
            whole, self.next = [SILENCE * min(first - self.next, 8000)], first
        while self.next in self.ahead:
            sound = self.ahead.pop(self.next)
            self.heard(self.next, sound)
            self.next += len(sound)
            whole.append(sound)
        return base64.b64encode(b"".join(whole)).decode()

    def heard(self, at, sound):
        level = energy(sound)
        self.noise = level if level < self.noise else self.noise + self.noise // 400 + 1
        self.voiced = self.voiced + 20 if level > max(33800, self.noise * 10) else 0
        self.recording.lay(0, at, sound)
        self.recording.commit()

    def down(self, sound):
        at = max(self.plays_until, self.recording.now())
        self.recording.lay(1, at, sound)
        self.plays_until = at + len(sound)


async def bridge(phone):
    same = Same(os.path.join(sys.argv[2], f"python-{id(phone)}.wav")) if sys.argv[3] == "same" else None
    async with connect(f"ws://{sys.argv[1]}/v1/realtime?model=gpt-realtime-2.1", compression=None) as model:
        await model.recv()
        await model.send(packed(SETTINGS))
        await model.send(packed({"type": "response.create"}))

        async def up():
            async for text in phone:
                frame = json.loads(text)
                if frame.get("event") == "media":
                    sound = same.up(frame["media"]) if same else frame["media"]["payload"]
                    if sound:
                        await model.send(packed({"type": "input_audio_buffer.append", "audio": sound}))

        async def down():
            number, samples, rest = 0, 0, b""
            await phone.send(packed({"event": "start", "sequenceNumber": 0, "start": {
                "mediaFormat": {"encoding": "ULAW", "sampleRate": 8000}}}))
            async for text in model:
                event = json.loads(text)
                if event["type"] != "response.output_audio.delta":
                    continue
                rest += base64.b64decode(event["delta"])
                whole = len(rest) // FRAME * FRAME
                if not whole:
                    continue
                sound, rest = rest[:whole], rest[whole:]
                if same:
                    same.down(sound)
                number += 1
                await phone.send(packed({"event": "media", "sequenceNumber": number, "media": {
                    "chunk": number - 1, "timestamp": samples, "payload": base64.b64encode(sound).decode()}}))
                samples += whole

        done, pending = await asyncio.wait(
            [asyncio.create_task(up()), asyncio.create_task(down())], return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        # the side that left says so by an exception
        await asyncio.gather(*done, *pending, return_exceptions=True)


async def main():
    async with serve(bridge, "127.0.0.1", 0, compression=None) as server:
        host, port = server.sockets[0].getsockname()[:2]
        print(f"{host}:{port}", flush=True)
        await asyncio.get_running_loop().create_future()


asyncio.run(main())
