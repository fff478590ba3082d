"""What zvonar measures of a recording, by numpy, scipy, soxr and pyloudnorm: for `line.py … same`.

Both legs become one stereo WAV on disk under its digest; each channel at 16 kHz is measured for loudness (EBU R 128),
level of each 16 ms, strongest line and pitch of each 32 ms that is heard, and peaks for a picture; the channels are
compared second by second. What is returned is the sound of each channel at 16 kHz, for the voice detector and FLAC.
"""

import hashlib
import io
import os
import warnings

import numpy
import pyloudnorm
import soundfile
import soxr
from scipy.signal.windows import hann

RATE, FRAME, WINDOW, STEP = 16_000, 256, 1024, 512
HEARD_DBFS, BUCKETS = -56.0, 2000
LAGS = slice(40, 229)
HANN = hann(WINDOW, sym=False).astype(numpy.float32)


def levels(sound):
    frames = sound[: len(sound) // FRAME * FRAME].reshape(-1, FRAME)
    power = numpy.einsum("ij,ij->i", frames, frames) / FRAME
    return 10 * numpy.log10(numpy.maximum(power, 1e-10))


def spectra(sound, level):
    """Share of the strongest line, and pitch, of each window that is heard."""
    windows = numpy.lib.stride_tricks.sliding_window_view(sound, WINDOW)[::STEP]
    pairs = level[: len(level) // 2 * 2].reshape(-1, 2).max(axis=1)
    heard = numpy.flatnonzero(pairs[: len(windows)] > HEARD_DBFS)
    power = numpy.abs(numpy.fft.rfft(windows[heard] * HANN)) ** 2
    total = power[:, 3:].sum(axis=1)
    lines = power[:, 3:].argmax(axis=1) + 3
    share = numpy.array([power[row, max(3, at - 3) : at + 4].sum() for row, at in enumerate(lines)])
    power[:, 96:] = 0
    correlation = numpy.fft.irfft(power)
    pitch = RATE / (correlation[:, LAGS].argmax(axis=1) + LAGS.start)
    return share / numpy.maximum(total, 1e-10), pitch


def picture(sound):
    bucket = max(80, -(-len(sound) // BUCKETS))
    cut = sound[: len(sound) // bucket * bucket].reshape(-1, bucket)
    return cut.min(axis=1), cut.max(axis=1)


def alike(left, right):
    """Seconds in which both channels hold one and the same sound."""
    seconds = len(left) // RATE
    one, other = (side[: seconds * RATE].reshape(seconds, RATE) for side in (left, right))
    cross = numpy.einsum("ij,ij->i", one, other)
    return cross >= 0.98 * numpy.sqrt(numpy.einsum("ij,ij->i", one, one) * numpy.einsum("ij,ij->i", other, other))


def loudness(sound):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pyloudnorm.Meter(RATE).integrated_loudness(sound) if len(sound) > 0.4 * RATE else None


def keep(stereo, rate, place):
    body = io.BytesIO()
    soundfile.write(body, stereo, rate, format="WAV", subtype="PCM_16")
    name = hashlib.sha256(body.getbuffer()).hexdigest()
    aside = place / f".{name}"
    with open(aside, "wb") as file:
        file.write(body.getbuffer())
        os.fsync(file.fileno())
    aside.rename(place / name)


def survey(bodies, place):
    """The sound of each side at 16 kHz, 16 bits, with its rate."""
    legs = {who: soundfile.read(io.BytesIO(body), dtype="int16") for who, body in bodies.items()}
    rate = max(rate for _, rate in legs.values())
    length = max(len(pcm) for pcm, _ in legs.values())
    stereo = numpy.zeros((length, len(legs)), dtype=numpy.int16)
    for side, (pcm, _) in enumerate(legs.values()):
        stereo[: len(pcm), side] = pcm
    keep(stereo, rate, place)
    sounds = {}
    for side, who in enumerate(legs):
        sound = soxr.resample(stereo[:, side].astype(numpy.float32) / 32768, rate, RATE)
        level = levels(sound)
        spectra(sound, level)
        picture(sound)
        loudness(sound)
        sounds[who] = sound
    if len(sounds) == 2:
        alike(*sounds.values())
    return {who: ((sound * 32767).astype(numpy.int16), RATE) for who, sound in sounds.items()}
