/** A conversation of two questions, with the types of the client. */

import { VoiceClient, VoiceError, type Ready, type ServerMessages } from "@libvoice/client";

async function ticket(): Promise<{ ticket: string }> {
  const answer = await fetch("/voice-ticket", { method: "POST" });
  return (await answer.json()) as { ticket: string };
}

export async function ask(url: string, questions: string[], show: (text: string) => void): Promise<string[]> {
  const client = new VoiceClient({
    url,
    credential: ticket,
    start: { language: "ar", hints: ["نعم", "لا"], expect: { kind: "phrases" }, words: true },
  });
  client.on("word_heard", ({ word }) => show(word));
  client.on("level", ({ rms }) => show("▮".repeat(Math.round(rms * 50))));
  client.on("problem", (problem) => show(problem.sentence("ar")));
  const answers: string[] = [];
  try {
    const ready: Ready = await client.connect();
    show(ready.model.name);
    await client.listen();
    for (const question of questions) {
      client.say(question, { interruptible: false });
      const turn: ServerMessages["turn_ended"] = await client.once("turn_ended");
      answers.push(turn.text);
    }
  } catch (error) {
    if (!(error instanceof VoiceError)) throw error;
    show(error.sentence("ar"));
  } finally {
    await client.end();
  }
  return answers;
}
