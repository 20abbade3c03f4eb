//! Texts in HTML, as the plain texts that fields hold. What a reader would not see, scripts first of all, is left out.

/// Returns the text of an HTML, with its paragraphs and line breaks. Takes time in proportion to its length, whatever it holds.
pub(crate) fn plain(html: &str) -> String {
    let mut writer = Writer::default();
    let mut rest = html;
    while let Some(at) = rest.find(['<', '&']) {
        writer.text(&rest[..at]);
        rest = &rest[at..];
        rest = if rest.starts_with('<') {
            after_tag(rest, &mut writer)
        } else {
            after_entity(rest, &mut writer)
        };
    }
    writer.text(rest);
    writer.out
}

/// The same for a text that may be plain already: then it is given back as it is.
pub(crate) fn plain_if_html(text: &str) -> String {
    let has = |tags: &[&str]| tags.iter().any(|tag| text.contains(tag));
    if has(&["<br", "<BR", "<p>", "<p ", "<P>", "<div", "<DIV"]) {
        plain(text)
    } else if has(&["</"]) || has_entity(text) {
        plain(&text.replace('\n', "<br>"))
    } else {
        text.to_owned()
    }
}

/// Writes a text so that [`plain`] gives it back.
pub(crate) fn push_escaped(out: &mut String, text: &str) {
    for letter in text.chars() {
        match letter {
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            other => out.push(other),
        }
    }
}

/// What stands between two words.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
enum Gap {
    #[default]
    None,
    Space,
    Line,
    Paragraph,
}

#[derive(Default)]
struct Writer {
    out: String,
    due: Gap,
}

impl Writer {
    fn text(&mut self, text: &str) {
        for letter in text.chars() {
            self.letter(letter);
        }
    }

    fn letter(&mut self, letter: char) {
        if letter.is_whitespace() && !matches!(letter, '\u{A0}' | '\u{202F}') {
            self.gap(Gap::Space);
        } else if !letter.is_control() && letter != '\u{AD}' {
            if !self.out.is_empty() {
                self.out.push_str(match self.due {
                    Gap::None => "",
                    Gap::Space => " ",
                    Gap::Line => "\n",
                    Gap::Paragraph => "\n\n",
                });
            }
            self.due = Gap::None;
            self.out.push(letter);
        }
    }

    fn gap(&mut self, gap: Gap) {
        self.due = self.due.max(gap);
    }

    fn tag(&mut self, name: &str, is_start: bool) {
        match name {
            "br" if self.due >= Gap::Line => self.gap(Gap::Paragraph),
            "br" | "dd" | "div" | "dt" | "tr" => self.gap(Gap::Line),
            "li" => {
                self.gap(Gap::Line);
                if is_start {
                    self.text("- ");
                }
            }
            "article" | "blockquote" | "dl" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "hr"
            | "ol" | "p" | "pre" | "section" | "table" | "ul" => self.gap(Gap::Paragraph),
            "td" | "th" => self.gap(Gap::Space),
            _ => {}
        }
    }
}

/// Reads a tag or a comment and returns what follows it. A sign that opens neither is a letter.
fn after_tag<'h>(html: &'h str, writer: &mut Writer) -> &'h str {
    let after = |end: &str| html.find(end).map_or("", |at| &html[at + end.len()..]);
    if html.starts_with("<!--") {
        return after("-->");
    }
    if html.starts_with("<!") || html.starts_with("<?") {
        return after(">");
    }
    let is_start = !html.starts_with("</");
    let inner = &html[if is_start { 1 } else { 2 }..];
    if !inner.starts_with(|c: char| c.is_ascii_alphabetic()) {
        writer.letter('<');
        return &html[1..];
    }
    let is_outside = |c: char| !c.is_ascii_alphanumeric() && c != '-' && c != ':';
    let name_end = inner.find(is_outside).unwrap_or(inner.len());
    let name = inner[..name_end].to_ascii_lowercase();
    let Some(end) = tag_end(inner) else { return "" };
    if is_address(&inner[..end]) {
        writer.text(&inner[..end]);
        return &inner[end + 1..];
    }
    let rest = &inner[end + 1..];
    if is_start && HIDDEN.contains(&name.as_str()) && !inner[..end].ends_with('/') {
        return after_hidden(rest, &name);
    }
    writer.tag(&name, is_start);
    rest
}

/// Tells whether what stands between the signs is an address of the web or of a mail, as plain texts write them, and no tag.
fn is_address(inner: &str) -> bool {
    let is_one_word = !inner.contains(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '='));
    let is_web = ["http://", "https://", "mailto:"].iter().any(|start| {
        let begin = inner.get(..start.len());
        begin.is_some_and(|begin| begin.eq_ignore_ascii_case(start))
    });
    is_web || is_one_word && inner.contains('@')
}

/// Tells whether a text has an entity that we know: without one, its signs are signs.
fn has_entity(text: &str) -> bool {
    text.match_indices('&').any(|(at, _)| {
        let name = text.as_bytes()[at..].iter().take(ENTITY_BYTES_MAX);
        let end = name.copied().position(|byte| byte == b';');
        end.and_then(|end| entity(text.get(at + 1..at + end)?))
            .is_some()
    })
}

/// Returns where the sign is that ends a tag: one between quotes does not.
fn tag_end(tag: &str) -> Option<usize> {
    let mut quote = None;
    for (at, byte) in tag.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return Some(at),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            _ => {}
        }
    }
    None
}

/// Returns what follows an element that nobody sees.
fn after_hidden<'h>(html: &'h str, name: &str) -> &'h str {
    let mut rest = html;
    while let Some(at) = rest.find("</") {
        rest = &rest[at + 2..];
        let is_it = rest
            .get(..name.len())
            .is_some_and(|found| found.eq_ignore_ascii_case(name));
        if is_it {
            return rest.find('>').map_or("", |end| &rest[end + 1..]);
        }
    }
    ""
}

/// Reads an entity and returns what follows it. What is none stays as it is.
fn after_entity<'h>(html: &'h str, writer: &mut Writer) -> &'h str {
    let end = html
        .bytes()
        .take(ENTITY_BYTES_MAX)
        .position(|byte| byte == b';');
    let letter = end.and_then(|end| Some((entity(html.get(1..end)?)?, end)));
    match letter {
        Some((letter, end)) => {
            writer.letter(letter);
            &html[end + 1..]
        }
        None => {
            writer.letter('&');
            &html[1..]
        }
    }
}

fn entity(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16),
            None => number.parse(),
        };
        return char::from_u32(code.ok()?);
    }
    let found = ENTITIES.iter().find(|(known, _)| *known == name);
    found.map(|(_, letter)| *letter)
}

/// Elements whose inside is not read by people.
const HIDDEN: &[&str] = &[
    "head", "iframe", "math", "noscript", "object", "script", "style", "svg", "template", "title",
];

/// The longest name of an entity that we know, with its signs, and the longest number.
const ENTITY_BYTES_MAX: usize = 12;

/// What French texts are written with. The others stay as they are, which is readable.
const ENTITIES: &[(&str, char)] = &[
    ("AElig", 'Æ'),
    ("Acirc", 'Â'),
    ("Agrave", 'À'),
    ("Ccedil", 'Ç'),
    ("Eacute", 'É'),
    ("Ecirc", 'Ê'),
    ("Egrave", 'È'),
    ("Euml", 'Ë'),
    ("Icirc", 'Î'),
    ("Iuml", 'Ï'),
    ("OElig", 'Œ'),
    ("Ocirc", 'Ô'),
    ("Ucirc", 'Û'),
    ("Ugrave", 'Ù'),
    ("Uuml", 'Ü'),
    ("acirc", 'â'),
    ("aelig", 'æ'),
    ("agrave", 'à'),
    ("amp", '&'),
    ("apos", '\''),
    ("auml", 'ä'),
    ("bull", '•'),
    ("ccedil", 'ç'),
    ("copy", '©'),
    ("deg", '°'),
    ("eacute", 'é'),
    ("ecirc", 'ê'),
    ("egrave", 'è'),
    ("emsp", '\u{2003}'),
    ("ensp", '\u{2002}'),
    ("euml", 'ë'),
    ("euro", '€'),
    ("gt", '>'),
    ("hellip", '…'),
    ("icirc", 'î'),
    ("iuml", 'ï'),
    ("laquo", '«'),
    ("ldquo", '“'),
    ("lsquo", '‘'),
    ("lt", '<'),
    ("mdash", '—'),
    ("middot", '·'),
    ("nbsp", '\u{A0}'),
    ("ndash", '–'),
    ("ocirc", 'ô'),
    ("oelig", 'œ'),
    ("ouml", 'ö'),
    ("quot", '"'),
    ("raquo", '»'),
    ("rdquo", '”'),
    ("reg", '®'),
    ("rsquo", '’'),
    ("shy", '\u{AD}'),
    ("thinsp", '\u{2009}'),
    ("times", '×'),
    ("trade", '™'),
    ("ucirc", 'û'),
    ("ugrave", 'ù'),
    ("uuml", 'ü'),
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn paragraphs_lists_and_breaks_stay_and_tags_go() {
        let html = "<div><p>Une <b>f&ecirc;te</b>&nbsp;!</p>\n<ul><li>jeux</li><li>repas &amp; bal</li></ul>Fin<br>ici<br/><br>là</div>";
        assert_eq!(
            plain(html),
            "Une fête\u{a0}!\n\n- jeux\n- repas & bal\n\nFin\nici\n\nlà"
        );
    }

    #[test]
    fn scripts_styles_and_comments_are_never_text() {
        for html in [
            "a<script>alert('x')</script>b",
            "a<SCRIPT src=\"x>y\">1 < 2</ScRiPt >b",
            "a<style>p{}</style><!-- non -->b",
            "a<img src=x onerror=\"alert(1)\">b",
            "ab<script>alert(1)",
            "ab<!-- sans fin",
        ] {
            assert_eq!(plain(html), "ab", "{html}");
        }
    }

    #[test]
    fn what_is_no_tag_and_no_entity_stays() {
        for text in ["1 < 2 & 3", "R&D", "a &inconnu; b", "<3", "&#xD800;", "&"] {
            assert_eq!(plain(text), text);
        }
        assert_eq!(plain("&#233;&#xE9;"), "éé");
    }

    #[test]
    fn a_plain_text_keeps_its_lines_and_half_html_too() {
        assert_eq!(plain_if_html("a\n\nb < c"), "a\n\nb < c");
        assert_eq!(plain_if_html("a\n<b>b</b>"), "a\nb");
        for plain in ["R&D ; fin\n  ici", "A & B ; C", "&inconnu; x"] {
            assert_eq!(plain_if_html(plain), plain);
        }
        assert_eq!(plain_if_html("R&amp;D\nfin"), "R&D\nfin");
    }

    #[test]
    fn an_address_between_signs_is_text() {
        for (html, expected) in [
            (
                "voir <https://exemple.fr/a?b=1> ici<br>",
                "voir https://exemple.fr/a?b=1 ici",
            ),
            ("<div>à <club@exemple.fr></div>", "à club@exemple.fr"),
            ("<a href=\"mailto:club@exemple.fr\">écrire</a>", "écrire"),
        ] {
            assert_eq!(plain(html), expected);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_and_an_escaped_one_is_given_back(
            text in "\\PC*",
            words in proptest::collection::vec("[a-z<>&;\"'é]{1,8}", 1..8),
        ) {
            prop_assert!(plain(&text).len() <= 3 * text.len() + 2);
            let (words, mut escaped) = (words.join(" "), String::new());
            push_escaped(&mut escaped, &words);
            prop_assert_eq!(plain(&escaped), words);
        }
    }
}
