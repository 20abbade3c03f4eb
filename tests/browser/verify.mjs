// A proof is taken from a certificate, and checked by somebody who has no account, without JavaScript in the pages: as it is, and with
// one byte flipped. Usage: node verify.mjs PAGES ACCOUNT PASSWORD SHOTS_FOLDER
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { launch, logIn, stranger } from './browser.mjs';

const [pages, account, password, shots] = process.argv.slice(2);
const browser = await launch();

async function check(page, name, bytes) {
  await page.goto(`${pages}verifier`);
  await page.setInputFiles('#fichier', { name, mimeType: 'application/octet-stream', buffer: bytes });
  await Promise.all([page.waitForEvent('load'), page.locator('main form button[type=submit]').click()]);
  return page.locator('main [role=status]').innerText();
}

try {
  const member = await stranger(browser, { acceptDownloads: true });
  await logIn(member, pages, account, password);
  await member.goto(`${pages}labels`);
  await member.locator('main tbody a').first().click();
  await member.locator('main .card a.button').first().click();
  assert.equal(await member.locator('h1').innerText(), 'Attestation de label');
  assert.ok(await member.locator('figure.qr svg').isVisible(), 'the certificate can be scanned');
  const reference = await member.locator('.certificate code').last().innerText();
  assert.match(reference, /^maillage:label:[0-9a-f]{32}$/);
  const [download] = await Promise.all([
    member.waitForEvent('download'),
    member.locator('a[href$="/preuve"]').click(),
  ]);
  const proof = path.join(shots, 'telecharge.maillage-proof');
  await download.saveAs(proof);
  const bytes = fs.readFileSync(proof);

  const visitor = await stranger(browser, { javaScriptEnabled: false });
  const accepted = await check(visitor, 'label.maillage-proof', bytes);
  assert.match(accepted, /^Preuve valable/);
  assert.match(accepted, /Signé par/);
  await visitor.screenshot({ path: path.join(shots, 'verifier-acceptee.png'), fullPage: true });

  const flipped = Buffer.from(bytes);
  flipped[Math.floor(flipped.length / 2)] ^= 1;
  const refused = await check(visitor, 'label.maillage-proof', flipped);
  assert.match(refused, /^Preuve refusée\. Le fichier a été modifié après sa fabrication\./);
  await visitor.screenshot({ path: path.join(shots, 'verifier-refusee.png'), fullPage: true });

  const id = reference.split(':').pop();
  await visitor.goto(`${pages}verifier?label=${id}`);
  assert.match(await visitor.locator('main').innerText(), /D’après ce nœud, aujourd’hui/);
  await visitor.screenshot({ path: path.join(shots, 'verifier-etat.png'), fullPage: true });
  console.log('a proof was accepted, a changed one was refused');
} finally {
  await browser.close();
}
