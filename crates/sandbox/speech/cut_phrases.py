#!/usr/bin/env python3
"""Cuts the phrases of examples/calls apart and packs them: phrases.mp3 and dialogues.json.

    python3 cut_phrases.py        # needs Python 3.11 and ffmpeg with libmp3lame

phrases.mp3 holds MPEG-2.5 layer III frames, 8 kHz mono, 16 kbit/s without a bit reservoir: each frame
is 144 bytes and 72 ms and stands alone, so recordings are made by laying frames end to end.
"""

import json
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent
CALLS = HERE.parents[2] / "examples" / "calls"
RATE = 8000
FRAME_BYTES = 144
FRAME_SAMPLES = 576
# Kept around a phrase, so that its soft edges are not clipped; fades are shorter than that.
PAD = 0.08
FADE = 0.03
# What the encoder (576) and a decoder (529) put before the first sample.
DELAY_SAMPLES = 1105
# Line noise of its own, to lay between phrases.
NOISE_SECONDS = 10
NOISE_AMPLITUDE = 0.002

# name, recording, direction (in, out, machine: a machine answers us, word: the line drops after it),
# groups of phrases that may be left out without hurting the sense.
DIALOGUES = [
    ("windows", "a_sale_objection.wav", "in", [[5, 6, 7], [11]]),
    ("parcels", "b_rude_manager.wav", "in", [[3, 4, 5, 6]]),
    ("fridges", "c_delivery_complaint.mp3", "in", [[7, 8]]),
    ("internet", "g_cold_call_refused.wav", "out", [[2, 3]]),
    ("freight", "h_contract_promise.ogg", "out", [[5, 6], [8]]),
    ("dentist", "i_dentist_sale.flac", "in", [[9]]),
    ("sofas", "j_indifferent_manager.wav", "in", [[3, 4], [5, 6], [7, 8]]),
    ("fitness", "2026-11-19_16-05-00_+74950001200_+79000001235_out.webm", "out", [[5, 6]]),
    ("garage", "2026-11-20_10-15-00_+79000001234_+74950001200_in.mp3", "in", [[3, 4], [5, 6]]),
    ("kitchens", "Заявка на кухню 2026-11-20_12-30-00_+79000001236_+74950001200_in.m4a", "in", [[2, 3], [10]]),
    ("machine_marina", "e_answering_machine.wav", "machine", []),
    ("machine_pavel", "k_machine_at_the_wheel.ogg", "machine", []),
    ("hello", "f_short_2s.wav", "word", []),
]
MP3 = ["-ar", str(RATE), "-ac", "1", "-c:a", "libmp3lame", "-b:a", "16k", "-reservoir", "0",
       "-write_xing", "0", "-id3v2_version", "0", "-f", "mp3", "pipe:1"]


def run(arguments: list[str]) -> bytes:
    """ffmpeg's standard output."""
    return subprocess.run(["ffmpeg", "-v", "error", *arguments], capture_output=True, check=True).stdout


def frames(data: bytes) -> bytes:
    """The frames, checked: nothing but whole ones."""
    assert len(data) % FRAME_BYTES == 0, len(data)
    for at in range(0, len(data), FRAME_BYTES):
        assert data[at] == 0xFF and data[at + 1] & 0xE0 == 0xE0, at
    return data


def channels(recording: Path) -> int:
    """How many channels the recording has."""
    out = subprocess.run(["ffprobe", "-v", "error", "-show_entries", "stream=channels", "-of", "csv=p=0",
                          str(recording)], capture_output=True, check=True, text=True).stdout
    return int(out.split()[0])


def phrase(recording: Path, speaker: str, start: float, end: float) -> bytes:
    """One phrase: the speaker's channel between the two moments, faded at its edges."""
    side = 0 if speaker == "operator" or channels(recording) == 1 else 1
    begin, length = max(start - PAD, 0.0), end - start + 2 * PAD
    filters = (f"pan=mono|c0=c{side},aresample={RATE},atrim=start={begin:.4f}:duration={length:.4f},"
               f"asetpts=PTS-STARTPTS,afade=t=in:d={FADE},afade=t=out:st={length - FADE:.4f}:d={FADE}")
    return frames(run(["-i", str(recording), "-af", filters, *MP3]))


def main() -> None:
    """Cuts and packs everything."""
    noise = frames(run(["-f", "lavfi", "-i",
                        f"anoisesrc=r={RATE}:a={NOISE_AMPLITUDE}:c=white:s=1:d={NOISE_SECONDS}", *MP3]))
    # the first and last frames fade from and into the encoder's silence
    packed = noise[4 * FRAME_BYTES:-4 * FRAME_BYTES]
    index = {"noise_frames": len(packed) // FRAME_BYTES, "dialogues": []}
    for name, file, kind, optional in DIALOGUES:
        spoken = json.loads((CALLS / "spoken" / (Path(file).stem + ".json")).read_text())["segments"]
        phrases = []
        for said in spoken:
            data = phrase(CALLS / file, said["speaker"], said["start"], said["end"])
            begin = round(1000 * (DELAY_SAMPLES / RATE + min(PAD, said["start"])))
            phrases.append({
                "speaker": said["speaker"],
                "text": said["text"],
                "frame": len(packed) // FRAME_BYTES,
                "frames": len(data) // FRAME_BYTES,
                "start_ms": begin,
                "end_ms": begin + round(1000 * (said["end"] - said["start"])),
            })
            packed += data
        index["dialogues"].append({"name": name, "kind": kind, "optional": optional, "phrases": phrases})
    (HERE / "phrases.mp3").write_bytes(packed)
    text = json.dumps(index, ensure_ascii=False, indent=1)
    (HERE / "dialogues.json").write_text(text + "\n")


main()
