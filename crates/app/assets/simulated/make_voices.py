#!/usr/bin/env python3
"""Speaks what robot and invented client say in simulated calls: voices.ulaw and voices.json.

    python3 make_voices.py

Needs Python 3.11, ffmpeg, numpy, and RHVoice as examples/calls/make_calls.py does. The client's phrases
are the lines of the script; the robot's are the fixed texts of the personas that ship, sentence by
sentence. voices.ulaw is G.711 µ-law, 8 kHz, one phrase after another.
"""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[3]
sys.path.insert(0, str(ROOT / "examples" / "calls"))
AGENT = ROOT / "crates" / "voice-agent"
ROBOT = "anna"
# Texts of a persona that are said as they stand.
FIXED = ["greeting", "greeting_incoming", "disclosure"]
# What the invented client says: the lines of src/voice/simulated/script.rs.
CLIENT = "aleksandr"
SCRIPT = ROOT / "crates" / "app" / "src" / "voice" / "simulated" / "script.rs"


def sentences(text: str) -> list[str]:
    """As the program cuts them: after an end mark and a space."""
    return [part for part in re.split(r"(?<=[.!?…])\s+", text.strip()) if part]


def fixed_phrases() -> list[str]:
    """The program's own words for fixed occasions: string literals with an end mark."""
    found = []
    for file in [AGENT / "src" / "persona" / "phrases.rs", *sorted((AGENT / "src" / "mind").glob("*.rs")),
                 *sorted((AGENT / "src" / "engine").glob("*.rs"))]:
        code = file.read_text(encoding="utf-8").split("#[cfg(test)]")[0]
        code = "\n".join(line for line in code.splitlines() if not line.lstrip().startswith("//"))
        found += [text for text in re.findall(r'"([А-ЯЁ][^"\\]*[.?…])"', code)]
    return found


def robot_texts() -> list[str]:
    """Every sentence that a persona that ships may say without a model, each once."""
    texts = []
    for file in sorted((AGENT / "personas").glob("*.toml")):
        persona = tomllib.loads(file.read_text(encoding="utf-8"))
        said = [persona[name] for name in FIXED if name in persona]
        said += [field["question"] for field in persona.get("fields", [])]
        said += [faq["answer"] for faq in persona.get("faq", [])]
        for text in persona.get("phrases", {}).values():
            said += text if isinstance(text, list) else [text]
        said += fixed_phrases()
        texts += [sentence for text in said for sentence in sentences(text.replace("{company}", persona["company"]))]
    return list(dict.fromkeys(texts))


def client_texts() -> list[str]:
    """The client's lines."""
    code = SCRIPT.read_text(encoding="utf-8").split("#[cfg(test)]")[0]
    return re.findall(r'say: "([^"]+)"', code)


def main() -> None:
    """Speaks and packs everything."""
    from make_calls import RATE, speak
    from rhvoice_wrapper import TTS
    import numpy as np

    tts = TTS(threads=1)
    index, sound = [], bytearray()
    spoken = [("client", CLIENT, text) for text in client_texts()] + [("robot", ROBOT, text) for text in robot_texts()]
    for who, voice, text in spoken:
        samples = (np.clip(speak(tts, voice, text), -1, 1) * 32767).astype("<i2").tobytes()
        coded = subprocess.run(["ffmpeg", "-v", "error", "-f", "s16le", "-ar", str(RATE), "-ac", "1", "-i", "pipe:0",
                                "-f", "mulaw", "pipe:1"], input=samples, capture_output=True, check=True).stdout
        index.append({"who": who, "text": text, "at": len(sound), "length": len(coded)})
        sound.extend(coded)
    (HERE / "voices.ulaw").write_bytes(sound)
    lines = ",\n".join(json.dumps(one, ensure_ascii=False) for one in index)
    (HERE / "voices.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")
    print(f"{len(index)} phrases, {len(sound)} bytes", flush=True)
    # RHVoice's threads do not end by themselves
    os._exit(0)


if __name__ == "__main__":
    main()
