// The nodes of one partner: a second one comes in by a ticket of the pages and is retired; the root key is rotated; a folder that was
// copied is told by every node. Each step on one node's pages, and what the others' pages then say.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { join } from './nodes.mjs';
import { comes, heading, main, says, signWhatSays } from './officer.mjs';
import { firstRecord, open, summarise } from './steps.mjs';

const BY_SECOND = 'Écrit depuis le second ordinateur.';
const BY_RETIRED = 'Écrit par le nœud retiré.';
const BY_FIRST = 'Écrit depuis le premier ordinateur.';
const UNDER_NEW_ROOT = 'Écrit sous la nouvelle clé racine.';

// The starts of the ids of the feeds of the partner whose page is open.
const feeds = (desk) => desk.page.locator('section.card h3 code').allInnerTexts();

// The card of one feed on the page of its partner.
const card = (desk, feed) => desk.page.locator('section.card:has(h3 code)', { hasText: feed });

export async function instances(world) {
  const { prefecture, ville, association, mission } = world.desks;
  const others = [prefecture, ville, association];
  await open(mission, mission.partner);
  const first = (await feeds(mission))[0];
  const second = await secondNode(world);
  for (const desk of others) {
    await says(desk.page, desk.at('federation'), new RegExp(`${mission.partner}[^\\n]*\\s2\\s`));
  }
  const record = await firstRecord(second, 'kind=actor&q=jardins');
  await summarise(second, record, BY_SECOND);
  for (const desk of [...others, mission]) {
    await says(desk.page, desk.at(record), new RegExp(BY_SECOND));
    const fact = desk.page.locator('dl.facts > div', { hasText: BY_SECOND });
    const sources = await fact.locator('.source').allTextContents();
    assert.ok(sources.some((source) => source.includes(mission.partner)), `${desk.partner}: ${sources}`);
  }
  await open(prefecture, mission.partner);
  const both = await feeds(prefecture);
  assert.equal(both.length, 2, `${both}`);
  const feed = both.find((each) => each !== first);
  await retire(world, second, feed, first, record);
}

async function secondNode(world) {
  const { mission } = world.desks;
  await open(mission, mission.partner);
  await mission.page.locator('summary', { hasText: 'Ajouter un de nos nœuds' }).click();
  await mission.shot('noeud-ajouter');
  await mission.page.locator('form[action="/federation/inviter-noeud"] button').click();
  await heading(mission.page, 'Billet pour un de nos nœuds');
  await mission.shot('noeud-billet');
  const shown = await main(mission.page);
  assert.match(shown, /maillage export-root racine\.key[\s\S]*maillage join maillage1\S+ --root racine\.key/, 'both commands are shown');
  const ticket = (await mission.page.locator('code').first().innerText()).trim();
  const root = path.join(world.shots, 'racine.key');
  mission.node.ask('export-root', root);
  const desk = world.newDesk('mission-2', mission.partner);
  const { account, password } = await join(desk.node, ticket, mission.partner, ['--root', root]);
  desk.password = password;
  await desk.open(account);
  world.desks.second = desk;
  await says(desk.page, desk.at('recensement?q=jardins'), /Espace jardins/);
  return desk;
}

// A coordinator cuts the feed of the node that is out of use: what it wrote stays, what it writes then counts nowhere.
async function retire(world, second, feed, first, record) {
  const { prefecture, ville, association, mission } = world.desks;
  await open(prefecture, mission.partner);
  await card(prefecture, feed).locator('summary', { hasText: 'Couper ce fil' }).click();
  await prefecture.shot('noeud-retirer');
  await card(prefecture, feed).locator('form:has(input[value=cut]) button').click();
  await signWhatSays(prefecture.page, new RegExp(`Couper un fil[\\s\\S]*${mission.partner}[\\s\\S]*${feed}`), prefecture.password);
  for (const desk of [prefecture, ville, association, mission]) {
    await comes(desk.page, desk.at('federation'), async () => {
      await open(desk, mission.partner);
      return /Coupé après l’entrée \d+/.test(await card(desk, feed).innerText());
    });
    assert.match(await card(desk, first).innerText(), /Une seule suite/, `only one node is retired: ${desk.partner}`);
    await desk.go(record);
    assert.ok((await main(desk.page)).includes(BY_SECOND), 'what it wrote stays');
  }
  await ville.shot('noeud-retire');
  await says(second.page, second.at('federation'), /refusent d’échanger avec celui-ci, parce que son fil a été coupé/);
  await second.go(`${record}/modifier`);
  await second.page.fill('#summary', BY_RETIRED);
  await second.page.locator('main form button.primary').click();
  await summarise(mission, record, BY_FIRST);
  for (const desk of [prefecture, ville, association]) {
    await says(desk.page, desk.at(record), new RegExp(BY_FIRST));
    assert.ok(!(await main(desk.page)).includes(BY_RETIRED), desk.partner);
  }
  await second.node.stop();
}

export async function rotation(world) {
  const { prefecture, ville, association, mission } = world.desks;
  await open(mission, mission.partner);
  await mission.page.locator('summary', { hasText: 'Changer la clé racine' }).click();
  await mission.shot('racine-changer');
  await mission.page.locator('form[action="/federation/racine/preparer"] button').click();
  await mission.shot('racine-signer');
  await signWhatSays(mission.page, /Changer la clé racine de notre organisme[\s\S]*continue/, mission.password);
  for (const desk of [mission, prefecture, ville, association]) {
    await comes(desk.page, desk.at('federation'), async () => {
      await open(desk, mission.partner);
      return /Clés racines[\s\S]*la première, qui nomme l’organisme[\s\S]*remplacée[\s\S]*en vigueur/.test(await main(desk.page));
    });
  }
  await ville.look('racine-changee');
  const keys = new Set();
  for (const desk of [mission, prefecture, ville, association]) {
    const row = desk.page.locator('tr', { hasText: 'en vigueur' });
    keys.add((await row.locator('code').innerText()).trim());
  }
  assert.equal(keys.size, 1, 'every node names the same key');
  const record = await firstRecord(mission, 'kind=actor&q=jardins');
  await summarise(mission, record, UNDER_NEW_ROOT);
  for (const desk of [prefecture, ville, association]) await says(desk.page, desk.at(record), new RegExp(UNDER_NEW_ROOT));
}

// Somebody copies the folder of a node and writes with the copy what the node does not know of.
export async function copied(world) {
  const { prefecture, ville, association, mission } = world.desks;
  await mission.node.stop();
  const copy = world.newDesk('mission-copie', mission.partner);
  fs.cpSync(mission.node.folder, copy.node.folder, { recursive: true });
  await mission.open();
  const record = await firstRecord(mission, 'kind=actor&q=jardins');
  await summarise(mission, record, 'Écrit par le vrai nœud.');
  for (const desk of [prefecture, ville, association]) await says(desk.page, desk.at(record), /Écrit par le vrai nœud/);
  await mission.node.stop();

  const table = path.join(world.shots, 'copie.csv');
  fs.writeFileSync(table, 'nom,commune\nClub écrit par la copie,45155\n');
  const imported = spawnSync(world.program, ['import', table, '--kind', 'actor', '--dir', copy.node.folder, '--json'], { encoding: 'utf8' });
  assert.equal(imported.status, 0, imported.stdout + imported.stderr);
  copy.password = mission.password;
  await copy.open(mission.account);
  const alarm = new RegExp(`${mission.partner} a signé deux suites différentes dans son fil \\w+, à partir de l’entrée \\d+\\s: une clé a été copiée`);
  for (const desk of [prefecture, ville, association]) {
    await says(desk.page, desk.at('federation'), alarm);
    await open(desk, mission.partner);
    assert.match(await main(desk.page), /Deux suites à partir de l’entrée \d+/, desk.partner);
  }
  await prefecture.go('federation');
  await prefecture.look('cle-copiee');
  await says(copy.page, copy.at('federation'), alarm);
  await open(copy, mission.partner);
  assert.match(await main(copy.page), /Deux suites à partir de l’entrée \d+/, 'whoever holds the copy is told too');
  await copy.shot('cle-copiee-chez-la-copie');
  await copy.node.stop();
  // The partner's own node leaves that feed by itself, and what it writes from then on counts.
  await mission.open();
  await says(mission.page, mission.at('federation'), alarm);
  await mission.shot('cle-copiee-chez-soi');
  await summarise(mission, record, 'Écrit avec une nouvelle clé.');
  for (const desk of [prefecture, ville, association]) await says(desk.page, desk.at(record), /Écrit avec une nouvelle clé/);
}
