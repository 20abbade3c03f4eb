// Erasures by item, by person and by record: shown before they are signed, gone from the other nodes' pages, and followed on the board
// while one node is away.
import assert from 'node:assert/strict';
import { comes, heading, main, says, signWhatSays } from './officer.mjs';

const TWO_HOURS_MS = 2 * 60 * 60 * 1000;
const PERSON = { name: 'Camille Inventée', mail: 'camille.inventee@exemple.fr', phone: '06 39 98 00 42' };
const literally = (text) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
const PHONE_SHOWN = /39 ?98 ?00 ?42/;

export async function erasures({ desks }) {
  const { prefecture, ville, association } = desks;
  const record = await contact(ville);
  for (const desk of [prefecture, association]) {
    await says(desk.page, desk.at(record), /Camille Inventée/);
  }
  await oneItem(prefecture, ville, record);
  // This node is away from now on: it keeps the rest, and is named.
  await association.node.stop();
  await onePerson(prefecture, ville, record);
  const erased = await oneRecord(prefecture, ville);
  await board(desks, record, erased);
}

// The ville writes whom to ask about one of the records.
async function contact(ville) {
  await ville.go('recensement?kind=actor&q=jardins');
  await ville.page.locator('main tbody a').first().click();
  const record = new URL(ville.page.url()).pathname.slice(1);
  await ville.page.locator('a', { hasText: 'Ajouter un contact' }).click();
  for (const [field, value] of Object.entries(PERSON)) await ville.page.fill(`#contact_${field}`, value);
  await ville.page.fill('#contact_purpose', 'organiser la rencontre');
  await ville.page.check('#seen-by-partners');
  await ville.page.locator('main form button.primary').click();
  await says(ville.page, ville.at(record), /Camille Inventée/);
  return record;
}

async function search(desk) {
  await desk.go('donnees-personnelles');
  await desk.page.fill('#personne', PERSON.name);
  await desk.page.locator('form[action="/donnees-personnelles/recherche"] button').click();
}

async function oneItem(prefecture, ville, record) {
  await search(prefecture);
  await prefecture.shot('personne');
  await prefecture.page.locator('tr', { hasText: PHONE_SHOWN }).locator('a', { hasText: 'Effacer' }).click();
  await heading(prefecture.page, 'Effacer des données personnelles');
  const shown = await main(prefecture.page);
  assert.match(shown, PHONE_SHOWN);
  assert.ok(!shown.includes(PERSON.mail), 'only this value is about to go');
  const form = prefecture.page.locator('form:has(input[value=coordination])');
  await form.locator('button').click();
  await heading(prefecture.page, 'Effacer des données personnelles');
  assert.match(await main(prefecture.page), /Écrivez le motif/, 'an erasure says why');
  await prefecture.page.fill('#ground', 'Numéro qui n’est plus le sien');
  await form.locator('button').click();
  await prefecture.shot('effacer-une-valeur');
  const named = await main(prefecture.page);
  assert.match(named, /Ce qui disparaît\s+Téléphone direct, sur «\s.+\s» \(.+\), écrit par Ville de Gien/, 'what goes is named, not only its id');
  assert.ok(!PHONE_SHOWN.test(named), 'the value itself is in nothing that is signed');
  await signWhatSays(prefecture.page, /Effacer[\s\S]*Numéro qui n’est plus le sien/, prefecture.password);
  await comes(ville.page, ville.at(record), async () => !PHONE_SHOWN.test(await main(ville.page)));
  const left = await main(ville.page);
  assert.ok(left.includes(PERSON.name) && left.includes(PERSON.mail), 'the other values stay');
}

async function onePerson(prefecture, ville, record) {
  await search(prefecture);
  await prefecture.page.locator('a', { hasText: 'Effacer tout ce qui concerne cette personne' }).click();
  await prefecture.shot('effacer-une-personne');
  await prefecture.page.fill('#ground', 'À la demande de la personne');
  await prefecture.page.locator('form:has(input[value=coordination]) button').click();
  await prefecture.shot('effacer-signer');
  await signWhatSays(prefecture.page, /Effacer[\s\S]*À la demande de la personne/, prefecture.password);
  await comes(ville.page, ville.at(record), async () => !(await main(ville.page)).includes(PERSON.name));
  await search(ville);
  assert.ok(!(await main(ville.page)).includes(PERSON.mail), 'nothing is held on this person any more');
}

async function oneRecord(prefecture, ville) {
  await prefecture.go('recensement?kind=event');
  await prefecture.page.locator('main tbody a').first().click();
  const record = new URL(prefecture.page.url()).pathname.slice(1);
  const name = (await prefecture.page.locator('h1').innerText()).trim();
  await prefecture.page.locator('a', { hasText: 'Effacer cette fiche' }).click();
  await heading(prefecture.page, `Effacer « ${name} »`);
  assert.match(await main(prefecture.page), /Modifications\s+[1-9]/, 'what will go is counted');
  await prefecture.page.fill('#ground', 'Fiche d’essai');
  await prefecture.shot('effacer-une-fiche');
  await prefecture.page.locator('main form button.danger').click();
  await signWhatSays(prefecture.page, new RegExp(`Effacer[\\s\\S]*Tout ce qui est écrit sur «\\s${literally(name)}\\s»[\\s\\S]*Fiche d’essai`), prefecture.password);
  await prefecture.shot('effacee-signee');
  await comes(ville.page, ville.at(record), async () => !(await main(ville.page)).includes(name));
  await heading(ville.page, 'Fiche effacée');
  assert.match(await main(ville.page), /Effacée le\s+\d+[\s\S]*Par\s+Préfecture du Loiret[\s\S]*Motif\s+Fiche d’essai[\s\S]*Modifications, sans leur contenu\s+\S/);
  await ville.look('fiche-effacee');
  await ville.go(`${record}/historique`);
  await ville.look('historique-efface');
  assert.match(await main(ville.page), /Effacé par Préfecture du Loiret, le \d+.*Motif\s: Fiche d’essai/);
  return { record, name };
}

async function board(desks, record, erased) {
  const { prefecture, ville, association } = desks;
  await says(ville.page, ville.at('federation/effacements'), /Nœuds qui ne l’ont pas encore dit[\s\S]*Préfecture du Loiret, connecté/);
  for (const desk of [prefecture, ville]) desk.node.ask('erasures', '--finish');
  for (const desk of [prefecture, ville]) {
    await comes(desk.page, desk.at('federation/effacements'), async () => {
      const said = await desk.page.locator('ol.history > li').allInnerTexts();
      return said.length === 3 && said.every((each) => /2 nœuds sur 3/.test(each));
    });
    for (const each of await desk.page.locator('ol.history > li').allInnerTexts()) {
      const awaited = /Nœuds qui ne l’ont pas encore dit[\s\S]*Fédération des maisons pour tous, dernières nouvelles le \d+/;
      assert.match(each, awaited);
    }
  }
  await prefecture.shot('effacements-un-absent');
  // It comes back, and brings nothing back.
  await association.open();
  await comes(association.page, association.at(record), async () => !(await main(association.page)).includes(PERSON.name));
  assert.ok(!(await main(association.page)).includes(PERSON.mail));
  assert.ok(association.page.url().endsWith(record), 'it is the record that is shown');
  await comes(association.page, association.at(erased.record), async () => !(await main(association.page)).includes(erased.name));
  // Two hours after it heard of all of them, by its clock, it writes its files anew by itself.
  await association.node.stop();
  await association.open(undefined, TWO_HOURS_MS);
  for (const desk of [prefecture, ville]) {
    await comes(desk.page, desk.at('federation/effacements'), async () => {
      const said = await desk.page.locator('ol.history > li').allInnerTexts();
      return said.every((each) => /3 nœuds sur 3/.test(each));
    });
    await desk.go(record);
    assert.ok(!(await main(desk.page)).includes(PERSON.name), 'the node that was away brought nothing back');
    await desk.go(erased.record);
    assert.ok(!(await main(desk.page)).includes(erased.name));
  }
  await prefecture.shot('effacements-finis');
}
