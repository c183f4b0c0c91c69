//! A small interpreter of rule-based number formats, limited to the needs of CLDR's cardinals, ordinals and years.
//!
//! Source: Unicode Technical Standard #35, part 3, "Rule-Based Number Formatting".

use std::collections::HashMap;

struct Rule {
    base: u64,
    /// The largest power of the radix that is at most the base.
    divisor: u64,
    text: String,
}

pub(super) struct Rules(HashMap<String, Vec<Rule>>);

impl Rules {
    /// The rule sets of a CLDR file; only rules with a numerical base are kept.
    pub(super) fn parse(xml: &str) -> Self {
        let mut sets: HashMap<String, Vec<Rule>> = HashMap::new();
        let mut current = String::new();
        for line in xml.lines() {
            if let Some(name) = attribute(line, "ruleset type") {
                name.clone_into(&mut current);
            } else if let Some(base) = attribute(line, "rbnfrule value").and_then(|base| base.parse().ok()) {
                let radix = attribute(line, "radix").map_or(10, |radix| radix.parse().unwrap());
                let text = line.split_once('>').unwrap().1.rsplit_once(";</").unwrap().0;
                let rule = Rule { base, divisor: largest_power(base, radix), text: text.to_owned() };
                sets.entry(current.clone()).or_default().push(rule);
            }
        }
        Self(sets)
    }

    pub(super) fn spell(&self, set: &str, number: u64) -> String {
        let rules = &self.0[set];
        let fits = rules.iter().rev().find(|rule| rule.base <= number);
        let mut rule = fits.unwrap_or_else(|| panic!("no rule of {set} for {number}"));
        // The rollback rule: 1,000 is not "nineteen hundred hundred".
        let two = rule.text.contains('←') && rule.text.contains('→');
        if two && number.is_multiple_of(rule.divisor) && !rule.base.is_multiple_of(rule.divisor) {
            rule = rules.iter().rev().find(|other| other.base < rule.base).unwrap();
        }
        self.apply(set, rule, number, &rule.text)
    }

    fn apply(&self, set: &str, rule: &Rule, number: u64, text: &str) -> String {
        let text = text.strip_prefix('\'').unwrap_or(text);
        let mut spoken = String::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let after = &rest[first.len_utf8()..];
            match first {
                '[' => {
                    let (optional, later) = after.split_once(']').unwrap();
                    if !number.is_multiple_of(rule.divisor) {
                        spoken += &self.apply(set, rule, number, optional);
                    }
                    rest = later;
                }
                '←' | '→' | '=' => {
                    let (name, later) = after.split_once(first).unwrap();
                    let name = if name.is_empty() { set } else { name.trim_start_matches('%') };
                    let value = match first {
                        '←' => number / rule.divisor,
                        '→' => number % rule.divisor,
                        _ => number,
                    };
                    spoken += &self.spell(name, value);
                    rest = later;
                }
                _ => {
                    spoken.push(first);
                    rest = after;
                }
            }
        }
        spoken
    }
}

fn attribute<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    line.split_once(&format!("{name}=\""))?.1.split('"').next()
}

fn largest_power(base: u64, radix: u64) -> u64 {
    let mut power = 1;
    while power * radix <= base {
        power *= radix;
    }
    power
}
