// Nodes that a browser test starts and stops: each a folder of the demonstration, and the program that runs in it.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';

const JOIN_MINUTES = '1';

export class Node {
  constructor(program, folder) {
    Object.assign(this, { program, folder, process: undefined, pages: undefined });
  }

  // Starts it, with its clock so many milliseconds ahead, and waits until it says that it is ready.
  async start(aheadMs = 0) {
    assert.equal(this.process, undefined, `${this.folder} runs already`);
    const log = fs.openSync(`${this.folder}.log`, 'a');
    const env = { ...process.env, MAILLAGE_CLOCK_OFFSET_MS: String(aheadMs) };
    this.process = spawn(this.program, ['run', '--json', '--dir', this.folder], { stdio: ['ignore', 'pipe', log], env });
    fs.closeSync(log);
    const lines = readline.createInterface({ input: this.process.stdout });
    const { value: line } = await lines[Symbol.asyncIterator]().next();
    assert.ok(line, fs.readFileSync(`${this.folder}.log`, 'utf8'));
    this.pages = JSON.parse(line).pages;
    return this;
  }

  // Ends it in good order.
  async stop() {
    if (this.process === undefined) return;
    const ending = this.process;
    this.process = undefined;
    if (ending.exitCode !== null) return;
    ending.kill('SIGTERM');
    await once(ending, 'exit');
  }

  // Returns the answer of a command that is asked of this node.
  ask(...words) {
    const asked = spawnSync(this.program, [...words, '--dir', this.folder, '--json'], { encoding: 'utf8' });
    assert.equal(asked.status, 0, `${words.join(' ')}: ${asked.stdout}${asked.stderr}`);
    return JSON.parse(asked.stdout.trim().split('\n').pop());
  }

  // Writes one more line in a section of the configuration. It holds from the next start on.
  configure(section, line) {
    const file = path.join(this.folder, 'maillage.toml');
    const text = fs.readFileSync(file, 'utf8');
    assert.ok(text.includes(`[${section}]\n`), text);
    fs.writeFileSync(file, text.replace(`[${section}]\n`, `[${section}]\n${line}\n`));
  }
}

// Makes a new node knock with a ticket. The promise holds its first account once somebody has let it in.
export function join(node, ticket, partner, more = []) {
  const words = ['join', ticket, '--partner', partner, '--wait-minutes', JOIN_MINUTES, '--yes', '--json', '--dir', node.folder, ...more];
  const joining = spawn(node.program, words, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  let wrong = '';
  joining.stdout.on('data', (bytes) => { said += bytes; });
  joining.stderr.on('data', (bytes) => { wrong += bytes; });
  return once(joining, 'close').then(([status]) => {
    assert.equal(status, 0, said + wrong);
    return JSON.parse(said.trim().split('\n').pop());
  });
}
