// Lines of JSON on standard input and output.
import process from 'node:process';
import { createInterface } from 'node:readline';

/**
 * Answers each line, until one says stop or there are no more.
 * @param {(line: string) => string | Promise<string>} answer
 */
export async function answerLines(answer) {
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    process.stdout.write(`${await answer(line)}\n`);
    if (JSON.parse(line).do === 'stop') return;
  }
}
