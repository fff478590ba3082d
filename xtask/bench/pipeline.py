"""The same work as pipeline_bench.rs in plain Python: asyncio, sqlite3, no framework.

python3 pipeline.py CALLS LATENCY_MS AT_ONCE; prints `name value` lines.

Every stage of every call is one transaction that keeps the stage's result, moves the job on and
makes the next one, as in zvonar; recordings are read and hashed; words go into a full-text index.
Not done here, in Python's favour: decoding and measuring sound, leases with tokens, word forms,
checks of what comes back, a report at the end.
"""

import asyncio
import hashlib
import json
import os
import sqlite3
import sys
import tempfile
import time
import uuid

CALLS, LATENCY, AT_ONCE = int(sys.argv[1]), int(sys.argv[2]) / 1000, int(sys.argv[3])
WORDS = [
    ("operator", "Добрый день, компания Север Пласт, меня зовут Анна, чем могу помочь?"),
    ("client", "Здравствуйте, сколько стоят пластиковые окна на дачу?"),
    ("operator", "Три окна с установкой выйдут сорок восемь тысяч рублей, записать вас на замер?"),
    ("client", "Да, завтра в одиннадцать подойдёт, спасибо."),
]
SCHEMA = """
pragma journal_mode = wal;
pragma synchronous = normal;
pragma foreign_keys = on;
create table calls (id text primary key, external_id text unique, status text, updated_at real);
create table recordings (call_id text primary key references calls, sha256 text, bytes integer);
create table transcripts (call_id text primary key references calls, body text);
create table analyses (call_id text primary key references calls, score real, body text);
create table jobs (id integer primary key, call_id text references calls, stage text, state text,
                   attempt integer, lease_until real, unique (call_id, stage));
create index open_jobs on jobs (stage, state);
create virtual table words using fts5 (text, content = '');
"""


def recordings(place):
    spoken = b"RIFF" + bytes(range(256)) * 125
    paths = []
    for n in range(CALLS):
        path = os.path.join(place, f"{n}.wav")
        with open(path, "wb") as file:
            file.write(spoken + n.to_bytes(8, "little"))
        paths.append(path)
    return paths


async def fetch(call, path):
    with open(path, "rb") as file:
        body = file.read()
    return hashlib.sha256(body).hexdigest(), len(body)


async def transcribe(call):
    await asyncio.sleep(LATENCY)
    return {"engine": "fake", "segments": [
        {"speaker": who, "start_ms": at * 250, "end_ms": at * 250 + 240, "text": text}
        for at, (who, text) in enumerate(WORDS)]}


async def analyze(call, transcript):
    await asyncio.sleep(LATENCY)
    return {"engine": "fake", "total_score": 80.0, "criteria": [], "summary": "Хороший звонок.",
            "recommendations": "Так держать."}


class Pipeline:
    def __init__(self, db, paths):
        self.db, self.paths = db, paths
        self.queues = {stage: asyncio.Queue() for stage in ("fetch", "transcribe", "analyze")}
        self.left = len(paths)
        self.done = asyncio.Event()

    def discover(self):
        for start in range(0, len(self.paths), 500):
            with self.db:
                for n in range(start, min(start + 500, len(self.paths))):
                    call = str(uuid.uuid5(uuid.NAMESPACE_URL, str(n)))
                    self.db.execute("insert into calls values (?, ?, 'queued', ?)", (call, str(n), time.time()))
                    self.job(call, "fetch")
                    self.queues["fetch"].put_nowait((call, self.paths[n]))

    def job(self, call, stage):
        self.db.execute("insert into jobs (call_id, stage, state, attempt) values (?, ?, 'ready', 0)", (call, stage))

    def claim(self, call, stage):
        with self.db:
            self.db.execute(
                "update jobs set state = 'leased', attempt = attempt + 1, lease_until = ? where call_id = ? and stage = ?",
                (time.time() + 60, call, stage))

    def finish(self, call, stage, following, status, statement, values):
        with self.db:
            self.db.execute(statement, values)
            self.db.execute("update jobs set state = 'done', lease_until = null where call_id = ? and stage = ?",
                            (call, stage))
            self.db.execute("update calls set status = ?, updated_at = ? where id = ?", (status, time.time(), call))
            if following:
                self.job(call, following)
            if stage == "transcribe":
                self.db.execute("insert into words (text) values (?)", (" ".join(text for _, text in WORDS),))

    async def fetcher(self):
        while True:
            call, path = await self.queues["fetch"].get()
            self.claim(call, "fetch")
            sha256, size = await fetch(call, path)
            self.finish(call, "fetch", "transcribe", "queued",
                        "insert into recordings values (?, ?, ?)", (call, sha256, size))
            self.queues["transcribe"].put_nowait(call)

    async def transcriber(self):
        while True:
            call = await self.queues["transcribe"].get()
            self.claim(call, "transcribe")
            transcript = await transcribe(call)
            self.finish(call, "transcribe", "analyze", "queued",
                        "insert into transcripts values (?, ?)", (call, json.dumps(transcript)))
            self.queues["analyze"].put_nowait(call)

    async def analyzer(self):
        while True:
            call = await self.queues["analyze"].get()
            self.claim(call, "analyze")
            body, = self.db.execute("select body from transcripts where call_id = ?", (call,)).fetchone()
            analysis = await analyze(call, json.loads(body))
            self.finish(call, "analyze", None, "done", "insert into analyses values (?, ?, ?)",
                        (call, analysis["total_score"], json.dumps(analysis)))
            self.left -= 1
            if not self.left:
                self.done.set()

    async def run(self):
        self.discover()
        workers = [asyncio.create_task(self.fetcher()) for _ in range(2)]
        workers += [asyncio.create_task(work()) for work in (self.transcriber, self.analyzer) for _ in range(AT_ONCE)]
        await self.done.wait()
        for worker in workers:
            worker.cancel()


def main():
    with tempfile.TemporaryDirectory() as place:
        paths = recordings(place)
        db = sqlite3.connect(os.path.join(place, "bench.db"))
        db.executescript(SCHEMA)
        cpu, begun = time.process_time(), time.perf_counter()
        asyncio.run(Pipeline(db, paths).run())
        cpu, wall = time.process_time() - cpu, time.perf_counter() - begun
        done, = db.execute("select count(*) from calls where status = 'done'").fetchone()
        assert done == CALLS, done
    print(f"cpu_us_per_call {cpu / CALLS * 1e6:.1f}")
    print(f"wall_us_per_call {wall / CALLS * 1e6:.1f}")
    print(f"calls_per_s {CALLS / wall:.0f}")
    if LATENCY:
        print(f"share_of_bound {100 * LATENCY / AT_ONCE / (wall / CALLS):.1f}")


main()
