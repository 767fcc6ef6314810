//! What is odd about a collection without being an error.

use super::Qrels;
use super::folder::Texts;
use crate::error::listed;
use std::collections::BTreeSet;

/// One sentence for each oddity, with a count and examples.
pub(super) fn all(texts: &Texts, chosen: Option<&str>, qrels: &Qrels) -> Vec<String> {
    let mut warnings = Vec::new();
    let queries = texts.queries.entries.iter().filter(|query| query.text.trim().is_empty());
    warnings.extend(empty("queries", queries.map(|query| query.query_id.clone()).collect()));
    let documents = texts.documents.entries.iter().filter(|document| document.full_text().trim().is_empty());
    warnings.extend(empty("documents", documents.map(|document| document.doc_id.clone()).collect()));
    if let Some(name) = chosen {
        let judged = qrels.iter().map(|(query_id, doc_id, _)| (query_id, doc_id));
        warnings.extend(dangling(
            texts,
            &format!("qrels {name:?}"),
            "judgements",
            "measures count them, pairs lack them",
            judged,
        ));
    }
    warnings.extend(dangling(texts, "kinds.tsv", "lines", "they are not used", texts.kinds()));
    warnings
}

fn empty(what: &str, ids: Vec<String>) -> Option<String> {
    (!ids.is_empty())
        .then(|| format!("{what} without text: {} ({}); scoring them is an error", ids.len(), listed(&ids)))
}

/// Warnings about lines that name queries or documents which the collection lacks.
fn dangling<'a>(
    texts: &Texts,
    place: &str,
    lines: &str,
    so: &str,
    named: impl Iterator<Item = (&'a str, &'a str)>,
) -> Vec<String> {
    let (mut queries, mut documents) = ((0, BTreeSet::new()), (0, BTreeSet::new()));
    for (query_id, doc_id) in named {
        if texts.query(query_id).is_none() {
            queries.0 += 1;
            queries.1.insert(query_id);
        }
        if texts.document(doc_id).is_none() {
            documents.0 += 1;
            documents.1.insert(doc_id);
        }
    }
    let sentence = |(count, ids): (usize, BTreeSet<&str>), what: &str| {
        let ids: Vec<String> = ids.into_iter().map(str::to_owned).collect();
        (count > 0)
            .then(|| format!("{place}: {lines} of {what} that the collection lacks: {count} ({}); {so}", listed(&ids)))
    };
    [sentence(queries, "queries"), sentence(documents, "documents")].into_iter().flatten().collect()
}
