// Persons on the pages: somebody who objected is recognised, a mail in a text is asked about, and whoever asks gets what is held on them.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { heading, main, says } from './officer.mjs';
import { firstRecord } from './steps.mjs';

const OBJECTOR = 'Alix Inventée';
const WRITTEN = { mail: 'dominique.inventee@exemple.fr', own: 'accueil@jardins.exemple.fr' };

export async function persons({ desks }) {
  const { prefecture, ville, association } = desks;
  const record = await firstRecord(ville, 'kind=actor&q=jardins');
  await objection(desks, record);
  await freeText(desks, record);
  await exported(prefecture, association, record);
}

async function objection({ prefecture, ville }, record) {
  await ville.go('donnees-personnelles');
  await ville.page.fill('#opposition', OBJECTOR);
  await ville.page.locator('form[action="/donnees-personnelles/oppositions"] button').click();
  assert.match(await main(ville.page), /L’opposition est enregistrée[\s\S]*Opposition enregistrée le/);
  assert.ok(!(await main(ville.page)).includes(OBJECTOR), 'the list names nobody');
  await ville.shot('opposition');

  await ville.go(record);
  await ville.page.locator('a', { hasText: 'Ajouter un contact' }).click();
  await ville.page.fill('#contact_name', OBJECTOR.toLowerCase());
  await ville.page.fill('#contact_purpose', 'organiser la rencontre');
  await ville.page.check('#seen-by-partners');
  const save = ville.page.locator('main form button.primary');
  await save.click();
  assert.match(await main(ville.page), /a demandé à ne pas figurer dans le recensement/, 'who enters them again is warned');
  await ville.shot('opposition-avertie');
  await prefecture.go(record);
  assert.ok(!(await main(prefecture.page)).toLowerCase().includes(OBJECTOR.toLowerCase()), 'nothing was kept');
  await ville.page.check('#objection_known');
  await save.click();
  for (const desk of [ville, prefecture]) await says(desk.page, desk.at(record), new RegExp(OBJECTOR, 'i'));
}

// A text may not carry a person's mail unseen: who typed it says whose it is.
async function freeText({ prefecture, ville, association }, record) {
  const text = `Écrire à ${WRITTEN.mail} ou à ${WRITTEN.own} pour venir.`;
  await association.go(`${record}/modifier`);
  await association.page.fill('#summary', text);
  const save = association.page.locator('main form button.primary');
  await save.click();
  const shown = await main(association.page);
  assert.match(shown, /contient «\s?dominique\.inventee@exemple\.fr\s?»[\s\S]*contient «\s?accueil@jardins\.exemple\.fr\s?»/);
  assert.equal(await association.page.inputValue('#summary'), text, 'what was typed is kept');
  await association.shot('coordonnees-dans-un-texte');
  await prefecture.go(record);
  assert.ok(!(await main(prefecture.page)).includes(WRITTEN.mail), 'nothing was kept');
  const piece = (mail) => association.page.locator('#section-pieces').locator('..').locator('fieldset', { hasText: mail });
  await piece(WRITTEN.mail).locator('input[value=contact]').check();
  await piece(WRITTEN.own).locator('input[value=keep]').check();
  await association.page.fill('#contact_name', 'Dominique Inventée');
  await association.page.fill('#contact_purpose', 'accueillir les visites');
  await association.page.check('#seen-by-partners');
  await save.click();
  for (const desk of [association, prefecture, ville]) {
    await says(desk.page, desk.at(record), /Dominique Inventée/);
    const summary = desk.page.locator('dl.facts > div', { hasText: WRITTEN.own });
    assert.ok(!(await summary.first().innerText()).includes(WRITTEN.mail), `the text has lost it: ${desk.partner}`);
    assert.ok((await main(desk.page)).includes(WRITTEN.mail), `the contact has it: ${desk.partner}`);
  }
}

// What is held on a person leaves as a file, on a node that did not write it.
async function exported(prefecture, association, record) {
  await prefecture.go('donnees-personnelles');
  await prefecture.page.fill('#personne', 'dominique inventée');
  await prefecture.page.locator('form[action="/donnees-personnelles/recherche"] button').click();
  await heading(prefecture.page, 'Ce qui est détenu sur une personne');
  await prefecture.shot('personne-trouvee');
  const button = prefecture.page.locator('form[action="/donnees-personnelles/export"] button');
  const [download] = await Promise.all([prefecture.page.waitForEvent('download'), button.click()]);
  assert.equal(download.suggestedFilename(), 'donnees-personnelles.json');
  const { values } = JSON.parse(fs.readFileSync(await download.path(), 'utf8'));
  const held = Object.fromEntries(values.map((each) => [each.field, each]));
  assert.equal(held.contact_mail.value, WRITTEN.mail);
  assert.equal(held.contact_name.value, 'Dominique Inventée');
  for (const each of values) {
    assert.ok(record.endsWith(each.record), 'it says where');
    assert.equal(each.partner, association.partner, 'it says who wrote it');
    assert.equal(each.purpose, 'accueillir les visites', 'it says what for');
  }
}
