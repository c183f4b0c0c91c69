//! Reads the XML events of a document and builds its items.

use std::borrow::Cow;

use quick_xml::XmlVersion;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};

use super::run::Run;
use super::{
    Document, Item, MAX_ATTRIBUTES, MAX_DEPTH, MAX_ITEMS, MAX_WARNINGS, SayAs, Style, Warning, invalid,
    prosody,
};
use crate::error::{Error, ErrorKind, Result};
use crate::text::segment::Boundary;

/// The attributes of an element: name and value.
type Attributes<'a> = Vec<(&'a str, Cow<'a, str>)>;

/// The state of the reader.
pub(super) struct Reader<'a> {
    document: &'a str,
    /// The start of the current event.
    at: usize,
    style: Style,
    /// The open elements, the root first.
    open: Vec<Element>,
    /// Text that is not yet an item.
    run: Run,
    /// Whether the root was seen.
    started: bool,
    /// Whether an item was spoken since the last boundary.
    spoken: bool,
    /// The index of the last boundary.
    boundary: Option<usize>,
    result: Document,
}

/// An open element.
struct Element {
    /// The action of its end tag.
    end: End,
    /// The style outside of it.
    style: Option<Style>,
}

enum End {
    Nothing,
    /// The text within is one word, whatever tags are in it.
    Word,
    Boundary(Boundary),
    /// The text within becomes this item.
    Item(Whole),
    /// The text within is not spoken.
    Skip,
}

/// Elements whose text becomes a single item.
enum Whole {
    SayAs(SayAs),
    Phonemes(String),
    Sub(String),
}

impl<'a> Reader<'a> {
    pub(super) fn new(document: &'a str) -> Self {
        Self {
            document,
            at: 0,
            style: Style::default(),
            open: Vec::new(),
            run: Run::default(),
            started: false,
            spoken: false,
            boundary: None,
            result: Document::default(),
        }
    }

    pub(super) fn read(mut self) -> Result<Document> {
        if let Some(at) = self.document.find(is_forbidden) {
            return Err(invalid(at, "XML does not allow this control character; remove it"));
        }
        // The parser would also drop a byte order mark, but count offsets after it.
        let body = self.document.trim_start_matches('\u{feff}');
        let skipped = self.document.len() - body.len();
        let mut xml = quick_xml::Reader::from_str(body);
        loop {
            if self.result.items.len() > MAX_ITEMS {
                let message = format!("the document has over {MAX_ITEMS} parts; send it in pieces");
                return Err(Error::new(ErrorKind::TextTooLarge, message));
            }
            self.at = skipped + xml.buffer_position() as usize;
            let event = xml.read_event().map_err(|error| {
                let at = skipped + xml.error_position() as usize;
                broken(at, "the document is not well-formed XML", &error)
            })?;
            let end = skipped + xml.buffer_position() as usize;
            match event {
                Event::Start(tag) => self.start(&tag)?,
                Event::End(_) => self.end(),
                Event::Empty(tag) => {
                    self.start(&tag)?;
                    self.end();
                }
                Event::Text(text) => self.text(&text, self.at)?,
                Event::CData(text) => self.text(&text, self.at + "<![CDATA[".len())?,
                Event::GeneralRef(reference) => self.reference(&reference, end)?,
                Event::DocType(_) => return Err(invalid(self.at, "a DOCTYPE is not accepted; remove it")),
                Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
                Event::Eof => break,
            }
        }
        if !self.started || !self.open.is_empty() {
            let message = if self.started { "an element is not closed" } else { "there is no speak element" };
            return Err(invalid(self.at, &format!("{message}; send a whole document, <speak>…</speak>")));
        }
        Ok(self.result)
    }

    fn start(&mut self, tag: &BytesStart) -> Result<()> {
        let name = tag.local_name();
        let name = name.as_ref();
        if self.open.len() == MAX_DEPTH {
            return Err(invalid(
                self.at,
                &format!("elements are nested deeper than {MAX_DEPTH}; flatten them"),
            ));
        }
        if self.open.is_empty() && (self.started || name != "speak") {
            return Err(invalid(self.at, "the document has to be one speak element"));
        }
        let attributes = self.attributes(tag)?;
        self.note_tag();
        let outside = self.style.clone();
        let end = match self.whole_around() {
            None => self.element(name, &attributes),
            Some(End::Skip) => End::Nothing,
            Some(_) => {
                self.warn(format!("<{}> has no meaning here; its text is kept", shown(name)));
                End::Nothing
            }
        };
        self.started = true;
        self.open.push(Element { end, style: (outside != self.style).then_some(outside) });
        Ok(())
    }

    /// Processes a start tag, and returns the action of its end tag.
    fn element(&mut self, name: &str, attributes: &Attributes) -> End {
        match name {
            "speak" if !self.started => self.language(attributes),
            "p" => return self.part(Boundary::Paragraph, attributes),
            "s" => return self.part(Boundary::Sentence, attributes),
            "break" => self.pause(attributes),
            "prosody" => self.prosody(attributes),
            "lang" => {
                if value(attributes, "xml:lang").is_none() {
                    self.warn("<lang> without xml:lang was ignored".into());
                }
                self.language(attributes);
            }
            "mark" => match value(attributes, "name").filter(|name| !name.is_empty()) {
                Some(name) => {
                    let name = name.to_owned();
                    self.flush();
                    self.result.items.push(Item::Mark { name });
                }
                None => self.warn("<mark> without a name was ignored".into()),
            },
            "say-as" | "phoneme" | "sub" => {
                if let Some(whole) = self.whole(name, attributes) {
                    self.flush();
                    return End::Item(whole);
                }
            }
            // The alternative text of an audio file is for the eye (SSML 1.1, 3.3.3).
            "metadata" | "desc" => {
                self.flush();
                return End::Skip;
            }
            "w" | "token" => {
                self.language(attributes);
                return End::Word;
            }
            "voice" => {
                let is_language = |(name, _): &&(&str, Cow<str>)| matches!(*name, "xml:lang" | "languages");
                if attributes.is_empty() || attributes.iter().any(|attribute| !is_language(&attribute)) {
                    self.warn(
                        "<voice> was ignored except its language: the session chooses the voice".into(),
                    );
                }
                self.language(attributes);
            }
            _ => self.warn(format!("<{}> is not supported; its text is spoken", shown(name))),
        }
        End::Nothing
    }

    fn end(&mut self) {
        self.note_tag();
        let Some(element) = self.open.pop() else { return };
        match element.end {
            End::Nothing | End::Word => {}
            End::Boundary(boundary) => self.boundary(boundary),
            End::Skip => drop(self.run.take()),
            End::Item(whole) => self.finish(whole),
        }
        if let Some(style) = element.style {
            self.flush();
            self.style = style;
        }
        if self.open.is_empty() {
            self.flush();
        }
    }

    /// Ends an element whose text becomes a single item.
    fn finish(&mut self, whole: Whole) {
        let (text, span) = self.run.take();
        let style = self.style.clone();
        let item = match whole {
            Whole::Phonemes(ipa) => Item::Phonemes { ipa, written: text, span, style },
            Whole::Sub(alias) => Item::Text { text: alias, span, style },
            Whole::SayAs(_) if text.is_empty() => return,
            Whole::SayAs(how) => Item::SayAs { text, how, span, style },
        };
        self.speak(item);
    }

    fn text(&mut self, text: &str, at: usize) -> Result<()> {
        if !self.open.is_empty() {
            self.run.push_str(text, at);
        } else if !text.trim().is_empty() {
            return Err(invalid(at, "there is text outside of the speak element"));
        }
        Ok(())
    }

    fn reference(&mut self, reference: &BytesRef, end: usize) -> Result<()> {
        let number = reference
            .resolve_char_ref()
            .map_err(|error| broken(self.at, "a character reference stands for no character", &error))?;
        let c = match number {
            Some(c) => Some(c).filter(|&c| !is_forbidden(c)),
            None => resolve_xml_entity(reference).and_then(|text| text.chars().next()),
        };
        let Some(c) = c else {
            let message = format!(
                "&{}; is not one of XML's own entities; write the character itself",
                shown(reference)
            );
            return Err(invalid(self.at, &message));
        };
        if self.open.is_empty() {
            return Err(invalid(self.at, "there is text outside of the speak element"));
        }
        self.run.push(c, self.at..end);
        Ok(())
    }

    /// Fails at the first attribute above the limit, since the search for duplicates is quadratic.
    fn attributes<'t>(&self, tag: &'t BytesStart) -> Result<Attributes<'t>> {
        let broken = |error: quick_xml::Error| {
            broken(self.at, "an attribute is not well-formed XML, or uses an unknown entity", &error)
        };
        let mut attributes = Vec::new();
        for attribute in tag.attributes() {
            let attribute = attribute.map_err(|error| broken(error.into()))?;
            if attributes.len() == MAX_ATTRIBUTES {
                return Err(invalid(
                    self.at,
                    &format!("an element has over {MAX_ATTRIBUTES} attributes; remove some"),
                ));
            }
            let value = attribute.normalized_value_with(XmlVersion::Implicit1_0, 1, resolve_xml_entity);
            let value = value.map_err(broken)?;
            if value.contains(is_forbidden) {
                return Err(invalid(self.at, "an attribute refers to a control character; remove it"));
            }
            attributes.push((attribute.key.into_inner(), value));
        }
        Ok(attributes)
    }

    fn part(&mut self, boundary: Boundary, attributes: &Attributes) -> End {
        // The text before it is a separate sentence.
        self.boundary(boundary);
        self.language(attributes);
        End::Boundary(boundary)
    }

    /// Adds a boundary. Only the stronger one of consecutive boundaries is kept.
    fn boundary(&mut self, boundary: Boundary) {
        self.flush();
        if std::mem::take(&mut self.spoken) {
            self.boundary = Some(self.result.items.len());
            self.result.items.push(Item::Boundary(boundary));
        } else if boundary == Boundary::Paragraph
            && let Some(last) = self.boundary
        {
            self.result.items[last] = Item::Boundary(boundary);
        }
    }

    /// Adds a spoken item.
    fn speak(&mut self, item: Item) {
        self.result.items.push(item);
        self.spoken = true;
    }

    fn pause(&mut self, attributes: &Attributes) {
        let mut ms = 500;
        if let Some(name) = value(attributes, "strength") {
            match prosody::strength(name) {
                Some(strength) => ms = strength,
                None => self.warn(format!("strength=\"{}\" is not known; medium was taken", shown(name))),
            }
        }
        if let Some(length) = value(attributes, "time") {
            match prosody::time(length) {
                Some((time, clamped)) => {
                    ms = time;
                    if clamped {
                        self.warn(format!("time=\"{}\" was shortened to {time} ms", shown(length)));
                    }
                }
                None => self.warn(format!("time=\"{}\" was ignored; write 500ms or 2s", shown(length))),
            }
        }
        self.flush();
        self.result.items.push(Item::Break { ms });
    }

    fn prosody(&mut self, attributes: &Attributes) {
        let mut style = self.style.clone();
        for (name, text) in attributes {
            let read = match *name {
                "rate" => prosody::rate(text.trim(), &mut style),
                "pitch" => prosody::pitch(text.trim(), &mut style),
                "volume" => prosody::volume(text.trim(), &mut style),
                _ => None,
            };
            match read {
                Some(false) => {}
                Some(true) => self.warn(format!("{name}=\"{}\" was moved into its range", shown(text))),
                None => self.warn(format!("{}=\"{}\" of <prosody> was ignored", shown(name), shown(text))),
            }
        }
        self.restyle(style);
    }

    fn language(&mut self, attributes: &Attributes) {
        // `languages` is a list in order of preference.
        let listed = || value(attributes, "languages")?.split_whitespace().next();
        let Some(tag) = value(attributes, "xml:lang").or_else(listed) else { return };
        if let Ok(language) = tag.parse() {
            self.restyle(Style { language: Some(language), ..self.style.clone() });
        } else {
            self.warn(format!("xml:lang=\"{}\" is no language tag and was ignored", shown(tag)));
        }
    }

    fn whole(&mut self, name: &str, attributes: &Attributes) -> Option<Whole> {
        match name {
            "say-as" => {
                let known_names = ["interpret-as", "format"];
                for (name, _) in attributes.iter().filter(|(name, _)| !known_names.contains(name)) {
                    self.warn(format!("{} of <say-as> was ignored", shown(name)));
                }
                let how = value(attributes, "interpret-as").unwrap_or_default();
                let Some(kind) = super::say_as(how) else {
                    self.warn(format!(
                        "interpret-as=\"{}\" is not known; the text is read as usual",
                        shown(how)
                    ));
                    return None;
                };
                let Some(format) = value(attributes, "format") else { return Some(Whole::SayAs(kind)) };
                let formatted = kind.with_format(format);
                if formatted.is_none() {
                    self.warn(format!(
                        "format=\"{}\" is not one of {}, and was ignored",
                        shown(format),
                        shown(how)
                    ));
                }
                Some(Whole::SayAs(formatted.unwrap_or(kind)))
            }
            "phoneme" => {
                let alphabet = value(attributes, "alphabet").unwrap_or("ipa");
                let ipa = value(attributes, "ph").map(str::trim).unwrap_or_default();
                if alphabet == "ipa" && !ipa.is_empty() {
                    return Some(Whole::Phonemes(ipa.to_owned()));
                }
                self.warn("<phoneme> was ignored; it needs alphabet=\"ipa\" and ph".into());
                None
            }
            _ => {
                let mut alias = Run::default();
                alias.push_str(value(attributes, "alias").unwrap_or_default().trim(), 0);
                let (alias, _) = alias.take();
                if !alias.is_empty() {
                    return Some(Whole::Sub(alias));
                }
                self.warn("<sub> without an alias was ignored".into());
                None
            }
        }
    }

    /// Notes a tag, unless it is within a word.
    fn note_tag(&mut self) {
        if !self.open.iter().any(|element| matches!(element.end, End::Word)) {
            self.run.tag();
        }
    }

    /// The enclosing element whose text becomes a single item.
    fn whole_around(&self) -> Option<&End> {
        self.open.iter().map(|element| &element.end).find(|end| matches!(end, End::Item(_) | End::Skip))
    }

    fn restyle(&mut self, style: Style) {
        if style != self.style {
            self.flush();
            self.style = style;
        }
    }

    /// Makes an item of the collected text, if there is any.
    fn flush(&mut self) {
        let (text, span) = self.run.take();
        if !text.is_empty() {
            let style = self.style.clone();
            self.speak(Item::Text { text, span, style });
        }
    }

    fn warn(&mut self, message: String) {
        if self.result.warnings.len() < MAX_WARNINGS {
            self.result.warnings.push(Warning { at: self.at, message });
        }
    }
}

fn value<'t>(attributes: &'t Attributes, name: &str) -> Option<&'t str> {
    attributes.iter().find(|(key, _)| *key == name).map(|(_, value)| &**value)
}

/// The parser's message may contain a name of any length.
fn broken(at: usize, message: &str, cause: &quick_xml::Error) -> Error {
    let cause = cause.to_string();
    invalid(at, &format!("{message}: {}", &cause[..cause.floor_char_boundary(200)]))
}

/// Characters that XML does not allow in any form.
fn is_forbidden(c: char) -> bool {
    matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

/// A name or value, shortened for a message.
fn shown(text: &str) -> &str {
    &text[..text.floor_char_boundary(40)]
}
