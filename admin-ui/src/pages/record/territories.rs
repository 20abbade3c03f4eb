//! What the page of a record says of where it is: the territories that its commune belongs to, and the outlines that hold its position.
//!
//! All of it is derived when the page is read, from the lists of this version and the outlines that are held here. It decides no right.

use askama::Template;
use askama::filters::HtmlSafe;
use crdt_schema::record::Kind;
use crdt_schema::register::{LAST_YEAR, Point, in_french_territory};
use crdt_schema::territory::{Belonging, Level, Located, Outline, TerritoryCode};
use crdt_schema::view::RecordView;
use replica::{Fault, QPV, Reader, Replica};

use crate::i18n::Language;
use crate::pages::census::{self, text};
use crate::visit::encoded;

/// The part of the page; empty for a kind that is nowhere.
#[derive(Template)]
#[template(path = "record_territories.html")]
pub(super) struct Block {
    language: Language,
    is_shown: bool,
    rows: Vec<Row>,
    notes: Vec<String>,
    /// Where the names come from, when some do.
    source: Option<String>,
    /// What lies in the outline of a territory.
    within: Option<Within>,
}

/// The records whose position lies in an outline.
struct Within {
    said: String,
    /// The first of them.
    links: Vec<(String, String)>,
}

/// One territory.
struct Row {
    label: String,
    name: String,
    /// Its own record, where it has one.
    href: Option<String>,
    /// The records of the census that belong to it.
    others: Option<String>,
    detail: Option<String>,
}

/// What is asked while the part is made.
struct Making<'a> {
    language: Language,
    replica: &'a Replica,
    reader: &'a Reader,
    block: Block,
}

impl HtmlSafe for Block {}

impl Block {
    /// Reads the part for the page of a record.
    pub(super) fn of(
        language: Language,
        (replica, reader): (&Replica, &Reader),
        view: &RecordView,
    ) -> Result<Self, Fault> {
        let mut making = Making {
            language,
            replica,
            reader,
            block: Block {
                language,
                is_shown: true,
                rows: Vec::new(),
                notes: Vec::new(),
                source: None,
                within: None,
            },
        };
        let kind = Kind::parse(view.kind());
        let has = |field: &str| kind.is_some_and(|kind| kind.field(field).is_some());
        let own = TerritoryCode::of_record(view);
        if let Some(own) = &own {
            making.of_territory(own)?;
        } else if has("commune") || has("point") {
            making.of_place(view)?;
        }
        if let Ok(outline) = Outline::parse(&text(view.field("outline"))) {
            making.within(&outline)?;
        }
        let mut block = making.block;
        block.is_shown =
            !block.rows.is_empty() || !block.notes.is_empty() || block.within.is_some();
        Ok(block)
    }

    fn text(&self, key: &str) -> String {
        self.language.text(key)
    }
}

impl Making<'_> {
    /// A commune names its group, its département and its région; other territories name what they are a part of themselves.
    fn of_territory(&mut self, own: &TerritoryCode) -> Result<(), Fault> {
        if !matches!(own.level(), Level::Commune | Level::MunicipalArrondissement) {
            return Ok(());
        }
        match Belonging::of(own.code()) {
            Some(belonging) => self.belonging(own.code(), &belonging),
            None => Ok(()),
        }
    }

    fn of_place(&mut self, view: &RecordView) -> Result<(), Fault> {
        let commune = text(view.field("commune"));
        let belonging = Belonging::of(&commune);
        match &belonging {
            Some(belonging) => self.belonging(&commune, belonging)?,
            None if commune.is_empty() => {}
            None => {
                let values = [
                    ("code", commune.into()),
                    ("year", LAST_YEAR.to_string().into()),
                ];
                self.note("territories-commune-unknown", &values);
            }
        }
        let point = view.point();
        match point {
            None if belonging.is_none() && self.block.notes.is_empty() => {
                self.note("territories-nowhere", &[]);
            }
            None => self.note("territories-no-point", &[]),
            Some(point) if !in_french_territory(point) => self.note("territories-abroad", &[]),
            Some(point) => self.outlines(view, belonging.as_ref(), point)?,
        }
        Ok(())
    }

    /// Writes what the code of a commune belongs to, in the latest list.
    fn belonging(&mut self, code: &str, belonging: &Belonging) -> Result<(), Fault> {
        let Belonging {
            commune,
            epci,
            departement,
            region,
        } = *belonging;
        let name = format!("{} ({})", commune.name, commune.code);
        let others = format!("/recensement?q={}", encoded(commune.code));
        let mut row = self.row(Level::Commune, commune.code, name, Some(others))?;
        if code != commune.code {
            let values = [("code", code.to_owned().into())];
            row.detail = Some(self.language.text_with("territories-code-now", &values));
        }
        self.block.rows.push(row);
        let named = [
            (Level::Epci, "epci", epci.map(|epci| (epci.code, epci.name))),
            (
                Level::Departement,
                "departement",
                departement.map(|departement| (departement.code, departement.name)),
            ),
            (
                Level::Region,
                "region",
                region.map(|region| (region.code, region.name)),
            ),
        ];
        for (level, facet, found) in named {
            if let Some((code, name)) = found {
                let others = format!("/recensement?{facet}={}", encoded(code));
                let row = self.row(level, code, name.to_owned(), Some(others))?;
                self.block.rows.push(row);
            }
        }
        if epci.is_none() {
            self.note("territories-no-epci", &[]);
        }
        let values = [("year", LAST_YEAR.to_string().into())];
        self.block.source = Some(self.language.text_with("territories-source", &values));
        Ok(())
    }

    /// Compares the position with the outlines that are held around it.
    fn outlines(
        &mut self,
        view: &RecordView,
        belonging: Option<&Belonging>,
        point: Point,
    ) -> Result<(), Fault> {
        let typed = text(view.field("qpv"));
        let (mut compared, mut inside, mut refuted) = (0_usize, 0_usize, None);
        for record in self.replica.outlines_near(point)? {
            let Some(other) = self.reader.record(&record)? else {
                continue;
            };
            let Ok(outline) = Outline::parse(&text(other.field("outline"))) else {
                continue;
            };
            let code = TerritoryCode::of_record(&other);
            let is_qpv = code.as_ref().is_some_and(|code| code.level() == Level::Qpv);
            // Those of 2015 say what was, and count for nothing today.
            let is_current = code.as_ref().is_some_and(TerritoryCode::is_current_qpv);
            compared += usize::from(is_current);
            let located = outline.locate(point);
            let is_inside = located.is_some_and(|located| located.is_inside);
            inside += usize::from(is_current && is_inside);
            if is_qpv && !is_inside && code.as_ref().is_some_and(|code| code.code() == typed) {
                refuted = Some(typed.clone());
            }
            let is_said = code
                .as_ref()
                .is_some_and(|code| is_said(code, belonging) && is_inside);
            if let (Some(located), false) = (located, is_said) {
                let row = self.outlined(&other, code.as_ref(), located);
                self.block.rows.push(row);
            }
        }
        if let Some(code) = refuted {
            self.note("territories-qpv-elsewhere", &[("code", code.into())]);
        }
        match (compared, inside) {
            (0, _) => self.note("territories-no-outline", &[]),
            (_, 0) => self.note("territories-no-qpv", &[("count", compared.into())]),
            _ => {}
        }
        Ok(())
    }

    /// Lists what lies in an outline. The territories that lie there are on their own pages.
    fn within(&mut self, outline: &Outline) -> Result<(), Fault> {
        let Some(records) = self.replica.in_box_of(outline, BOX_RECORDS_MAX)? else {
            self.note("territories-within-many", &[]);
            return Ok(());
        };
        let (mut count, mut links) = (0_usize, Vec::new());
        for record in records {
            let Some(view) = self.reader.record(&record)? else {
                continue;
            };
            let point = view.point();
            if view.kind() == "territory" || !point.is_some_and(|point| outline.contains(point)) {
                continue;
            }
            count += 1;
            if links.len() < WITHIN_SHOWN {
                let name = census::name(self.language, &view);
                links.push((format!("/fiches/{record}"), name));
            }
        }
        let said = self
            .language
            .text_with("territories-within", &[("count", count.into())]);
        self.block.within = Some(Within { said, links });
        Ok(())
    }

    fn outlined(
        &self,
        territory: &RecordView,
        code: Option<&TerritoryCode>,
        located: Located,
    ) -> Row {
        let language = self.language;
        let name = census::name(language, territory);
        let name = match code {
            Some(code) => format!("{name} ({})", code.code()),
            None => name,
        };
        let year = code.and_then(TerritoryCode::generation_year);
        let label = match (code, year) {
            (Some(code), Some(_)) if !code.is_current_qpv() => {
                language.text("territories-qpv-former")
            }
            (_, Some(year)) => {
                language.text_with("territories-qpv", &[("year", year.to_string().into())])
            }
            (Some(code), None) => level_label(language, code.level()),
            (None, None) => language.text("territories-other"),
        };
        let key = match (located.is_inside, located.border_metres) {
            (true, None) => "territories-inside",
            (true, Some(_)) => "territories-inside-near",
            (false, _) => "territories-outside-near",
        };
        let metres = located.border_metres.unwrap_or_default();
        let is_qpv = |code: &&TerritoryCode| code.level() == Level::Qpv;
        let others = code
            .filter(is_qpv)
            .map(|code| format!("/recensement?{QPV}={}", encoded(code.code())));
        Row {
            label,
            name,
            href: Some(format!("/fiches/{}", territory.record)),
            others,
            detail: Some(language.text_with(key, &[("metres", metres.into())])),
        }
    }

    fn row(
        &self,
        level: Level,
        code: &str,
        name: String,
        others: Option<String>,
    ) -> Result<Row, Fault> {
        let record = TerritoryCode::of(level, code)
            .map(|code| code.record(self.replica.state().federation()));
        let held = record
            .map(|record| self.reader.record(&record))
            .transpose()?;
        let held = held.flatten().filter(|view| !view.fields().is_empty());
        Ok(Row {
            label: level_label(self.language, level),
            name,
            href: held.map(|view| format!("/fiches/{}", view.record)),
            others,
            detail: None,
        })
    }

    fn note(&mut self, key: &str, values: &[(&str, fluent_bundle::FluentValue<'_>)]) {
        self.block.notes.push(self.language.text_with(key, values));
    }
}

/// Records around an outline that are looked at: a neighbourhood has some dozens, a département is a search.
const BOX_RECORDS_MAX: usize = 2_000;
/// Records of an outline that are named.
const WITHIN_SHOWN: usize = 50;

/// Tells whether a territory is said already, since the commune belongs to it.
fn is_said(code: &TerritoryCode, belonging: Option<&Belonging>) -> bool {
    let Some(belonging) = belonging else {
        return false;
    };
    let said = match code.level() {
        Level::Commune => Some(belonging.commune.code),
        Level::Departement => belonging.departement.map(|one| one.code),
        Level::Epci => belonging.epci.map(|one| one.code),
        Level::Region => belonging.region.map(|one| one.code),
        Level::MunicipalArrondissement | Level::Qpv => None,
    };
    said == Some(code.code())
}

fn level_label(language: Language, level: Level) -> String {
    let levels = Kind::parse("territory").and_then(|kind| kind.field("level"));
    let vocabulary = levels.and_then(|field| field.shape.vocabulary());
    let term = vocabulary.and_then(|vocabulary| vocabulary.term(level.term()));
    term.map_or_else(
        || level.term().to_owned(),
        |term| term.wording.in_language(language.tag()).to_owned(),
    )
}
