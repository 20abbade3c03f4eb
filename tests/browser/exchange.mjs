// A project officer brings a table, without JavaScript in the pages: upload, columns, dry run, import, record, export.
// Usage: node exchange.mjs PAGES ACCOUNT PASSWORD SHOTS_FOLDER
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { DEADLINE_MS, launch } from './browser.mjs';

const [pages, account, password, shots] = process.argv.slice(2);
const browser = await launch();

// Invented clubs; the second has a mail address that is none, the third a formula for a name.
const table = `Identifiant;Nom du club;Adresse courriel;Commune;Code INSEE;Code postal;Note interne
C1;Les Archers inventés de Gien;archers@club.example;Gien;45155;45500;Salle prêtée
C2;Le Cercle inventé;pas une adresse;Gien;45155;45500;
C3;=HYPERLINK("http://evil.example");club@club.example;Gien;45155;45500;<b>gras</b>
`;

async function structure(page) {
  assert.equal(await page.locator('html').getAttribute('lang'), 'fr');
  assert.equal(await page.locator('h1').count(), 1, page.url());
  assert.equal(await page.locator('body > a').first().getAttribute('href'), '#main', 'the skip link comes first');
  const heading = (await page.locator('h1').innerText()).trim();
  assert.ok((await page.title()).startsWith(heading), 'the title starts with the name of the page');
  for (const control of await page.locator('main input:not([type=hidden]), main select').all()) {
    const id = await control.getAttribute('id');
    assert.equal(await page.locator(`label[for="${id}"]`).count(), 1, `${id} has its label`);
  }
}

// Wide and narrow: nothing stands over the edge of a screen of 320 pixels.
async function shoot(page, name) {
  await structure(page);
  await page.screenshot({ path: path.join(shots, `${name}.png`), fullPage: true });
  await page.setViewportSize({ width: 320, height: 700 });
  const session = await page.context().newCDPSession(page);
  const width = (await session.send('Page.getLayoutMetrics')).cssContentSize.width;
  await page.screenshot({ path: path.join(shots, `${name}-320.png`), fullPage: true });
  await page.setViewportSize({ width: 1280, height: 900 });
  assert.ok(width <= 320, `${name} is ${width} px wide on a screen of 320`);
}

async function settled(page, heading) {
  for (const start = Date.now(); ;) {
    if ((await page.locator('h1').innerText()).trim() === heading) return;
    assert.ok(Date.now() - start < DEADLINE_MS, `${heading} comes in time, not ${await page.locator('h1').innerText()}`);
    await page.waitForTimeout(50);
    await page.goto(page.url());
  }
}

try {
  const context = await browser.newContext({ javaScriptEnabled: false, locale: 'fr-FR', viewport: { width: 1280, height: 900 }, acceptDownloads: true });
  const page = await context.newPage();
  page.setDefaultTimeout(DEADLINE_MS);
  await page.goto(pages + 'importer');
  await page.fill('#name', account);
  await page.fill('#password', password);
  await page.click('main button[type=submit]');
  assert.ok(page.url().endsWith('/importer'), page.url());
  await shoot(page, 'importer');

  await page.setInputFiles('#fichier', { name: 'image.csv', mimeType: 'text/csv', buffer: Buffer.from([0, 1, 2, 0xff, 0xfe, 0, 0]) });
  await page.click('main button[type=submit]');
  assert.ok(await page.locator('#fichier-error').isVisible(), 'a file that is no table is refused beside its field');
  await shoot(page, 'importer-refus');
  await page.setInputFiles('#fichier', { name: 'clubs.csv', mimeType: 'text/csv', buffer: Buffer.from(table) });
  await page.selectOption('#genre', 'actor');
  await page.fill('#source', 'Clubs inventés');
  await page.click('main button[type=submit]');

  assert.match(page.url(), /\/colonnes$/);
  await shoot(page, 'colonnes');
  assert.equal(await page.locator('#c1').inputValue(), 'name', 'the name is recognised');
  await page.selectOption('#c2', 'email');
  await page.selectOption('#c6', 'x_note_interne');
  await page.click('main button.primary');
  await settled(page, 'Résultat de l’essai');
  await shoot(page, 'essai');
  assert.ok((await page.locator('main').innerText()).includes('Une ligne est refusée'));
  const problem = page.locator('tbody tr', { hasText: 'pas une adresse' }).first();
  assert.match(await problem.innerText(), /Adresse courriel/);

  await page.check('#refus-cell');
  await page.click('form[action$="/ecrire"] button.primary');
  await settled(page, 'Import terminé');
  await shoot(page, 'import');
  assert.equal(await page.locator('ul.linked a').count(), 3);
  await page.click('ul.linked a >> nth=0');
  await structure(page);
  assert.equal((await page.locator('h1').innerText()).trim(), 'Les Archers inventés de Gien');
  assert.ok((await page.locator('main').innerText()).includes('Salle prêtée'), 'the column that no field knows is kept');

  // The search leads to its export, and the file holds what the search found.
  for (const start = Date.now(); ;) {
    await page.goto(pages + 'recensement?q=inventés&kind=actor');
    if (await page.locator('a[href^="/exporter"]', { hasText: 'Exporter cette liste' }).count()) break;
    assert.ok(Date.now() - start < DEADLINE_MS, 'the search finds the new records in time');
  }
  await page.locator('a', { hasText: 'Exporter cette liste' }).click();
  await shoot(page, 'exporter');
  await page.check('#format-tableur');
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('main button.primary')]);
  assert.match(download.suggestedFilename(), /^acteurs-\d{4}-\d\d-\d\d-tableur\.csv$/);
  const text = fs.readFileSync(await download.path(), 'utf8');
  assert.ok(text.includes('Les Archers inventés de Gien') && text.includes('Le Cercle inventé'), text);
  assert.ok(!text.includes('HYPERLINK'), 'what the search does not find stays');

  // The import is looked at, and taken back: its records leave the census.
  await page.goto(pages + 'importer');
  await shoot(page, 'importer-faits');
  await page.locator('a[href^="/importer/faits/"]').first().click();
  await page.locator('main form button.primary').waitFor();
  await shoot(page, 'importer-annuler');
  await page.click('main form button.primary');
  await page.locator('main', { hasText: 'L’import est annulé sur ce nœud' }).waitFor();
  await shoot(page, 'importer-annule');
  const after = await page.request.get(pages + 'exporter/fichier?format=csv&kind=actor');
  assert.ok(after.ok() && !(await after.text()).includes('Les Archers inventés de Gien'), 'taken back');
  console.log('exchange: done');
} finally {
  await browser.close();
}
