// A partner is cut at a position, and a coordinator is suspended: what each node's pages show of it, and what no longer counts.
import assert from 'node:assert/strict';
import { comes, decisions, heading, main, says, signWhatSays } from './officer.mjs';
import { adopt, open, propose, summarise, version } from './steps.mjs';

const BEFORE = 'Écrit avant que la clé ne soit volée.';
const AFTER = 'Écrit avec la clé volée.';
const LATER = 'Écrit encore, après la coupure.';

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

export async function suspension({ desks }) {
  const { prefecture, ville, association } = desks;
  const all = [prefecture, ville, association];
  const alarm = /Suspendu jusqu’à la prochaine charte\s: ce qu’accorde Préfecture du Loiret/;
  await open(ville, prefecture.partner);
  await ville.page.locator('summary', { hasText: 'Suspendre ce qu’il accorde' }).click();
  await ville.page.locator('form:has(input[value=suspend]) button').click();
  await ville.shot('suspendre-signer');
  await signWhatSays(ville.page, /Suspendre une coordination[\s\S]*Préfecture du Loiret/, ville.password);
  for (const desk of all) {
    await says(desk.page, desk.at('federation'), alarm);
    await open(desk, prefecture.partner);
    assert.match(await main(desk.page), /Suspendu/);
  }
  await association.go('federation');
  await association.shot('federation-suspendue');

  await refused(prefecture, ville.partner);
  await nextCharter(desks);
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
async function nextCharter(desks) {
  const { prefecture, ville, association } = desks;
  const all = [prefecture, ville, association];
  const name = 'Enfance et jeunesse en Loiret, après médiation';
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
