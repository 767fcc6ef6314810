//! The committed notebooks in everything that renders them, opened in a browser without a network: the Python tests beside
//! this file. No kernel is needed, for nothing is executed.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

/// Runs the tests of one Python file.
fn passes(module: &str) {
    common::unittest(module, |_| {});
}

#[test]
fn the_browser_tells_what_is_missing_hidden_or_too_wide() {
    passes("test_browser");
}

#[test]
fn nbconvert_makes_pages() {
    passes("test_html");
}

#[test]
fn nbconvert_makes_slides() {
    passes("test_slides");
}

#[test]
fn nbconvert_makes_latex() {
    passes("test_latex");
}

#[test]
fn nbconvert_makes_a_pdf_in_a_browser() {
    passes("test_webpdf");
}

#[test]
fn the_site_is_built_with_one_command() {
    passes("test_site");
}

#[test]
fn github_vs_code_and_quarto_show_everything() {
    passes("test_viewers");
}
