#!/bin/sh
# Makes the format fixtures beside this file; needs ffmpeg (5.1.9 was used). SOURCE: a stereo telephone recording.
# The tests never run this.
set -e
SOURCE=$1
f() { ffmpeg -v error -y -fflags +bitexact -ss 3.0 -t 2.0 -i "$SOURCE" -flags:a +bitexact "$@"; }
f -c:a pcm_u8 wav_u8_8k.wav
f -c:a pcm_s16le wav_s16_8k.wav
f -ac 1 -ar 11025 -c:a pcm_s24le wav_s24_11k_mono.wav
f -ac 1 -c:a pcm_s32le wav_s32_8k_mono.wav
f -ac 1 -c:a pcm_f32le wav_f32_8k_mono.wav
f -c:a pcm_alaw wav_alaw_8k.wav
f -c:a pcm_mulaw wav_mulaw_8k.wav
f -c:a adpcm_ima_wav wav_ima_8k.wav
f -ac 1 -c:a libmp3lame -b:a 8k -f wav wav_mp3_8k_mono.wav
f -c:a pcm_s16le -f wav - > wav_streamed_8k.wav          # sizes 0xFFFFFFFF
f -c:a libmp3lame -b:a 32k -joint_stereo 0 mp3_8k.mp3
f -ar 16000 -ac 1 -c:a libmp3lame -b:a 24k -write_xing 0 mp3_16k_mono_noxing.mp3
f -ar 44100 -ac 1 -c:a libmp3lame -b:a 32k -metadata title="Звонок" mp3_44k_mono_id3.mp3
f -ar 16000 -c:a libvorbis -q:a 0 ogg_vorbis_16k.ogg
f -c:a libopus -b:a 24k ogg_opus.ogg
f -ac 1 -c:a libopus -b:a 12k webm_opus_mono.webm
f -ar 16000 -ac 1 -c:a aac -b:a 24k m4a_aac_16k_mono.m4a
f -ar 48000 -c:a aac -b:a 48k -movflags +faststart m4a_aac_48k_fast.m4a
f -ar 16000 -ac 1 -c:a aac -b:a 24k -f adts adts_16k_mono.aac
f -c:a flac flac_8k.flac
f -ac 1 -ar 8000 -c:a libgsm_ms wav_gsm_8k_mono.wav || true

# one phrase, and the same through Opus in both of its ways to code: speech (SILK) and music (CELT)
ffmpeg -loglevel error -y -ss 0.6 -t 2.2 -i "$1" -af "pan=mono|c0=c0" -ar 16000 -c:a pcm_s16le speech_16k_mono.wav
ffmpeg -loglevel error -y -i speech_16k_mono.wav -c:a libopus -b:a 12k -application voip speech_silk.webm
ffmpeg -loglevel error -y -i speech_16k_mono.wav -ac 2 -c:a libopus -b:a 32k -application audio speech_celt.ogg
