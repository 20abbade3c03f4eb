// Two charters are approved apart, by a seat whose key is in other hands: every node says so and keeps the one in force, until a recovery
// key that is kept off line signs one of them.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { comes, heading, main, says, signWhatSays } from './officer.mjs';
import { adopt, adopted, proposal, propose, version } from './steps.mjs';

const FIRST = 'Enfance et jeunesse en Loiret, avec le département';
const OTHER = 'Enfance et jeunesse en Loiret, sans le département';
const REFUSED = 1;

export async function dispute(world) {
  const { prefecture, ville, association, mission } = world.desks;
  const all = [prefecture, ville, association];
  const recovery = await nameRecoveryKey(world, all);
  const before = await version(prefecture);
  await propose(prefecture, { '#name': FIRST }, new RegExp(FIRST));
  await propose(ville, { '#name': OTHER }, new RegExp(OTHER));
  for (const desk of all) await says(desk.page, desk.at('federation/charte'), new RegExp(`${FIRST}[\\s\\S]*${OTHER}|${OTHER}[\\s\\S]*${FIRST}`));
  const stolen = path.join(world.shots, 'siege-vole.key');
  fs.copyFileSync(path.join(association.node.folder, 'keys', 'seat.key'), stolen);

  // Apart: the thief shows its vote to one node, the real seat votes with the two others. Nobody else may carry it from one to the other.
  await Promise.all([prefecture, association, mission].map((desk) => desk.node.stop()));
  const theft = signed(world, await ballot(ville, OTHER), stolen);
  await bring(ville, theft);
  await signWhatSays(ville.page, /Voix d’un siège[\s\S]*Siège\s+Fédération des maisons pour tous[\s\S]*sans le département/, ville.password);
  await adopted([ville], before, OTHER);
  await ville.node.stop();
  await Promise.all([prefecture.open(), association.open()]);
  await adopt(association, [prefecture, association], before, FIRST);

  await ville.open();
  await mission.open();
  const alarm = /Deux chartes ont été approuvées à la suite de celle en vigueur[\s\S]*Ont approuvé les deux\s: Fédération des maisons pour tous\.[\s\S]*clés de secours/;
  for (const desk of all) {
    await says(desk.page, desk.at('federation/charte'), alarm);
    assert.equal(await version(desk), before, `the node keeps the charter that nobody disputes: ${desk.partner}`);
    assert.equal(await desk.page.locator('.badge', { hasText: 'Assez de voix, en concurrence' }).count(), 2);
    await desk.go('federation');
    assert.match(await main(desk.page), /Deux chartes ont été approuvées à la suite de celle en vigueur/);
  }
  await association.go('federation/charte');
  await association.look('charte-contestee');
  await recover(world, recovery, stolen, theft);
  await adopted(all, before, FIRST);
  for (const desk of all) {
    assert.ok(!/Deux chartes ont été approuvées/.test(await main(desk.page)), desk.partner);
    await desk.go('federation');
    assert.ok(!/Deux chartes ont été approuvées/.test(await main(desk.page)), desk.partner);
  }
  await ville.go('federation/charte');
  await ville.shot('charte-tranchee');
}

// A key is made off line, and its public half named by a charter that two seats adopt.
async function nameRecoveryKey(world, all) {
  const [prefecture, ville, association] = all;
  const file = path.join(world.shots, 'secours.key');
  const made = command(world, ['charter', 'key', file]);
  assert.equal(made.status, 0, made.stderr);
  assert.equal(fs.statSync(file).mode & 0o777, 0o600, 'only its owner can read it');
  const { key } = JSON.parse(made.stdout);
  const before = await version(prefecture);
  await propose(ville, { '#recovery': key, '#recovery-k': '1' }, new RegExp(`Clés de secours[\\s\\S]*${key}`));
  await adopt(association, all, before, key);
  return file;
}

function command(world, words) {
  return spawnSync(world.program, [...words, '--json'], { encoding: 'utf8' });
}

// Opens the page on which a proposal is signed off line, and takes its ballot.
async function ballot(desk, text) {
  await desk.go('federation/charte');
  await proposal(desk, text).locator('a', { hasText: 'Signer hors ligne' }).click();
  await heading(desk.page, 'Signature hors ligne');
  const link = desk.page.locator('a', { hasText: 'Télécharger le bulletin' });
  const [download] = await Promise.all([desk.page.waitForEvent('download'), link.click()]);
  assert.match(download.suggestedFilename(), /^charte-[0-9a-f]+\.maillage-ballot$/);
  assert.match(await main(desk.page), new RegExp(`maillage charter sign ${download.suggestedFilename()} --key secours\\.key`), 'the page says the exact command');
  const file = path.join(path.dirname(desk.node.folder), download.suggestedFilename());
  await download.saveAs(file);
  return file;
}

// Signs a ballot as somebody does who has no node and no network.
function signed(world, file, key) {
  const shown = command(world, ['charter', 'sign', file, '--key', key]);
  assert.equal(shown.status, REFUSED, 'without a yes, nothing is signed');
  assert.match(shown.stdout, /not_confirmed/);
  const done = command(world, ['charter', 'sign', file, '--key', key, '--yes']);
  assert.equal(done.status, 0, done.stdout + done.stderr);
  return JSON.parse(done.stdout).signature;
}

async function bring(desk, text) {
  await desk.page.fill('#signature', text);
  await desk.page.locator('form[action$="/signature"] button').click();
}

// What is brought is decoded first: what is broken, is for something else or has no vote is refused, and nothing is kept.
async function recover(world, recovery, stolen, theft) {
  const { association } = world.desks;
  const file = await ballot(association, FIRST);
  await association.look('signature-hors-ligne');
  const refused = async (text, why) => {
    await bring(association, text);
    await heading(association.page, 'Signature hors ligne');
    assert.match(await association.page.locator('#signature-error').innerText(), why);
    assert.equal(await association.page.inputValue('#signature'), text, 'what was typed is kept');
  };
  await refused('approval:8601', /Aucune signature entière/);
  await association.shot('signature-refusee');
  await refused(theft, /déjà sur ce nœud/);
  assert.match(command(world, ['charter', 'sign', file, '--key', stolen, '--yes']).stdout, /approved_another/, 'a key that has voted votes for nothing else');
  const stranger = path.join(world.shots, 'inconnue.key');
  command(world, ['charter', 'key', stranger]);
  assert.match(command(world, ['charter', 'sign', file, '--key', stranger, '--yes']).stdout, /no_vote/);

  const signature = signed(world, file, recovery);
  const broken = signature.slice(0, -1) + (signature.endsWith('0') ? '1' : '0');
  await refused(broken, /Aucune signature entière/);
  await bring(association, `Signature, to be brought to the page of the proposal:\n${signature}\n`);
  await association.shot('signature-verifiee');
  await signWhatSays(association.page, /La signature est valable[\s\S]*Signature d’une clé de secours[\s\S]*avec le département/, association.password);
  await comes(association.page, association.at('federation/charte'), async () => !(await main(association.page)).includes('Deux chartes ont été approuvées'));
}
