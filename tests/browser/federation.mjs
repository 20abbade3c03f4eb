// Two coordinators decide, in French, by keyboard alone and without JavaScript in the pages: an invitation, a mandate, a charter, a
// label, its certificate and its proof. Usage: node federation.mjs FIRST_PAGES SECOND_PAGES ACCOUNT PASSWORD SHOTS_FOLDER PROGRAM
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { launch, logIn, stranger } from './browser.mjs';
import { comes, decisions, follow, heading, main, sign, tabTo, use, write } from './officer.mjs';

const [first, second, account, password, shots, program] = process.argv.slice(2);
const browser = await launch();

async function invite(page) {
  await page.goto(`${first}federation`);
  await write(page, page.locator('#invite-name'), 'Mission locale inventée');
  await follow(page, page.locator('form[action="/federation/inviter"] button'));
  await heading(page, 'Billet d’invitation');
  assert.match(await page.locator('code').first().innerText(), /^maillage1[a-z0-9]+$/);
  assert.ok(await page.locator('figure.qr svg').isVisible(), 'the ticket can be scanned');
  await page.screenshot({ path: path.join(shots, 'billet.png'), fullPage: true });
  await page.goto(`${first}federation`);
  assert.match(await page.locator('tr', { hasText: 'Mission locale inventée' }).innerText(), /Pas encore utilisée/);
}

async function extendMandate(page) {
  const before = await decisions(page, first);
  await page.goto(`${first}federation`);
  await follow(page, page.locator('main tbody a', { hasText: 'Ville de Gien' }));
  await heading(page, 'Ville de Gien');
  await use(page, page.locator('summary', { hasText: 'Étendre son mandat' }));
  await use(page, page.locator('#new-kind-event'), 'Space');
  await write(page, page.locator('#new-territories'), '45');
  await follow(page, page.locator('form:has(input[value=mandate]) button'));
  await heading(page, 'Vérifiez avant de signer');
  assert.match(await main(page), /Étendre un mandat[\s\S]*Ville de Gien/, 'what will be signed is shown first');
  await write(page, page.locator('#password'), 'pas le bon mot de passe');
  await Promise.all([page.waitForEvent('load'), page.keyboard.press('Enter')]);
  assert.match(await main(page), /Rien n’a été signé/);
  const aside = await page.context().newPage();
  assert.equal(await decisions(aside, first), before, 'a wrong password signs nothing');
  await aside.close();
  await sign(page, password);
  assert.equal(await decisions(page, first), before + 1);
  const newest = await page.locator('ol.history > li').first().innerText();
  assert.match(newest, /Étendre un mandat\s+Compte[\s\S]*Préfecture du Loiret/);
}

async function changeCharter(page, other) {
  const name = 'Enfance et jeunesse en Loiret, charte relue';
  await page.goto(`${first}federation/charte`);
  assert.match(await main(page), /Version 2 /);
  await use(page, page.locator('summary', { hasText: 'Proposer une nouvelle charte' }));
  await write(page, page.locator('#name'), name);
  await follow(page, page.locator('form[action="/federation/charte/proposer"] button'));
  assert.ok((await main(page)).includes(name), 'the preview shows what changes');
  await sign(page, password);
  await page.goto(`${first}federation/charte`);
  assert.match(await main(page), /Version 2 /, 'one seat of three changes nothing');
  await page.screenshot({ path: path.join(shots, 'proposition.png'), fullPage: true });
  const approve = other.locator('form[action="/federation/charte/approuver"] button');
  await comes(other, `${second}federation/charte`, async () => (await approve.count()) === 1);
  await follow(other, approve);
  assert.ok((await main(other)).includes(name), 'who approves sees the same');
  await sign(other, password);
  for (const [each, pages] of [[page, first], [other, second]]) {
    await comes(each, `${pages}federation/charte`, async () => /Version 3 /.test(await main(each)));
    assert.ok((await main(each)).includes(name));
  }
}

async function vote(page) {
  await follow(page, page.locator('form:has(input[name=scheme]) button'));
  assert.match(await main(page), /Attribuer un label[\s\S]*accueil/);
  await sign(page, password);
}

// A record without a label gets one when two of the committee have voted, each on its own node.
async function decideLabel(page, other) {
  await page.goto(`${first}recensement?kind=actor&q=jardins`);
  const name = (await page.locator('main tbody a').first().innerText()).trim();
  await follow(page, page.locator('main tbody a').first());
  const labels = `${new URL(page.url()).pathname.slice(1)}/labels`;
  await page.goto(first + labels);
  assert.match(await main(page), /Cette fiche n’a pas de label/);
  await vote(page);
  await page.goto(first + labels);
  assert.match(await main(page), /En cours de décision \(1 sur 2\)/);
  await comes(other, second + labels, async () => /En cours de décision \(1 sur 2\)/.test(await main(other)));
  await vote(other);
  for (const [each, pages] of [[page, first], [other, second]]) {
    await comes(each, pages + labels, async () => /En vigueur/.test(await main(each)));
    await each.goto(`${pages}labels`);
    assert.match(await each.locator('tr', { hasText: name }).innerText(), /Accueil de tous\s+En vigueur/);
  }
  await page.goto(first + labels);
  return name;
}

async function prove(page, name) {
  await follow(page, page.locator('a', { hasText: 'Attestation à imprimer' }));
  await heading(page, 'Attestation de label');
  await page.emulateMedia({ media: 'print' });
  assert.ok(await page.locator('.certificate').isVisible() && await page.locator('figure.qr svg').isVisible());
  assert.ok(await page.locator('.sections').isHidden() && await page.locator('main .actions').isHidden(), 'paper has no buttons');
  assert.ok((await page.locator('.certificate-name').innerText()).includes(name));
  const printed = (await page.pdf({ path: path.join(shots, 'attestation.pdf'), format: 'A4' })).toString('latin1');
  assert.equal(printed.match(/\/Type\s*\/Page\b/g)?.length, 1, 'it is one sheet');
  await page.emulateMedia({ media: 'screen' });
  const proof = page.locator('a', { hasText: 'Fichier de preuve' });
  await tabTo(page, proof);
  const [download] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')]);
  const verified = spawnSync(program, ['verify', await download.path()], { encoding: 'utf8' });
  assert.equal(verified.status, 0, verified.stdout + verified.stderr);
}

try {
  const page = await stranger(browser, { javaScriptEnabled: false });
  const other = await stranger(browser, { javaScriptEnabled: false });
  await logIn(page, first, account, password);
  await logIn(other, second, account, password);
  await invite(page);
  await extendMandate(page);
  await changeCharter(page, other);
  await prove(page, await decideLabel(page, other));
  console.log('federation: done');
} finally {
  await browser.close();
}
