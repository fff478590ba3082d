// Steps that tests of a dialogue share.

/** The greeting is over and the scenario listens. */
export async function isHeard(world, turn = 1) {
  await world.until(`the scenario listens to turn ${turn}`, () => world.recorders.filter((recorder) => recorder.stoppedAt === null).length === 1 && world.recorders.length >= turn);
}

/** The client says something; it ends when the pause is found. Gives the moment of the pause. */
export async function clientSays(world, ms = 1500) {
  const recorder = world.recorders.at(-1);
  world.call.speaks(ms);
  await world.until("the pause", () => recorder.stoppedAt !== null);
  return recorder.stoppedAt;
}

/** A whole turn: heard, answered, and the scenario listens again. */
export async function turn(world, number, ms = 1500) {
  await isHeard(world, number);
  await clientSays(world, ms);
  await world.until(`turn ${number} is posted`, () => world.turns.length >= number);
}

/** The session has come to its end. */
export async function isOver(world) {
  await world.until("the session's end", () => world.isTerminated);
}

/** An object of the scenario's realm as one of ours: `deepEqual` compares prototypes. */
export const plain = (value) => JSON.parse(JSON.stringify(value));
