// A label from its application to its withdrawal: answers, assessments of the committee, decisions on two nodes, the proof; then the
// withdrawal on every node, on the page that anybody opens, in the status list, and in what `maillage verify` says of the proofs.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { stranger } from './browser.mjs';
import { comes, main, says, signWhatSays } from './officer.mjs';

const ACCEPTED = 0;
const ENDED = 2;
const REASON = 'Lieu fermé au public';

export async function labels(world) {
  const { prefecture, ville, association } = world.desks;
  const all = [prefecture, ville, association];
  await association.go('recensement?kind=actor&q=jardins');
  const link = association.page.locator('main tbody a').first();
  const name = (await link.innerText()).trim();
  await link.click();
  const record = new URL(association.page.url()).pathname.slice(1);
  await apply(association, record);
  for (const desk of [prefecture, ville]) await assess(desk, name);
  await assessed(association, name);
  await decide([prefecture, ville], all, record, name);

  const proof = await takeProof(ville, record, path.join(world.shots, 'avant.maillage-proof'));
  const list = issuerOf(world, proof);
  const before = await takeList(world, list, 'statuts-avant.json');
  assert.equal(verify(world, proof).status, ACCEPTED);
  assert.equal(verify(world, proof, before).status, ACCEPTED);

  const label = await withdraw(ville, record);
  for (const desk of all) {
    await desk.go('labels');
    const row = desk.page.locator('tr', { hasText: name });
    await comes(desk.page, desk.at('labels'), async () => /Retiré/.test(await row.innerText()));
    await desk.go(`${record}/labels`);
    assert.match(await main(desk.page), new RegExp(`Retiré[\\s\\S]*Ville de Gien\\s: ${REASON}`), desk.partner);
  }
  await association.shot('label-retire');
  await prove(world, { record, label, proof, list });
}

async function apply(desk, record) {
  await desk.go(record);
  await desk.page.locator('a', { hasText: 'Candidater à un label' }).click();
  await desk.page.locator('main li a', { hasText: 'Accueil de tous' }).click();
  for (const answer of await desk.page.locator('main form textarea').all()) await answer.fill('Rampe, et tarif selon le quotient familial.');
  await desk.page.locator('#evidence').fill('https://exemple.fr/dossier');
  await desk.shot('candidater');
  await desk.page.locator('main form button.primary').click();
  await desk.shot('candidature-deposee');
}

// Opens the application of the record, once the node has it.
async function open(desk, name) {
  const row = desk.page.locator('main tbody tr', { hasText: name });
  await comes(desk.page, desk.at('labels/candidatures'), async () => (await row.count()) > 0);
  await row.first().locator('th a').click();
}

async function assess(desk, name) {
  await open(desk, name);
  assert.match(await main(desk.page), /quotient familial[\s\S]*N’ont pas encore évalué|N’ont pas encore évalué[\s\S]*quotient familial/);
  const form = desk.page.locator('form[action$="/evaluer"]');
  for (const level of await form.locator('select').all()) await level.selectOption('2');
  for (const why of await form.locator('textarea').all()) await why.fill('Vu sur place.');
  await form.locator('button.primary').click();
  assert.match(await main(desk.page), /Vu sur place/);
  await desk.shot('candidature-evaluee');
}

async function assessed(desk, name) {
  await open(desk, name);
  await says(desk.page, desk.page.url(), /Préfecture du Loiret[\s\S]*Ville de Gien[\s\S]*Total pondéré\s: 6 sur 9[\s\S]*Total pondéré\s: 6 sur 9/);
  await desk.shot('comite');
}

async function decide(voters, all, record, name) {
  for (const [number, desk] of voters.entries()) {
    if (number > 0) await says(desk.page, desk.at(`${record}/labels`), /En cours de décision \(1 sur 2\)/);
    await desk.go(`${record}/labels`);
    await desk.page.locator('form:has(input[name=scheme]) button').click();
    await signWhatSays(desk.page, /Attribuer un label[\s\S]*accueil/, desk.password);
  }
  for (const desk of all) {
    await says(desk.page, desk.at(`${record}/labels`), /En vigueur/);
    await desk.go('labels');
    assert.match(await desk.page.locator('tr', { hasText: name }).innerText(), /En vigueur/, desk.partner);
  }
}

async function takeProof(desk, record, file) {
  await desk.go(`${record}/labels`);
  const link = desk.page.locator('main a[href$="/preuve"]').first();
  const [download] = await Promise.all([desk.page.waitForEvent('download'), link.click()]);
  await download.saveAs(file);
  return file;
}

function verify(world, proof, list) {
  const more = list === undefined ? [] : ['--status-list', list];
  return spawnSync(world.program, ['verify', proof, ...more], { encoding: 'utf8' });
}

// The coordinator whose list the proof names: the lists of this test are told apart by their host.
function issuerOf(world, proof) {
  const found = /https:\/\/(\w+)\.exemple\.fr\/statuts\.json/.exec(verify(world, proof).stdout);
  assert.ok(found, verify(world, proof).stdout);
  return world.desks[found[1]];
}

// Fetches the status list as a web site does: without an account.
async function takeList(world, desk, name) {
  const answer = await fetch(desk.at('verifier/statuts.json'));
  assert.equal(answer.status, 200);
  const file = path.join(world.shots, name);
  fs.writeFileSync(file, await answer.text());
  return file;
}

// Withdraws the label, and returns its reference.
async function withdraw(desk, record) {
  await desk.go(`${record}/labels`);
  const reference = await desk.page.locator('main a[href^="/verifier?label="]').first().getAttribute('href');
  await desk.page.locator('summary', { hasText: 'Retirer ce label' }).click();
  await desk.page.fill('#reason-1', REASON);
  await desk.shot('retirer');
  await desk.page.locator('form:has(input[name=withdraw]) button').click();
  await desk.shot('retirer-signer');
  await signWhatSays(desk.page, new RegExp(`Retirer un label[\\s\\S]*${REASON}`), desk.password);
  return reference.split('=').pop();
}

// Anybody sees it: by the reference, by both proofs, by the list.
async function prove(world, { record, label, proof, list }) {
  const { association } = world.desks;
  const visitor = await stranger(world.browser, { javaScriptEnabled: false });
  await visitor.goto(association.at(`verifier?label=${label}`));
  assert.match(await main(visitor), new RegExp(`Retiré[\\s\\S]*${REASON}`));
  const send = async (file) => {
    await visitor.goto(association.at('verifier'));
    await visitor.setInputFiles('#fichier', file);
    await visitor.locator('main form button[type=submit]').click();
    return main(visitor);
  };
  // The file of before does not know; the node that is asked does.
  assert.match(await send(proof), /D’après ce nœud, aujourd’hui[\s\S]*Retiré/);
  await visitor.screenshot({ path: path.join(world.shots, 'verifier-ancienne.png'), fullPage: true });
  const later = await takeProof(association, record, path.join(world.shots, 'apres.maillage-proof'));
  assert.match(await send(later), new RegExp(`Preuve valable, mais le label a été retiré\\.[\\s\\S]*${REASON}`));
  await visitor.screenshot({ path: path.join(world.shots, 'verifier-retiree.png'), fullPage: true });
  assert.equal(verify(world, later).status, ENDED);
  assert.equal(verify(world, proof).status, ACCEPTED, 'the file alone cannot know');
  const after = await takeList(world, list, 'statuts-apres.json');
  const judged = verify(world, proof, after);
  assert.equal(judged.status, ENDED, judged.stdout);
  assert.match(judged.stdout, /Label refusé\s: la preuve est valable, mais il a été retiré depuis/);
}
