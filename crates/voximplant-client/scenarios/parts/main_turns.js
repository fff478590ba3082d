// By turns from the first word to the last.

load("Recorder", "Silero", "AMD");

new Session(async (session) => holdByTurns(session, await greeting(session))).run();
