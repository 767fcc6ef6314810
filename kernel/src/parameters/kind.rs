//! What a parameter can be, and how a value that was given in words is written in Rust.

use serde_json::Value;
use std::fmt;
use syn::{Expr, GenericArgument, Lit, PathArguments, Type, UnOp};

/// What a single value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scalar {
    Integer,
    Float,
    Bool,
    Text,
}

/// The type of a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    One(Scalar),
    /// A vector.
    Many(Scalar),
}

/// What a value is taken for where nothing declares a type: the first of these that it can be.
pub(super) const GUESSES: [Kind; 8] = [
    Kind::One(Scalar::Integer),
    Kind::One(Scalar::Float),
    Kind::One(Scalar::Bool),
    Kind::Many(Scalar::Integer),
    Kind::Many(Scalar::Float),
    Kind::Many(Scalar::Bool),
    Kind::Many(Scalar::Text),
    Kind::One(Scalar::Text),
];

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Integer => "i64",
            Self::Float => "f64",
            Self::Bool => "bool",
            Self::Text => "&str",
        })
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(scalar) => scalar.fmt(f),
            Self::Many(scalar) => write!(f, "Vec<{scalar}>"),
        }
    }
}

impl Scalar {
    fn of_type(declared: &Type) -> Option<Self> {
        match declared {
            Type::Reference(reference) if reference.mutability.is_none() => match &*reference.elem {
                Type::Path(path) if path.path.is_ident("str") => Some(Self::Text),
                _ => None,
            },
            Type::Path(path) => {
                let named = |name| path.path.is_ident(name);
                [("i64", Self::Integer), ("f64", Self::Float), ("bool", Self::Bool)]
                    .into_iter()
                    .find_map(|(name, scalar)| named(name).then_some(scalar))
            }
            _ => None,
        }
    }

    /// Where the literal alone says it; an integer without a suffix is an `i32`, which is none of these.
    fn of_literal(value: &Expr) -> Option<Self> {
        match value {
            Expr::Unary(negated) if matches!(negated.op, UnOp::Neg(_)) => Self::of_literal(&negated.expr),
            Expr::Lit(literal) => match &literal.lit {
                Lit::Int(number) if number.suffix() == "i64" => Some(Self::Integer),
                Lit::Int(number) if number.suffix() == "f64" => Some(Self::Float),
                Lit::Float(number) if matches!(number.suffix(), "" | "f64") => Some(Self::Float),
                Lit::Bool(_) => Some(Self::Bool),
                Lit::Str(_) => Some(Self::Text),
                _ => None,
            },
            _ => None,
        }
    }

    /// The literal for a value in words.
    fn literal_of_words(self, words: &str) -> Option<String> {
        match self {
            Self::Integer => words.parse().ok().map(|number: i64| number.to_string()),
            Self::Float => words.parse().ok().map(float),
            Self::Bool => match words {
                "true" | "True" => Some("true".to_owned()),
                "false" | "False" => Some("false".to_owned()),
                _ => None,
            },
            Self::Text => Some(quoted(words)),
        }
    }

    /// The literal for an element of a list.
    fn literal_of_element(self, element: &Value) -> Option<String> {
        match self {
            Self::Integer => element.as_i64().map(|number| number.to_string()),
            Self::Float => element.as_f64().map(float),
            Self::Bool => element.as_bool().map(|truth| truth.to_string()),
            Self::Text => element.as_str().map(quoted),
        }
    }

    fn example(self) -> &'static str {
        match self {
            Self::Integer => "10",
            Self::Float => "0.5",
            Self::Bool => "true",
            Self::Text => "words",
        }
    }
}

impl Kind {
    /// The kind that a declared type is.
    pub(super) fn of_type(declared: &Type) -> Option<Self> {
        let Type::Path(path) = declared else {
            return Scalar::of_type(declared).map(Self::One);
        };
        let vector = path.path.segments.last().filter(|last| last.ident == "Vec" && path.path.segments.len() == 1);
        match vector.map(|vector| &vector.arguments) {
            Some(PathArguments::AngleBracketed(arguments)) => match arguments.args.first() {
                Some(GenericArgument::Type(element)) => Scalar::of_type(element).map(Self::Many),
                _ => None,
            },
            Some(_) => None,
            None => Scalar::of_type(declared).map(Self::One),
        }
    }

    /// The kind that a literal has by itself.
    pub(super) fn of_literal(value: &Expr) -> Option<Self> {
        Scalar::of_literal(value).map(Self::One)
    }

    /// A value that was given in words, a vector as a JSON list, as an expression of this type.
    pub(super) fn literal(self, words: &str) -> Option<String> {
        match self {
            Self::One(scalar) => scalar.literal_of_words(words),
            Self::Many(scalar) => {
                let elements: Vec<Value> = serde_json::from_str(words).ok()?;
                let literals: Option<Vec<String>> =
                    elements.iter().map(|element| scalar.literal_of_element(element)).collect();
                Some(format!("vec![{}]", literals?.join(", ")))
            }
        }
    }

    /// A value as one could give it.
    pub(super) fn example(self) -> String {
        match self {
            Self::One(scalar) => scalar.example().to_owned(),
            Self::Many(Scalar::Text) => "'[\"some\", \"words\"]'".to_owned(),
            Self::Many(scalar) => format!("'[{}]'", scalar.example()),
        }
    }
}

fn float(number: f64) -> String {
    if number.is_nan() {
        "f64::NAN".to_owned()
    } else if number == f64::INFINITY {
        "f64::INFINITY".to_owned()
    } else if number == f64::NEG_INFINITY {
        "f64::NEG_INFINITY".to_owned()
    } else {
        format!("{number:?}")
    }
}

/// A string literal; what a cell may not hold, or what nobody would see, is escaped.
fn quoted(text: &str) -> String {
    let mut literal = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => literal.extend(['\\', character]),
            '\n' => literal += "\\n",
            '\r' => literal += "\\r",
            '\t' => literal += "\\t",
            // The compiler refuses characters that change the direction of writing.
            '\0'..='\x1f' | '\x7f'..='\u{9f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                literal.extend(character.escape_unicode());
            }
            _ => literal.push(character),
        }
    }
    literal + "\""
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(declared: &str) -> Option<Kind> {
        Kind::of_type(&syn::parse_str(declared).expect("a type"))
    }

    #[test]
    fn a_kind_is_written_as_the_type_that_it_is_read_from() {
        for declared in ["i64", "f64", "bool", "&str", "Vec<i64>", "Vec<f64>", "Vec<bool>", "Vec<&str>"] {
            assert_eq!(kind(declared).map(|kind| kind.to_string()).as_deref(), Some(declared));
        }
        assert_eq!(kind("&'static str"), Some(Kind::One(Scalar::Text)));
        for other in ["usize", "String", "&mut str", "&[i64]", "Vec<Vec<i64>>", "Vec<u8>", "(i64, i64)", "Vec"] {
            assert_eq!(kind(other), None, "{other}");
        }
    }

    #[test]
    fn values_are_written_as_literals_of_their_type() {
        for (declared, words, literal) in [
            ("i64", "-3", "-3"),
            ("f64", "5", "5.0"),
            ("f64", "1e-05", "1e-5"),
            ("f64", "nan", "f64::NAN"),
            ("f64", "-inf", "f64::NEG_INFINITY"),
            ("bool", "True", "true"),
            ("&str", "5", "\"5\""),
            ("&str", "a \"b\"\\\n\u{202e}ü", "\"a \\\"b\\\"\\\\\\n\\u{202e}ü\""),
            ("Vec<i64>", "[]", "vec![]"),
            ("Vec<f64>", "[1, 0.25]", "vec![1.0, 0.25]"),
            ("Vec<&str>", "[\"a\", \"b c\"]", "vec![\"a\", \"b c\"]"),
        ] {
            let written = kind(declared).expect("is a kind").literal(words);
            assert_eq!(written.as_deref(), Some(literal), "{declared} {words}");
        }
    }

    #[test]
    fn values_of_another_type_are_none() {
        for (declared, words) in [
            ("i64", "2.5"),
            ("i64", "9223372036854775808"),
            ("i64", ""),
            ("f64", "half"),
            ("bool", "1"),
            ("Vec<i64>", "1, 2"),
            ("Vec<i64>", "[1, 2.5]"),
            ("Vec<f64>", "[1, \"2\"]"),
            ("Vec<&str>", "[1]"),
        ] {
            assert_eq!(kind(declared).expect("is a kind").literal(words), None, "{declared} {words}");
        }
    }

    #[test]
    fn what_is_declared_nowhere_is_guessed() {
        let guess = |words| GUESSES.into_iter().find(|kind| kind.literal(words).is_some()).map(|kind| kind.to_string());
        for (words, guessed) in [
            ("3", "i64"),
            ("3.0", "f64"),
            ("true", "bool"),
            ("[1]", "Vec<i64>"),
            ("[1, 2.5]", "Vec<f64>"),
            ("x", "&str"),
        ] {
            assert_eq!(guess(words).as_deref(), Some(guessed), "{words}");
        }
    }
}
