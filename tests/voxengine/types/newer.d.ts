// What the documentation describes and the published typings (28.0.0) do not hold yet.

declare namespace Silero {
  enum VADEvents {
    Result = "Silero.VADEvents.Result",
    Reset = "Silero.VADEvents.Reset",
    Error = "Silero.VADEvents.Error",
  }
  interface Facts {
    [VADEvents.Result]: { speechStartAt?: number; speechEndAt?: number };
    [VADEvents.Reset]: {};
    [VADEvents.Error]: { reason: string };
  }
  class VAD {
    readonly unit: "media";
    addEventListener<T extends keyof Facts>(event: T, callback: (event: Facts[T]) => any): void;
    reset(): void;
    close(): void;
  }
  function createVAD(parameters: { minSilenceDurationMs?: number; threshold?: number; speechPadMs?: number }): Promise<VAD>;
}

declare namespace VoxEngine {
  function getSecretValue(name: string): string | undefined;
}
