//! What waits, and what was published today, where a person looks.

use admin_ui::{Intake, MissingRow, PauseRow, TodayRow};
use axum::http::StatusCode;
use crdt_schema::id::RecordId;
use crdt_schema::time::Timestamp;
use replica::{FreeMin, Replica, Space, Used};

use crate::browser::{Node, PASSWORD};
use crate::census;
use crate::files::{CLUBS, FILE_BYTES_MAX, begin, logged_in, try_out, wait};

#[tokio::test]
async fn a_charter_without_quotas_is_silent_about_them() {
    let node = Node::with_census();
    let mut browser = node.browser();
    browser.log_in("zoe", PASSWORD).await;
    let page = browser.open("/federation?lang=fr").await;
    assert!(!page.body.contains("Ce qui est publié"), "{}", page.body);
}

#[tokio::test]
async fn own_use_is_shown_and_warned_of_once_it_is_too_much() {
    let node = Node::with_quotas();
    let replica = node.replica.as_deref().expect("made with a census");
    let mut browser = node.browser();
    browser.log_in("zoe", PASSWORD).await;
    for (count, over) in [(2, false), (3, false), (4, true)] {
        // The first entry is the certificate.
        census::record(replica, "actor", &format!("Club inventé {count}"));
        for (language, words, warning) in [
            (
                "fr",
                format!("a publié {count} entrées sur les 3 "),
                "à partir de demain",
            ),
            (
                "en",
                format!("published {count} of the 3 entries"),
                "the rest from tomorrow",
            ),
        ] {
            let page = browser.open(&format!("/federation?lang={language}")).await;
            assert_eq!(page.status, StatusCode::OK);
            assert!(page.body.contains(&words), "{}", page.body);
            assert_eq!(page.body.contains(warning), over, "{}", page.body);
        }
    }
}

#[tokio::test]
async fn whose_feed_waits_since_when_why_and_until_when_is_on_the_page() {
    let node = Node::with_quotas();
    *node.intake.lock().expect("no panic") = Intake {
        pauses: vec![
            PauseRow {
                partner: Some("Comité <inventé>".to_owned()),
                feed: "3f9a1c00".to_owned(),
                since: Timestamp::from_millis(1_764_000_000_000),
                reason: "quota".to_owned(),
                until: Some(Timestamp::from_millis(1_764_028_800_000)),
            },
            PauseRow {
                partner: None,
                feed: "77777777".to_owned(),
                since: Timestamp::from_millis(1_764_000_000_000),
                reason: "quota".to_owned(),
                until: None,
            },
        ],
        today: vec![TodayRow {
            partner: Some("Comité <inventé>".to_owned()),
            used: Used {
                entries: 1_234,
                bytes: 7,
            },
        }],
        missing: vec![MissingRow {
            record: RecordId::from_bytes([0xab; 16]),
            edits: ["1a", "2b", "3c", "4d", "5e"].map(str::to_owned).to_vec(),
            partners: vec!["Comité <inventé>".to_owned()],
        }],
        missing_count: 7,
    };
    let mut browser = node.browser();
    browser.log_in("ana", PASSWORD).await;
    for (language, all) in [
        (
            "fr",
            [
                "Comité &#60;inventé&#62;",
                "24 novembre 2025, 16\u{a0}h\u{a0}00 (UTC)",
                "25 novembre 2025, 00\u{a0}h\u{a0}00 (UTC)",
                "tout ce que la charte permet en un jour",
                "Organismes non inscrits",
                "Non prévu",
                "1\u{202f}234",
                "7 fiches attendent des modifications",
                "1a, 2b, 3c et 2 autres",
            ],
        ),
        (
            "en",
            [
                "Comité &#60;inventé&#62;",
                "24 November 2025, 16:00 (UTC)",
                "25 November 2025, 00:00 (UTC)",
                "all that the charter allows in a day",
                "Organisations that are not enrolled",
                "Not foreseen",
                "1,234",
                "7 records wait for edits",
                "1a, 2b, 3c and 2 more",
            ],
        ),
    ] {
        let page = browser.open(&format!("/federation?lang={language}")).await;
        for words in all {
            assert!(page.body.contains(words), "{words}: {}", page.body);
        }
    }
}

#[tokio::test]
async fn an_import_that_is_more_than_a_day_says_that_the_rest_comes_tomorrow() {
    for (node, is_over) in [(Node::with_quotas(), true), (Node::with_census(), false)] {
        let mut browser = node.browser();
        browser.log_in("noe", PASSWORD).await;
        let mut file = String::from("Identifiant;Nom du club;Commune;Code INSEE\n");
        for number in 0..600 {
            file.push_str(&format!("C{number};Club inventé {number};Gien;45155\n"));
        }
        let begun = begin(&mut browser, "clubs", "clubs.csv", file.as_bytes()).await;
        let (place, tried) = try_out(&mut browser, &begun, &[]).await;
        let warning = "les partenaires reçoivent le reste à partir de demain";
        assert!(!tried.body.contains(warning));
        let token = tried.token();
        let fields = [("token", token.as_str()), ("refus", "stop")];
        browser.post(&format!("{place}/ecrire"), &fields).await;
        let done = wait(&mut browser, &place).await;
        assert_eq!(done.body.contains(warning), is_over, "{}", done.body);
    }
}

/// Lets a node find so many MiB free on its disk, of which it keeps 1,000 free.
fn left(replica: &Replica, mebibytes: u64) {
    replica.keep_free(FreeMin::Bytes(1_000 << 20));
    replica.measure_with(Box::new(move |_| {
        Ok(Space {
            free_bytes: mebibytes << 20,
            total_bytes: 100_000 << 20,
        })
    }));
}

#[tokio::test]
async fn a_disk_that_lacks_room_is_said_where_people_look() {
    let node = Node::with_census();
    let replica = node.replica.as_deref().expect("made with a census");
    let mut browser = node.browser();
    browser.log_in("noe", PASSWORD).await;
    let low = "Il reste peu de place sur le disque de ce nœud (999\u{a0}Mio libres, 1\u{202f}000\u{a0}Mio à garder libres)";
    let full = "Le disque de ce nœud est presque plein (249\u{a0}Mio libres, 250\u{a0}Mio à garder libres)";
    for (free, said) in [(1_000, None), (999, Some(low)), (249, Some(full))] {
        left(replica, free);
        for path in ["/", "/pairs", "/federation"] {
            let page = browser.open(&format!("{path}?lang=fr")).await;
            assert_eq!(page.status, StatusCode::OK, "{path}");
            for words in [low, full] {
                let is_said = page.body.contains(words);
                assert_eq!(is_said, said == Some(words), "{path}: {}", page.body);
            }
        }
    }
    let english = browser.open("/?lang=en").await;
    let words = "nearly full (249 MiB free, 250 MiB to be kept free)";
    assert!(english.body.contains(words), "{}", english.body);
}

#[tokio::test]
async fn a_full_disk_ends_an_import_with_a_sentence() {
    let node = Node::with_census();
    let replica = node.replica.as_deref().expect("made with a census");
    let mut browser = node.browser();
    browser.log_in("noe", PASSWORD).await;
    left(replica, 1_000);
    let clubs = "Identifiant;Nom du club;Commune;Code INSEE\nC1;Les Archers inventés;Gien;45155\n";
    let begun = begin(&mut browser, "clubs", "clubs.csv", clubs.as_bytes()).await;
    let (place, tried) = try_out(&mut browser, &begun, &[]).await;
    let token = tried.token();
    left(replica, 249);
    let fields = [("token", token.as_str()), ("refus", "stop")];
    browser.post(&format!("{place}/ecrire"), &fields).await;
    let failed = wait(&mut browser, &place).await;
    let sentence = "rien n’est écrit avant qu’il y ait de nouveau de la place";
    assert!(failed.body.contains(sentence), "{}", failed.body);
}

#[tokio::test]
async fn a_file_as_large_as_the_settings_say_passes_and_one_byte_more_does_not() {
    let node = Node::with_census();
    let replica = node.replica.as_deref().expect("made with a census");
    let mut browser = logged_in(&node, "noe").await;
    let mut file = CLUBS.as_bytes().to_vec();
    file.resize(FILE_BYTES_MAX, b'\n');
    let sent = begin(&mut browser, "", "a.csv", &file).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.body);
    file.push(b'\n');
    let sent = begin(&mut browser, "", "a.csv", &file).await;
    assert_eq!(sent.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(sent.body.contains("dépasse 24\u{a0}Mio"), "{}", sent.body);
    assert!(sent.body.contains("id=\"fichier-error\""), "{}", sent.body);
    assert!(sent.body.contains("24\u{a0}Mio au plus"), "{}", sent.body);
    // The disk fills up while the file comes: what the census needs is left.
    let looks = std::sync::atomic::AtomicU64::new(0);
    replica.keep_free(replica::FreeMin::Bytes(1_000 << 20));
    replica.measure_with(Box::new(move |_| {
        let before = looks.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Ok(replica::Space {
            // Low, and far from full: forms are still saved.
            free_bytes: if before < 4 { 10_000 << 20 } else { 900 << 20 },
            total_bytes: 100_000 << 20,
        })
    }));
    file.pop();
    let token = browser.open("/").await.token();
    let fields = [("token", token.as_str()), ("genre", "actor")];
    let sent = browser.upload("/importer", &fields, ("a.csv", &file)).await;
    assert_eq!(
        sent.status,
        StatusCode::INSUFFICIENT_STORAGE,
        "{}",
        sent.body
    );
}
