"""The realtime bridge in Python: websockets and asyncio. Media frames of the telephone go to the model as
appended sound, the model's sound goes back as media frames. No recording, no loudness, no turn-taking."""

import asyncio
import base64
import json
import sys

from websockets.asyncio.client import connect
from websockets.asyncio.server import serve


def packed(event):
    return json.dumps(event, separators=(",", ":"))


SETTINGS = {"type": "session.update", "session": {"type": "realtime", "output_modalities": ["audio"], "audio": {
    "input": {"format": {"type": "audio/pcmu"}, "turn_detection": {"type": "server_vad"}},
    "output": {"format": {"type": "audio/pcmu"}}}}}


async def bridge(phone):
    async with connect(f"ws://{sys.argv[1]}/v1/realtime?model=gpt-realtime-2.1", compression=None) as model:
        await model.recv()
        await model.send(packed(SETTINGS))
        await model.send(packed({"type": "response.create"}))

        async def up():
            async for text in phone:
                frame = json.loads(text)
                if frame.get("event") == "media":
                    await model.send(packed(
                        {"type": "input_audio_buffer.append", "audio": frame["media"]["payload"]}))

        async def down():
            number, samples, rest = 0, 0, b""
            await phone.send(packed({"event": "start", "sequenceNumber": 0, "start": {
                "mediaFormat": {"encoding": "ULAW", "sampleRate": 8000}}}))
            async for text in model:
                event = json.loads(text)
                if event["type"] != "response.output_audio.delta":
                    continue
                rest += base64.b64decode(event["delta"])
                whole = len(rest) // 160 * 160
                if not whole:
                    continue
                sound, rest = rest[:whole], rest[whole:]
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
