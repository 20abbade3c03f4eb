// Steps that several journeys take on the pages of a node.
import assert from 'node:assert/strict';
import { comes, heading, main, says, signWhatSays } from './officer.mjs';

// Writes the summary of a record.
export async function summarise(desk, record, text) {
  await desk.go(`${record}/modifier`);
  await desk.page.fill('#summary', text);
  await desk.page.locator('main form button.primary').click();
  await says(desk.page, desk.at(record), new RegExp(text));
}

// Opens what a node shows of a partner.
export async function open(desk, partner) {
  await desk.go('federation');
  await desk.page.locator('main tbody a', { hasText: partner }).click();
  await heading(desk.page, partner);
}

// Returns the address of the first record that a search finds.
export async function firstRecord(desk, search) {
  await desk.go(`recensement?${search}`);
  await desk.page.locator('main tbody a').first().click();
  return new URL(desk.page.url()).pathname.slice(1);
}

// The version of the charter in force, on the page of charters.
export async function version(desk) {
  await desk.go('federation/charte');
  return Number(/Version (\d+) /.exec(await main(desk.page))[1]);
}

// Proposes a charter that differs in these fields of the form, with the vote of the node's seat.
export async function propose(desk, fields, expected) {
  await desk.go('federation/charte');
  await desk.page.locator('summary', { hasText: 'Proposer une nouvelle charte' }).click();
  for (const [field, text] of Object.entries(fields)) await desk.page.fill(field, text);
  await desk.page.locator('form[action="/federation/charte/proposer"] button').click();
  await desk.shot('charte-proposer');
  await signWhatSays(desk.page, expected, desk.password);
}

// The card of the proposal that says this.
export const proposal = (desk, text) => desk.page.locator('section.card', { hasText: text });

// Approves the proposal that says this, and waits until these nodes have adopted it.
export async function adopt(desk, all, before, text) {
  await comes(desk.page, desk.at('federation/charte'), async () => (await proposal(desk, text).count()) === 1);
  await proposal(desk, text).locator('form[action="/federation/charte/approuver"] button').click();
  await signWhatSays(desk.page, new RegExp(text), desk.password);
  await adopted(all, before, text);
}

export async function adopted(all, before, text) {
  for (const desk of all) {
    await comes(desk.page, desk.at('federation/charte'), async () => (await version(desk)) === before + 1);
    assert.match(await main(desk.page), new RegExp(`Aucune proposition[\\s\\S]*${text}`), desk.partner);
  }
}
