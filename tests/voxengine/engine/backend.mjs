// A backend for tests: greets, answers turn by turn, and does what it is told to do wrong.

import { CALL } from "./world.mjs";

export const GREETING = "Здравствуйте. Я робот компании «Ромашка», разговор записывается. Удобно говорить?";

/** `answers[turn]` is an answer, or a function of the request; without one it says «Ответ N.» */
export function backend(answers = {}, options = {}) {
  return (request) => {
    const special = options.spoil?.(request);
    if (special) return special;
    if (request.path === "/voximplant/events") {
      const isStart = request.body.event === "started";
      const start = { call_id: request.body.call_id ?? CALL, greeting: GREETING, voice: "Yandex.Neural.ru_RU_filipp", ...options.started };
      return { body: isStart ? start : (options.events?.[request.body.event] ?? { ok: true }) };
    }
    if (request.path === "/voximplant/process_audio") {
      const answer = answers[request.body.turn] ?? { text: `Ответ ${request.body.turn}.`, action: "say" };
      const told = typeof answer === "function" ? answer(request) : answer;
      return told.code !== undefined || told.never ? told : { after: told.after, body: { text: told.text, action: told.action, transfer_to: told.transfer_to, next_url: told.next_url } };
    }
    const rest = options.rest?.[request.path];
    return rest ? (rest.code === undefined && !rest.never ? { after: rest.after, body: rest } : rest) : { code: 404, body: { detail: "unknown" } };
  };
}

/** Nobody listens at the backend's address. */
export const dead = () => ({ code: -4, after: 30 });

/** It takes requests and never answers. */
export const hanging = () => ({ never: true });
