// The part of VoxEngine that the scenarios use, as its documentation gives it. `types.mjs` takes
// Voximplant's own typings instead where they are to be had, and this file's second half beside them.

declare enum AppEvents {
  Started = "Application.Started",
  CallAlerting = "Application.CallAlerting",
  HttpRequest = "Application.HttpRequest",
  WebSocket = "AppEvents.NewWebSocketConnection",
  Terminating = "Application.Terminating",
}

declare enum CallEvents {
  Connected = "Call.Connected",
  Disconnected = "Call.Disconnected",
  Failed = "Call.Failed",
  MicStatusChange = "Call.MicStatusChange",
  PlaybackFinished = "Call.PlaybackFinished",
  RecordStarted = "Call.RecordStarted",
  RecordStopped = "Call.RecordStopped",
  ToneReceived = "Call.ToneReceived",
}

declare enum RecorderEvents {
  Started = "Recorder.Started",
  Stopped = "Recorder.Stopped",
  RecorderError = "Recorder.Error",
}

declare enum WebSocketEvents {
  OPEN = "WebSocket.Open",
  CLOSE = "WebSocket.Close",
  MESSAGE = "WebSocket.Message",
  ERROR = "WebSocket.Error",
  MEDIA_STARTED = "WebSocket.MediaEventStarted",
  MEDIA_ENDED = "WebSocket.MediaEventEnded",
}

declare enum WebSocketAudioEncoding {
  ULAW = "ULAW",
  ALAW = "ALAW",
  PCM16 = "PCM16",
}

declare enum Modules {
  Recorder = "recorder",
}

interface AppEventFacts {
  [AppEvents.Started]: { accessURL: string; accessSecureURL: string; sessionId: number; logURL: string };
  [AppEvents.CallAlerting]: { call: Call; callerid: string; destination: string };
  [AppEvents.HttpRequest]: { method: string; path: string; content: string; headers: { key: string; value: string }[] };
  [AppEvents.WebSocket]: { websocket: WebSocket; path: string; headers: { key: string; value: any }[] };
  [AppEvents.Terminating]: {};
}

interface CallEventFacts {
  [CallEvents.Connected]: {};
  [CallEvents.Disconnected]: { internalCode: number; reason: string; duration: number; cost: number; direction: string };
  [CallEvents.Failed]: { code: number; reason: string };
  [CallEvents.MicStatusChange]: { active: boolean };
  [CallEvents.PlaybackFinished]: { error?: string };
  [CallEvents.RecordStarted]: { url: string };
  [CallEvents.RecordStopped]: { url: string; cost: string; duration: number };
  [CallEvents.ToneReceived]: { tone: string };
}

interface RecorderEventFacts {
  [RecorderEvents.Started]: { url: string };
  [RecorderEvents.Stopped]: { cost: string; duration: number };
  [RecorderEvents.RecorderError]: {};
}

interface WebSocketEventFacts {
  [WebSocketEvents.OPEN]: {};
  [WebSocketEvents.CLOSE]: { code: number; reason: string; wasClean: boolean };
  [WebSocketEvents.MESSAGE]: { text: string; data?: string };
  [WebSocketEvents.ERROR]: {};
  [WebSocketEvents.MEDIA_STARTED]: { encoding?: string };
  [WebSocketEvents.MEDIA_ENDED]: {};
}

interface Emits<Facts> {
  addEventListener<T extends keyof Facts>(event: T, callback: (event: Facts[T]) => any): void;
}

declare type Voice = { readonly provider: string };
declare const VoiceList: {
  Yandex: { Neural: { ru_RU_alena: Voice; ru_RU_filipp: Voice } };
  SaluteSpeech: { ru_RU_natalia: Voice };
};

declare class Call implements Emits<CallEventFacts> {
  addEventListener<T extends keyof CallEventFacts>(event: T, callback: (event: CallEventFacts[T]) => any): void;
  id(): string;
  number(): string;
  answer(): void;
  reject(code: number): void;
  hangup(): void;
  say(text: string, parameters?: { voice?: Voice; progressivePlayback?: boolean }): void;
  stopPlayback(): void;
  playProgressTone(country: string): void;
  record(parameters: { stereo?: boolean; hd_audio?: boolean; lossless?: boolean }): void;
  sendMediaTo(unit: MediaUnit, parameters?: { tag: string; encoding?: WebSocketAudioEncoding; customParameters?: any }): void;
  stopMediaTo(unit: MediaUnit): void;
  handleMicStatus(handle: boolean): void;
  handleTones(handle: boolean): void;
}

declare class Recorder implements Emits<RecorderEventFacts> {
  addEventListener<T extends keyof RecorderEventFacts>(event: T, callback: (event: RecorderEventFacts[T]) => any): void;
  stop(): void;
}

declare class WebSocket implements Emits<WebSocketEventFacts> {
  addEventListener<T extends keyof WebSocketEventFacts>(event: T, callback: (event: WebSocketEventFacts[T]) => any): void;
  send(text: string): void;
  close(): void;
  sendMediaTo(unit: MediaUnit): void;
  stopMediaTo(unit: MediaUnit): void;
  clearMediaBuffer(): void;
}

declare type MediaUnit = Call | Recorder | WebSocket | { readonly unit: "media" };

declare namespace VoxEngine {
  function addEventListener<T extends keyof AppEventFacts>(event: T, callback: (event: AppEventFacts[T]) => any): void;
  function customData(): string;
  function callPSTN(number: string, callerid: string, parameters?: { amd?: AMD.AnsweringMachineDetector }): Call;
  function createRecorder(parameters?: { name?: string }): Recorder;
  function createWebSocket(url: string, parameters?: { headers?: { name: string; value: string }[] }): WebSocket;
  function allowWebSocketConnections(): void;
  function sendMediaBetween(one: MediaUnit, other: MediaUnit): void;
  function terminate(): void;
}

declare namespace AMD {
  enum Model {
    RU = "ru",
  }
  enum ResultClass {
    VOICEMAIL = "VOICEMAIL",
    HUMAN = "HUMAN",
    TIMEOUT = "TIMEOUT",
    CALL_ENDED = "CALL_ENDED",
  }
  enum Events {
    DetectionComplete = "AMD.Events.DetectionComplete",
    DetectionError = "AMD.Events.DetectionError",
  }
  interface Facts {
    [Events.DetectionComplete]: { resultClass: ResultClass; confidence?: number };
    [Events.DetectionError]: { message: string };
  }
  class AnsweringMachineDetector {
    addEventListener<T extends keyof Facts>(event: T, callback: (event: Facts[T]) => any): void;
  }
  function create(parameters: { model: Model; timeout?: number }): AnsweringMachineDetector;
}

declare namespace Net {
  function httpRequestAsync(
    url: string,
    options?: { method?: string; headers?: { [name: string]: string }; postData?: string; timeout?: number; connectionTimeout?: number },
  ): Promise<{ code: number; text?: string; error?: string }>;
}

declare namespace Crypto {
  function hmac_sha256(key: string, data: string): string;
}

declare namespace Logger {
  function write(message: string): void;
}

declare function require(module: Modules): void;
declare function setTimeout(callback: () => any, ms: number): number;
declare function clearTimeout(id: number): void;
