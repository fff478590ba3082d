// Names of events and constants, as the published typings spell them.

const named = (prefix, words) => Object.fromEntries(words.map((word) => [word, `${prefix}.${word}`]));

export const AppEvents = {
  ...named("Application", ["Started", "CallAlerting", "HttpRequest", "Terminating", "Terminated"]),
  WebSocket: "AppEvents.NewWebSocketConnection",
  NewWebSocketFailed: "Application.OnNewWebSocketFailed",
};

export const CallEvents = named("Call", [
  "AudioStarted",
  "Connected",
  "Disconnected",
  "Failed",
  "FirstAudioPacketReceived",
  "MicStatusChange",
  "PlaybackFinished",
  "PlaybackStarted",
  "RecordStarted",
  "RecordStopped",
  "Ringing",
  "RtpStopped",
  "ToneReceived",
]);

export const RecorderEvents = named("Recorder", ["Started", "Stopped", "RecorderError"]);

export const WebSocketEvents = {
  OPEN: "WebSocket.Open",
  CLOSE: "WebSocket.Close",
  MESSAGE: "WebSocket.Message",
  ERROR: "WebSocket.Error",
  MEDIA_STARTED: "WebSocket.MediaEventStarted",
  MEDIA_ENDED: "WebSocket.MediaEventEnded",
};

export const WebSocketAudioEncoding = {
  PCM8: "PCM8",
  PCM16_8KHZ: "PCM8",
  PCM16: "PCM16",
  PCM16_16KHZ: "PCM16",
  ALAW: "ALAW",
  ULAW: "ULAW",
  OPUS: "OPUS",
};

export const Modules = {
  AMD: "amd",
  Recorder: "recorder",
  Silero: "silero",
  WebSocket: "websocket",
};

const russian = (provider, names) => Object.fromEntries(names.map((name) => [`ru_RU_${name}`, `${provider}:ru_RU_${name}`]));

export const VoiceList = {
  Yandex: { Neural: russian("yandex-neural", ["alena", "filipp", "ermil", "jane"]) },
  YandexV3: russian("yandex-v3", ["alena", "filipp"]),
  SaluteSpeech: russian("salute", ["natalia", "boris"]),
};
