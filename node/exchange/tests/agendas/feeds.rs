//! Feeds of articles, as sites publish them, and as nobody should.

use std::fmt::Write;

use exchange::Format;

use crate::census::Memory;
use crate::{code_of, counts, import, named, of, opened, table, use_of};

/// The feed of an invented association.
const ATOM: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:at="http://purl.org/atompub/tombstones/1.0" xml:base="https://asso.example/">
  <title>Actualités</title><id>urn:x:feed</id><updated>2026-03-02T10:00:00Z</updated>
  <author><name>Personne Inventée</name></author>
  <entry xml:base="actus/">
    <id>tag:asso.example,2026:1</id>
    <title type="html">Un stage &amp;amp; un &lt;b&gt;tournoi&lt;/b&gt;</title>
    <link rel="self" href="soi"/><link href="stage?a=1&amp;b=2"/>
    <published>2026-03-01T23:30:00+04:00</published><updated>2026-03-02T10:00:00Z</updated>
    <author><name>Personne Inventée</name><email>p@asso.example</email></author>
    <category term="sport" label="Sport"/><category term="été"/>
    <summary>Inscrivez-vous.</summary>
    <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Du <em>judo</em>.</p><script>alert(1)</script><p>À Gien &lt;3</p></div></content>
  </entry>
  <at:deleted-entry ref="tag:asso.example,2026:0" when="2026-02-01T00:00:00Z"/>
  <entry><id>tag:asso.example,2026:2</id><title>Sans texte</title><updated>2026-03-02T10:00:00Z</updated></entry>
</feed>"#;

const RSS: &str = r#"<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/">
<channel><title>Mairie</title><link>https://mairie.example</link>
<item><title>Un appel</title><link>https://mairie.example/appel</link><guid isPermaLink="false">42</guid>
<media:title>Autre titre</media:title><dc:creator>Personne Inventée</dc:creator>
<pubDate>Sun, 01 Mar 2026 09:00:00 +0100</pubDate><category>sport</category><category>jeunes</category>
<description>Court.</description><content:encoded><![CDATA[<p>Long &eacute;crit.</p>]]></content:encoded></item>
<item><title>Par son adresse</title><guid>https://mairie.example/2</guid><description>&lt;p&gt;Texte&lt;/p&gt;</description></item>
</channel></rss>"#;

const RDF: &str = r#"<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel rdf:about="https://x.example"><title>Ancien</title></channel>
<item rdf:about="https://x.example/1"><title>Ancien article</title><link>https://x.example/1</link><dc:date>2026-03-01T09:00:00+01:00</dc:date></item>
</rdf:RDF>"#;

#[test]
fn an_entry_of_atom_is_a_proposal_with_plain_texts_and_no_author() {
    let mut census = Memory::new(1);
    let feed = table(ATOM);
    assert_eq!(feed.format(), Format::Feed);
    let report = import(feed, "", &mut census);
    assert_eq!(
        (report.kind, counts(&report)),
        (Some("proposal"), (2, 0, 0, 0)),
        "{report:#?}"
    );
    let stage = named(&census, "Un stage & un tournoi");
    for (field, expected) in [
        ("source_id", "tag:asso.example,2026:1"),
        ("website", "https://asso.example/actus/stage?a=1&b=2"),
        ("seen_on", "2026-03-01"),
        ("summary", "Inscrivez-vous."),
        ("content", "Du judo.\n\nÀ Gien <3"),
    ] {
        assert_eq!(stage[field], expected, "{field}: {stage:#}");
    }
    assert!(stage["tags"].to_string().contains("Sport"), "{stage:#}");
    assert_eq!(use_of(&report, "entry.author"), ("", "personal"));
    let all = format!("{:?}", census.views().collect::<Vec<_>>());
    assert!(!all.contains("Personne") && !all.contains("alert"), "{all}");
    let deleted = of(&report.notices, "entry_deleted");
    assert_eq!(deleted.problem.line, 15);
    assert_eq!(counts(&import(table(ATOM), "", &mut census)), (0, 0, 2, 0));
}

#[test]
fn items_of_rss_of_both_kinds_are_read_by_their_own_names() {
    let mut census = Memory::new(1);
    let report = import(table(RSS), "", &mut census);
    assert_eq!(counts(&report), (2, 0, 0, 0), "{report:#?}");
    let call = named(&census, "Un appel");
    for (field, expected) in [
        ("source_id", "42"),
        ("website", "https://mairie.example/appel"),
        ("seen_on", "2026-03-01"),
        ("summary", "Court."),
        ("content", "Long écrit."),
    ] {
        assert_eq!(call[field], expected, "{field}: {call:#}");
    }
    let other = named(&census, "Par son adresse");
    assert_eq!(other["website"], "https://mairie.example/2");
    assert_eq!(other["summary"], "Texte");
    let left_out = of(&report.notices, "elements_left_out");
    assert!(left_out.problem.reason.contains("media:title"));
    let report = import(table(RDF), "", &mut census);
    assert_eq!(counts(&report), (1, 0, 0, 0), "{report:#?}");
    assert_eq!(named(&census, "Ancien article")["seen_on"], "2026-03-01");
}

#[test]
fn the_person_may_say_what_the_articles_are_about() {
    for (kind, field) in [("event", "description"), ("initiative", "description")] {
        let mut census = Memory::new(1);
        let report = import(table(ATOM), kind, &mut census);
        assert_eq!(counts(&report), (2, 0, 0, 0), "{report:#?}");
        assert_eq!(use_of(&report, "entry.content"), (field, "field"));
        assert_eq!(use_of(&report, "entry.title"), ("name", "field"));
    }
}

#[test]
fn the_line_of_an_article_is_where_it_begins() {
    let rows: Vec<_> = table(ATOM).map(|row| row.expect("whole").line).collect();
    assert_eq!(rows, [5, 16]);
}

#[test]
fn the_encoding_of_the_bytes_counts_and_another_that_is_announced_is_said() {
    let feed = |declared: &str| {
        format!(
            "<?xml version='1.0'\nencoding='{declared}'?>\n<rss><channel><item><title>Été</title></item></channel></rss>"
        )
    };
    let latin = |text: String| -> Vec<u8> {
        text.chars()
            .map(|c| u8::try_from(u32::from(c)).expect("Latin"))
            .collect()
    };
    for (bytes, is_said) in [
        (feed("UTF-8").into_bytes(), false),
        (latin(feed("ISO-8859-1")), false),
        (feed("ISO-8859-1").into_bytes(), true),
        (latin(feed("utf-8")), true),
    ] {
        let mut table = table(bytes);
        let row = table.next().expect("a row").expect("whole");
        assert_eq!((row.line, row.cells[1].as_str()), (3, "Été"));
        let said = table
            .notices()
            .iter()
            .any(|one| one.code == "feed_encoding");
        assert_eq!(said, is_said);
    }
}

#[test]
fn a_link_that_leads_nowhere_is_left_out_and_said() {
    let feed = "<rss><channel><item><title>A</title><link>/a</link></item></channel></rss>";
    let mut table = table(feed);
    assert!(
        table
            .columns()
            .iter()
            .all(|column| column.name != "entry.link")
    );
    assert!(table.next().is_some_and(|row| row.is_ok()));
    assert!(
        table
            .notices()
            .iter()
            .any(|one| one.code == "link_relative")
    );
}

fn nested(depth: usize) -> String {
    let inner = depth - 1;
    format!("<rss>{}{}</rss>", "<a>".repeat(inner), "</a>".repeat(inner))
}

#[test]
fn document_types_entities_and_depth_are_refused_within_memory() {
    let mut laughs = String::from("<?xml version=\"1.0\"?><!DOCTYPE lolz [<!ENTITY lol \"lol\">");
    for turn in 1..10 {
        let before = if turn == 1 {
            String::new()
        } else {
            (turn - 1).to_string()
        };
        write!(
            laughs,
            "<!ENTITY lol{turn} \"{}\">",
            format!("&lol{before};").repeat(10)
        )
        .expect("memory");
    }
    laughs += "]><rss><channel><item><title>&lol9;</title></item></channel></rss>";
    for (text, code) in [
        (laughs.as_str(), "xml_doctype"),
        (
            "<!DOCTYPE rss SYSTEM \"file:///etc/passwd\"><rss/>",
            "xml_doctype",
        ),
        ("<rss>&lol;</rss>", "xml_invalid"),
        ("<rss>&nbsp;</rss>", "xml_invalid"),
        ("<rss a=\"&lol;\"/>", "xml_invalid"),
        ("<rss>&#65;&#x42;&amp;</rss>", "a table"),
        ("<rss><channel></rss>", "xml_invalid"),
        ("<rss><channel>", "xml_invalid"),
        ("<rss/><rss/>", "xml_invalid"),
        ("<?xml version=\"1.0\"?>", "xml_invalid"),
        ("<?xml version=\"1.0\"?><kml/>", "not_a_feed"),
        (nested(32).as_str(), "a table"),
        (nested(33).as_str(), "xml_too_deep"),
        (nested(100_000).as_str(), "xml_too_deep"),
    ] {
        let shown: String = text.chars().take(60).collect();
        assert_eq!(code_of(text), code, "{shown}");
    }
}

#[test]
fn a_text_or_a_tag_without_end_is_never_kept_whole() {
    let long = "a".repeat(3 * 1024 * 1024);
    for text in [
        format!("<rss>{long}</rss>"),
        format!("<rss><channel a=\"{long}\"/></rss>"),
        format!("<rss><!--{long}--></rss>"),
    ] {
        assert_eq!(code_of(&text), "xml_invalid");
    }
    for (size, refused) in [(64 * 1024, 0), (64 * 1024 + 1, 1)] {
        let feed = format!(
            "<rss><channel><item><title>A</title><description>{}</description></item></channel></rss>",
            "a".repeat(size)
        );
        let mut read = opened(&feed).expect("a feed");
        let problems = read.by_ref().filter(Result::is_err).count();
        assert_eq!(problems, refused, "{size}");
    }
}
