"""The least that a job costs in arq, a queue of Python on Redis: taken, done, its result kept.

python3 queue.py WAITING JOBS; prints `name value` lines for 1, 2 and 4 worker processes. WAITING more jobs
stand behind those that are measured. Redis writes its log and syncs it once a second.
"""

import asyncio
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time

import arq.jobs
from arq.connections import RedisSettings, create_pool
from arq.constants import default_queue_name, job_key_prefix
from arq.worker import Worker

WAITING, JOBS = int(sys.argv[1]), int(sys.argv[2])
TICK = os.sysconf("SC_CLK_TCK")


async def nothing(ctx, number):
    return number


def cpu(pid):
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


async def enqueue(settings, first, count, score):
    """What `enqueue_job` writes, many at once: filling is not measured."""
    redis = await create_pool(settings)
    for start in range(first, first + count, 10_000):
        async with redis.pipeline(transaction=False) as pipe:
            for n in range(start, min(start + 10_000, first + count)):
                body = arq.jobs.serialize_job("nothing", (n,), {}, None, score)
                pipe.psetex(job_key_prefix + str(n), 86_400_000, body)
                pipe.zadd(default_queue_name, {str(n): score})
            await pipe.execute()
    await redis.aclose()


def work(path, share, done):
    asyncio.set_event_loop(asyncio.new_event_loop())
    worker = Worker(
        functions=[nothing],
        redis_settings=RedisSettings(unix_socket_path=path),
        burst=True,
        max_burst_jobs=share,
        max_jobs=16,
        poll_delay=0.005,
        handle_signals=False,
    )
    before = time.process_time()
    worker.run()
    done.put((worker.jobs_complete, time.process_time() - before))


def main():
    with tempfile.TemporaryDirectory() as place:
        path = f"{place}/redis.sock"
        options = ["--port", "0", "--unixsocket", path, "--dir", place, "--appendonly", "yes", "--save", ""]
        redis = subprocess.Popen(["redis-server", *options], stdout=subprocess.DEVNULL)
        try:
            while not os.path.exists(path):
                time.sleep(0.05)
            settings = RedisSettings(unix_socket_path=path)
            now = int(time.time() * 1000)
            first = 0
            if WAITING:
                asyncio.run(enqueue(settings, first, WAITING, now))
                first += WAITING
            for workers in (1, 2, 4):
                asyncio.run(enqueue(settings, first, JOBS, now - 60_000))
                first += JOBS
                done = multiprocessing.Queue()
                crew = [
                    multiprocessing.Process(target=work, args=(path, JOBS // workers, done))
                    for _ in range(workers)
                ]
                server, begun = cpu(redis.pid), time.monotonic()
                for one in crew:
                    one.start()
                ends = [done.get() for _ in crew]
                took = time.monotonic() - begun
                for one in crew:
                    one.join()
                ended = sum(count for count, _ in ends)
                print(f"jobs_{workers} {ended}")
                print(f"per_second_{workers} {ended / took:.1f}")
                print(f"cpu_us_{workers} {sum(spent for _, spent in ends) / ended * 1e6:.1f}")
                print(f"server_us_{workers} {(cpu(redis.pid) - server) / ended * 1e6:.1f}", flush=True)
        finally:
            redis.terminate()
            redis.wait()


if __name__ == "__main__":
    main()
