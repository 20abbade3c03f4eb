// Every page, in French and in English, light and dark, wide and on a screen of 320 pixels: pictures, axe-core, no horizontal scroll,
// everything reached by keyboard with its focus shown. Closes with "N pages, M violations".
// Usage: node pages.mjs PAGES ACCOUNT PASSWORD FOLDER [--axe] [--pictures] [--quick]
import fs from 'node:fs';
import path from 'node:path';
import { axeProblems, launch, logIn, stranger, wantedWidth } from './browser.mjs';
import { keyboardProblems } from './keyboard.mjs';

const flags = new Set(process.argv.filter((each) => each.startsWith('--')));
const [pages, account, password, folder] = process.argv.slice(2).filter((each) => !each.startsWith('--'));
const ENOUGH_MS = 20 * 60_000;
const tooLong = setTimeout(() => { console.error('the pages take too long'); process.exit(2); }, ENOUGH_MS);
tooLong.unref();

const WIDE = { name: 'wide', width: 1280, height: 900 };
const NARROW = { name: '320', width: 320, height: 700 };
const ALL_FORMS = [[WIDE, 'light'], [WIDE, 'dark'], [NARROW, 'light'], [NARROW, 'dark']];
// Quick looks at each page as most people see it and as it differs most, and at the other language once.
const QUICK_FORMS = { fr: [[WIDE, 'light'], [NARROW, 'dark']], en: [[NARROW, 'light']] };
const formsIn = (language) => (flags.has('--quick') ? QUICK_FORMS[language] : ALL_FORMS);

const browser = await launch();
let count = 0;
const violations = [];

// Invented clubs; the second row has a mail address that is none.
const TABLE = `Identifiant;Nom du club;Adresse courriel;Commune;Code INSEE
C1;Les Archers inventés;archers@club.example;Gien;45155
C2;Le Cercle inventé;pas une adresse;Gien;45155
`;

// Looks at the page that is open in every form.
async function look(page, language, name) {
  count += 1;
  const wrong = (form, texts) => violations.push(...texts.map((text) => `${language} ${name} ${form}: ${text}`));
  const lang = await page.locator('html').getAttribute('lang');
  if (lang !== language) wrong('', [`the page is in ${lang}`]);
  const file = (form) => path.join(folder, language, `${name}-${form}.png`);
  for (const [size, scheme] of formsIn(language)) {
    const form = `${size.name}-${scheme}`;
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
    await page.setViewportSize(size);
    if (flags.has('--pictures')) await page.screenshot({ path: file(form), fullPage: true });
    const width = await wantedWidth(page);
    if (width > size.width) wrong(form, [`${width} px wide on a screen of ${size.width}`]);
    if (flags.has('--axe')) wrong(form, await axeProblems(page));
  }
  await page.setViewportSize(WIDE);
  if (!flags.has('--quick') || language === 'fr') wrong('keyboard', await keyboardProblems(page));
  if (flags.has('--pictures') && language === 'fr') {
    await page.emulateMedia({ media: 'print', colorScheme: 'light' });
    await page.screenshot({ path: file('print'), fullPage: true });
    await page.emulateMedia({ media: 'screen' });
  }
}

// Everything that has an address of its own.
async function addresses(page) {
  const href = async (place, selector) => {
    await page.goto(pages + place);
    return (await page.locator(selector).first().getAttribute('href')).slice(1);
  };
  const labelled = await href('labels', 'main tbody a');
  await page.goto(`${pages}federation/charte`);
  const charter = (await page.locator('h2 + p > code').first().innerText()).trim();
  const record = labelled.replace(/\/labels$/, '');
  return {
    home: '',
    census: 'recensement',
    duplicates: 'doublons',
    watches: 'veilles',
    reports: 'signalements',
    'reports-settled': 'signalements?etat=settled',
    'reports-ours': 'signalements?etat=ours',
    sources: 'sources',
    'watch-new': 'veilles/nouvelle?kind=actor&q=gien',
    due: 'a-verifier',
    'due-sheet': 'a-verifier/feuille?kind=actor',
    'campaign-new': 'campagnes/nouvelle?kind=actor',
    'census-nothing': 'recensement?q=introuvablexyz',
    map: 'recensement/carte?kind=actor&q=gien',
    record,
    conflict: await href('recensement?conflict=yes', 'main tbody a'),
    history: `${record}/historique`,
    statements: `${record}/declarations`,
    assess: `${record}/qualifier`,
    report: `${record}/signaler`,
    endorse: `${record}/soutenir`,
    apply: `${record}/candidater`,
    applications: 'labels/candidatures',
    application: await href('labels/candidatures', 'main tbody a'),
    'record-form': `${record}/modifier`,
    withdraw: `${record}/retirer`,
    'document-add': `${record}/documents/ajouter`,
    'record-new': 'fiches/nouvelle',
    'rows-form': 'fiches/nouvelle?kind=meeting',
    commitments: 'engagements',
    'record-labels': labelled,
    certificate: await href(labelled, 'main .card a.button'),
    labels: 'labels',
    federation: 'federation',
    partner: await href('federation', 'main tbody tr:last-child a'),
    charter: 'federation/charte',
    ballot: `federation/charte/${charter}/signature`,
    vocabulary: 'federation/vocabulaires/themes',
    decisions: 'federation/decisions',
    decision: await href('federation/decisions', 'ol.history a'),
    erasures: 'federation/effacements',
    bundle: 'federation/fichier',
    inclusion: 'exporter/data-inclusion',
    peers: 'pairs',
    personal: 'donnees-personnelles',
    'contact-new': `${record}/contacts/nouveau`,
    accounts: 'comptes',
    bulk: 'recensement/lot?kind=actor',
    'bulk-field': 'recensement/lot?kind=actor&champ=themes',
    yearly: 'communes/annee',
    import: 'importer',
    export: 'exporter',
    accessibility: 'accessibilite',
    verifier: 'verifier',
    'verifier-label': await href(labelled, 'main .card a[href^="/verifier?"]'),
    'verifier-unknown': 'verifier?label=00',
    'not-found': 'nulle-part',
  };
}

// How the page of the federation marks the organisation of the node.
const OURS = { fr: '(nous)', en: '(us)' };

// What only a form leads to. Nothing is signed nor written, but for an invitation, a record that is withdrawn and restored, a document
// that is attached and taken away, and a report with its answer; a watch is kept and removed.
async function behindForms(page, language, known) {
  const open = () => page.evaluate(() => document.querySelectorAll('details').forEach((each) => { each.open = true; }));
  await page.goto(pages + known.partner);
  await open();
  await look(page, language, 'partner-open');
  await page.locator('form:has(input[value=mandate]) button').click();
  await look(page, language, 'deciding');
  await page.goto(`${pages}federation/charte`);
  await open();
  await look(page, language, 'charter-propose');
  await page.fill('#k', 'deux');
  await page.locator('form[action$="/proposer"] button').click();
  await look(page, language, 'charter-refused');
  await page.goto(pages + known.ballot);
  await page.fill('#signature', 'approval:8601');
  await page.locator('form[action$="/signature"] button').click();
  await look(page, language, 'ballot-wrong');
  await page.goto(`${pages}federation`);
  await page.locator('tr', { hasText: OURS[language] }).locator('a').click();
  await open();
  await page.locator('form[action$="/inviter-noeud"] button').click();
  await look(page, language, 'ticket-own');
  await page.goto(`${pages}federation`);
  await page.fill('#invite-name', 'CAF inventée du Loiret');
  await page.locator('form[action$="/inviter"] button').click();
  await look(page, language, 'ticket');
  await page.goto(`${pages}federation`);
  await look(page, language, 'federation-invited');
  await page.locator('form[action$="/annuler"] button').first().click();
  await page.goto(`${pages}donnees-personnelles`);
  await page.fill('#personne', 'Camille Exemple');
  await page.locator('form[action$="/recherche"] button').click();
  await look(page, language, 'personal-found');
  await page.goto(`${pages}fiches/nouvelle?kind=actor`);
  await page.fill('#name', 'Club inventé');
  await page.fill('#summary', 'Écrire à camille@exemple.example.');
  await page.fill('#contact_phone', 'pas un numéro');
  await page.locator('main button.primary').click();
  await look(page, language, 'record-form-persons');
  await page.goto(`${pages}fiches/nouvelle?kind=event`);
  if (await page.locator('#starts').count()) {
    await page.fill('#starts', '31/02/2026');
    await page.locator('main button.primary').click();
    await look(page, language, 'record-form-wrong');
  }
  await page.goto(`${pages}fiches/nouvelle?kind=actor`);
  if (await page.locator('#commune').count()) {
    await page.fill('#name', 'Club inventé');
    await page.fill('#commune', 'Saint-Denis');
    await page.locator('main button.primary').click();
    await look(page, language, 'record-form-commune');
  }
  await page.goto(`${pages}fiches/nouvelle?kind=initiative`);
  await page.fill('#name', 'Une action inventée');
  await page.fill('#partners', 'maison ; pas une fiche');
  await page.locator('main button.primary').click();
  await look(page, language, 'record-form-links');
  await page.goto(`${pages}fiches/nouvelle?kind=meeting`);
  await page.fill('#name', 'Une rencontre inventée');
  await page.fill('#commitments-0-what', 'Envoyer la liste des salles');
  await page.fill('#commitments-0-due', '31/02/2026');
  await page.locator('button[value=commitments]').click();
  await page.fill('#commitments-1-who', 'pas une fiche');
  await page.locator('main button.primary').click();
  await look(page, language, 'rows-form-wrong');
  await page.goto(pages + known.withdraw);
  await page.fill('#replaced_by', 'pas une fiche');
  await page.locator('main button.primary').click();
  await look(page, language, 'withdraw-wrong');
  await page.fill('#withdrawn', 'Essai');
  await page.fill('#replaced_by', '');
  await page.locator('main button.primary').click();
  await look(page, language, 'record-withdrawn');
  await page.locator('form[action$="/retablir"] button').click();
  const attach = async (name, text) => {
    await page.goto(pages + known['document-add']);
    await page.setInputFiles('#fichier', { name, mimeType: 'application/pdf', buffer: Buffer.from(text) });
    await page.locator('form[action$="/documents/fichier"] button').click();
  };
  await attach('facture.pdf', 'MZ\0 un programme');
  await look(page, language, 'document-wrong');
  await attach(`Compte rendu ${language}.pdf`, '%PDF-1.7');
  await look(page, language, 'record-documents');
  await page.locator('form[action$="/documents/retirer"] button').first().click();
  await look(page, language, 'document-removed');
  await page.goto(`${pages}veilles/nouvelle?kind=actor&q=gien`);
  await page.locator('main button.primary').click();
  await look(page, language, 'watch-new-wrong');
  await page.fill('main input[type=text]', `Gien, ${language}`);
  await page.locator('main button.primary').click();
  await page.locator('form[action$="/flux"] button').click();
  await look(page, language, 'watch-feed');
  await page.goto(page.url().replace(/\/flux$/, ''));
  await look(page, language, 'watch-feed-open');
  await page.locator('form[action$="/flux/fermer"] button').click();
  await look(page, language, 'watch');
  await page.locator('form[action$="/supprimer"] button').click();
  await page.goto(pages + known.report);
  await page.check('#reason-wrong');
  await page.fill('#why', `Le nom, ${language}`);
  await page.locator('main button.primary').click();
  await look(page, language, 'record-reported');
  await page.goto(`${pages}signalements`);
  await page.locator('a[href*="/signalements/"]').first().click();
  await look(page, language, 'answer');
  await page.locator('main button.primary').click();
  await look(page, language, 'answer-wrong');
  await page.check('#reason-not-kept');
  await page.fill('#why', 'Le nom est le bon.');
  await page.locator('main button.primary').click();
  await look(page, language, 'record-answered');
  await page.goto(`${pages}signalements?etat=settled`);
  await look(page, language, 'reports-answered');
  await page.goto(pages + known.assess);
  await page.locator('main button.primary').click();
  await look(page, language, 'assess-wrong');
  await page.goto(pages + known.apply);
  await page.locator('main ul a').first().click();
  await look(page, language, 'apply-form');
  await page.goto(`${pages}importer`);
  await page.setInputFiles('#fichier', { name: 'clubs.csv', mimeType: 'text/csv', buffer: Buffer.from(TABLE) });
  await page.selectOption('#genre', 'actor');
  await page.fill('#source', 'Clubs inventés');
  await page.locator('main button[type=submit]').click();
  await look(page, language, 'import-columns');
  await page.locator('main button.primary').click();
  for (let tries = 0; tries < 100 && !(await page.locator('form[action$="/ecrire"]').count()); tries += 1) {
    await page.waitForTimeout(100);
    await page.goto(page.url());
  }
  await look(page, language, 'import-tried');
}

async function visit(language) {
  fs.mkdirSync(path.join(folder, language), { recursive: true });
  const page = await stranger(browser, { locale: language === 'fr' ? 'fr-FR' : 'en-GB' });
  await page.goto(`${pages}connexion`);
  await look(page, language, 'login');
  await page.goto(`${pages}connexion`);
  await page.fill('#name', account);
  await page.locator('main button[type=submit]').click();
  await look(page, language, 'login-wrong');
  await page.waitForTimeout(2_000);
  await logIn(page, pages, account, password);
  const known = await addresses(page);
  for (const [name, address] of Object.entries(known)) {
    await page.goto(pages + address);
    if (name === 'map') await page.locator('#map[data-ready=true]').waitFor();
    await look(page, language, name);
  }
  await behindForms(page, language, known);
  await page.context().close();
}

try {
  for (const language of ['fr', 'en']) await visit(language);
  for (const each of violations) console.log(each);
  console.log(`${count} pages, ${violations.length} violations`);
  process.exitCode = violations.length === 0 ? 0 : 1;
} finally {
  await browser.close();
}
