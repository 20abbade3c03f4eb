// A partner is cut at a position, and a coordinator is suspended: what each node's pages show of it, and what no longer counts.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { Node } from './nodes.mjs';
import { comes, decisions, heading, main, says, signWhatSays } from './officer.mjs';
import { adopt, open, propose, summarise, version } from './steps.mjs';

const BEFORE = 'Écrit avant que la clé ne soit volée.';
const AFTER = 'Écrit avec la clé volée.';
const LATER = 'Écrit encore, après la coupure.';
const BACKDATED = 'Antidaté avec une copie de la clé.';
const MONTH_MS = 30 * 86_400_000;
const copyOf = (desk) => `${desk.node.folder}-copie`;

// Returns the sequence of the last entry that is held of the only feed of the partner whose page is open.
async function lastEntry(desk) {
  const fact = desk.page.locator('dl.facts > div', { hasText: 'Dernière entrée' });
  return Number((await fact.locator('dd').innerText()).split('–')[0].trim());
}

export async function cut({ desks }) {
  const { prefecture, ville, association, mission } = desks;
  await mission.go('recensement?kind=actor&q=jardins');
  await mission.page.locator('main tbody a').first().click();
  const record = new URL(mission.page.url()).pathname.slice(1);
  mission.changed = record;
  // Somebody copies the folder with its key before all that.
  await mission.node.stop();
  fs.cpSync(mission.node.folder, copyOf(mission), { recursive: true });
  await mission.open();
  await summarise(mission, record, BEFORE);
  await says(prefecture.page, prefecture.at(record), new RegExp(BEFORE));
  await open(prefecture, mission.partner);
  const last = await lastEntry(prefecture);
  await summarise(mission, record, AFTER);
  for (const desk of [prefecture, ville]) await says(desk.page, desk.at(record), new RegExp(AFTER));

  await open(prefecture, mission.partner);
  await prefecture.page.locator('summary', { hasText: 'Couper ce fil' }).click();
  await prefecture.page.locator('input[name=place]').fill(String(last));
  await prefecture.shot('organisme');
  await prefecture.page.locator('form:has(input[value=cut]) button').click();
  await prefecture.shot('couper-signer');
  await signWhatSays(prefecture.page, /Couper un fil[\s\S]*Mission locale inventée/, prefecture.password);
  for (const desk of [prefecture, ville, association]) {
    await comes(desk.page, desk.at(record), async () => {
      const shown = await main(desk.page);
      return shown.includes(BEFORE) && !shown.includes(AFTER);
    });
    await open(desk, mission.partner);
    assert.match(await main(desk.page), new RegExp(`Coupé après l’entrée ${last}`), desk.partner);
  }
  await ville.shot('organisme-coupe');
  await ville.go(`${record}/historique`);
  await ville.look('historique-coupe');
  const void_ = ville.page.locator('ol.history > li', { hasText: AFTER });
  const why = new RegExp(`Sans effet[\\s\\S]*Fil coupé après l’entrée ${last} par Préfecture du Loiret, le \\d+`);
  assert.match(await void_.innerText(), why, 'the history keeps it, and says by whom and since when it counts for nothing');
  await void_.locator('a', { hasText: 'Voir cette décision' }).click();
  await heading(ville.page, 'Décision : Couper un fil');
  assert.match(await main(ville.page), /Compte[\s\S]*Préfecture du Loiret[\s\S]*Mission locale inventée/);
  await ville.look('decision');
  // Nobody speaks with the node any more, and its own pages say why.
  const refused = /ces nœuds refusent d’échanger avec celui-ci, parce que son fil a été coupé/;
  await says(mission.page, mission.at('federation'), refused);
  await mission.shot('federation-coupee');
  for (const page of ['', 'pairs']) await says(mission.page, mission.at(page), page ? /Refuse ce nœud\s: son fil a été coupé/ : refused);
  await mission.go(`${record}/modifier`);
  await mission.page.fill('#summary', LATER);
  await mission.page.locator('main form button.primary').click();
  await mission.shot('coupe-ecrit-encore');
  for (const desk of [prefecture, ville, association]) {
    await desk.go(record);
    assert.ok(!(await main(desk.page)).includes(LATER), desk.partner);
  }
}

// With a copy of the key that was cut, somebody writes as if a month ago, beside what the partner wrote itself, and a file brings it to
// each node: it is kept as evidence, and nothing that the pages show changes.
export async function backdated({ desks, program }) {
  const { prefecture, ville, association, mission } = desks;
  const copy = new Node(program, copyOf(mission));
  const table = path.join(path.dirname(copy.folder), 'antidate.csv');
  const file = path.join(path.dirname(copy.folder), 'antidate.bundle');
  const record = mission.changed;
  const id = record.split('/').pop();
  fs.writeFileSync(table, `record,summary\n${id},${BACKDATED}\n`);
  process.env.MAILLAGE_CLOCK_OFFSET_MS = String(-MONTH_MS);
  const written = copy.ask('import', table, '--kind', 'actor', '--source', 'copie');
  assert.equal(written.changed, 1, JSON.stringify(written));
  copy.ask('bundle', 'export', file);
  delete process.env.MAILLAGE_CLOCK_OFFSET_MS;
  for (const desk of [prefecture, ville, association]) {
    const taken = desk.node.ask('bundle', 'import', file);
    assert.ok(taken.new > 0 || desk !== prefecture, JSON.stringify(taken));
    await desk.go(record);
    const shown = await main(desk.page);
    assert.ok(shown.includes(BEFORE) && !shown.includes(BACKDATED), desk.partner);
    await desk.go('recensement?q=antidat');
    assert.ok(!(await main(desk.page)).includes('jardins'), desk.partner);
    await desk.go(`${record}/historique`);
    const forged = desk.page.locator('ol.history > li', { hasText: BACKDATED });
    assert.match(await forged.innerText(), /Sans effet/, `it is kept, and counts for nothing: ${desk.partner}`);
    await open(desk, mission.partner);
    assert.match(await main(desk.page), /Coupé après l’entrée/, desk.partner);
  }
  await ville.shot('organisme-antidate');
}

// Two coordinators suspend each other while they cannot hear of it: once they meet, all nodes show the same, and the next charter ends it.
export async function mutual({ desks }) {
  const { prefecture, ville, association } = desks;
  const all = [prefecture, ville, association];
  const alarm = (name) => new RegExp(`Suspendu jusqu’à la prochaine charte\\s: ce qu’accorde ${name}`);
  const alarms = [alarm(prefecture.partner), alarm(ville.partner)];
  const before = await version(prefecture);
  for (const desk of [prefecture, association]) await desk.node.stop();
  await suspend(ville, prefecture);
  await ville.node.stop();
  // A node compares itself with another before it decides: the association, which has not heard of anything.
  await Promise.all([prefecture.open(), association.open()]);
  await suspend(prefecture, ville);
  for (const desk of [prefecture, association]) {
    await says(desk.page, desk.at('federation'), alarms[1]);
    assert.ok(!alarms[0].test(await main(desk.page)), `they are apart: ${desk.partner}`);
  }
  await ville.open();
  for (const desk of all) {
    for (const expected of alarms) await says(desk.page, desk.at('federation'), expected);
    assert.equal(await version(desk), before, `the charter stands: ${desk.partner}`);
    for (const partner of [prefecture.partner, ville.partner]) {
      await open(desk, partner);
      assert.match(await main(desk.page), /Suspendu/, desk.partner);
    }
  }
  await association.go('federation');
  await association.shot('federation-suspendue-deux-fois');
  await nextCharter(desks, 'Enfance et jeunesse en Loiret, réconciliés');
  for (const desk of all) {
    await desk.go('federation');
    const shown = await main(desk.page);
    assert.ok(!alarms.some((each) => each.test(shown)), `the next charter ends it: ${desk.partner}`);
  }
}

async function suspend(desk, other) {
  await open(desk, other.partner);
  await desk.page.locator('summary', { hasText: 'Suspendre ce qu’il accorde' }).click();
  await desk.page.locator('form:has(input[value=suspend]) button').click();
  await signWhatSays(desk.page, new RegExp(`Suspendre une coordination[\\s\\S]*${other.partner}`), desk.password);
}

export async function suspension({ desks }) {
  const { prefecture, ville, association } = desks;
  const all = [prefecture, ville, association];
  const alarm = /Suspendu jusqu’à la prochaine charte\s: ce qu’accorde Préfecture du Loiret/;
  await suspend(ville, prefecture);
  for (const desk of all) {
    await says(desk.page, desk.at('federation'), alarm);
    await open(desk, prefecture.partner);
    assert.match(await main(desk.page), /Suspendu/);
  }
  await association.go('federation');
  await association.shot('federation-suspendue');

  await refused(prefecture, ville.partner);
  await nextCharter(desks, 'Enfance et jeunesse en Loiret, après médiation');
  for (const desk of all) {
    await desk.go('federation');
    assert.ok(!alarm.test(await main(desk.page)), `the next charter ends it: ${desk.partner}`);
  }
  await extendMandate(prefecture, ville.partner);
  await signWhatSays(prefecture.page, /Étendre un mandat[\s\S]*Ville de Gien/, prefecture.password);
  const grant = (desk) => desk.page.locator('ol.history > li', { hasText: 'Étendre un mandat' }).first();
  for (const desk of all) {
    await comes(desk.page, desk.at('federation/decisions'), async () => (await grant(desk).count()) === 1);
    assert.match(await grant(desk).innerText(), /Étendre un mandat\s+Compte/, desk.partner);
  }
}

// Prepares a wider mandate for a partner, up to what is shown before it is signed.
async function extendMandate(desk, partner) {
  await open(desk, partner);
  await desk.page.locator('summary', { hasText: 'Étendre son mandat' }).click();
  await desk.page.fill('#new-territories', '18');
  await desk.page.check('#new-kind-event');
  await desk.page.locator('form:has(input[value=mandate]) button').click();
}

// What it would grant now is not signed, and its pages say why.
async function refused(desk, partner) {
  const before = await decisions(desk.page, desk.node.pages);
  await extendMandate(desk, partner);
  await desk.page.fill('#password', desk.password);
  await desk.page.locator('#password').press('Enter');
  await desk.page.locator('.summary').waitFor();
  assert.match(await main(desk.page), /Ce que votre nœud accorde est suspendu\s: seule la prochaine charte peut y mettre fin/);
  await desk.shot('suspendue-refusee');
  assert.equal(await decisions(desk.page, desk.node.pages), before, 'nothing was signed');
}

// Two seats of three adopt another charter, each from its own node: one proposes, the other reads the difference and approves.
async function nextCharter(desks, name) {
  const { prefecture, ville, association } = desks;
  const all = [prefecture, ville, association];
  const before = await version(prefecture);
  await propose(ville, { '#name': name }, new RegExp(name));
  for (const desk of all) {
    await says(desk.page, desk.at('federation/charte'), new RegExp(`Proposition[\\s\\S]*${name}`));
    assert.equal(await version(desk), before, 'one vote of three changes nothing');
  }
  await association.shot('charte-proposee');
  await adopt(association, all, before, name);
  await prefecture.shot('charte-adoptee');
}
