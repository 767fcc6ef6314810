//! The name of every column, once.

/// The query's id (string).
pub const QUERY_ID: &str = "query_id";
/// The document's id (string).
pub const DOC_ID: &str = "doc_id";
/// The judgement (i32, null where unjudged).
pub const RELEVANCE: &str = "relevance";
/// How the document matches, where the collection says it (string).
pub const KIND: &str = "kind";
/// The model's logit (f64).
pub const SCORE: &str = "score";
/// The position in the ranking of the query, from 1 (u32).
pub const RANK: &str = "rank";
/// How many document tokens did not fit into what the model reads (u32).
pub const TRUNCATED: &str = "truncated";
/// The layer, from 0 (u32).
pub const LAYER: &str = "layer";
/// The head within its layer, from 0 (u32).
pub const HEAD: &str = "head";
/// The attending segment (string: cls, query, sep1, document, sep2).
pub const FROM: &str = "from";
/// The attended segment (string, as [`FROM`]).
pub const TO: &str = "to";
/// The attention from one segment to another: summed over attended, averaged over attending tokens (f64, 0 to 1).
pub const MASS: &str = "mass";
/// The position of the attending token, from 0 (u32).
pub const FROM_POSITION: &str = "from_position";
/// The position of the attended token, from 0 (u32).
pub const TO_POSITION: &str = "to_position";
/// The attending word piece (string).
pub const FROM_TOKEN: &str = "from_token";
/// The attended word piece (string).
pub const TO_TOKEN: &str = "to_token";
/// The segment of the attending token (string).
pub const FROM_SEGMENT: &str = "from_segment";
/// The segment of the attended token (string).
pub const TO_SEGMENT: &str = "to_segment";
/// The attention from one token to another (f64, 0 to 1).
pub const WEIGHT: &str = "weight";
/// How spread out attention is (f64, bits).
pub const ENTROPY: &str = "entropy";
/// Query tokens that have an equal document token (f64).
pub const MATCHED: &str = "matched";
/// Attention from such query tokens to their equals (f64, 0 to 1).
pub const MATCH_MASS: &str = "match_mass";
/// Attention from such query tokens to the other document tokens (f64, 0 to 1).
pub const OTHER_MASS: &str = "other_mass";
/// How much more a match is attended to than another document token (f64, bits; 0 for uniform attention).
pub const SELECTIVITY: &str = "selectivity";
/// Attention to `[CLS]` (f64, 0 to 1).
pub const TO_CLS: &str = "to_cls";
/// Attention to the first `[SEP]` (f64, 0 to 1).
pub const TO_SEP1: &str = "to_sep1";
/// Attention to the last `[SEP]` (f64, 0 to 1).
pub const TO_SEP2: &str = "to_sep2";
/// Attention to punctuation (f64, 0 to 1).
pub const TO_PUNCTUATION: &str = "to_punctuation";
/// Attention that carries no content: to special tokens and punctuation (f64, 0 to 1).
pub const NO_OP: &str = "no_op";
/// How a document token matches a query token (string; see [`MatchProfile`](crate::statistic::MatchProfile)).
pub const MATCH: &str = "match";
/// Attention to a token of a class, as a share of that to all document tokens (f64, 0 to 1).
pub const ATTENTION: &str = "attention";
/// How much more a token of a class is attended to than a document token on average (f64, bits).
pub const BITS: &str = "bits";
/// The bits that the places of a class have whatever stands there (f64, bits).
pub const CONTROL_BITS: &str = "control_bits";
/// The bits of a class without those of its places (f64, bits).
pub const EXCESS_BITS: &str = "excess_bits";
/// Attention to the document (f64, 0 to 1).
pub const DOCUMENT_MASS: &str = "document_mass";
/// Attention to special tokens (f64, 0 to 1).
pub const SPECIAL_MASS: &str = "special_mass";
/// How rare a query word is among the documents (string: low, middle, high), or how much a word piece weighs (f64).
pub const IDF: &str = "idf";
/// The quarter of the document in which a token stands, from 1 (u32).
pub const QUARTER: &str = "quarter";
/// How many tokens lie between two (string, as a range).
pub const DISTANCE: &str = "distance";
/// How many tokens or word pieces a number rests on (u32).
pub const TOKENS: &str = "tokens";
/// The layers of a variant, spaced (string).
pub const LAYERS: &str = "layers";
/// The heads of a variant, spaced (string).
pub const HEADS: &str = "heads";
/// The layer of the second head of a pair of heads (u32).
pub const OTHER_LAYER: &str = "other_layer";
/// The second head of a pair of heads (u32).
pub const OTHER_HEAD: &str = "other_head";
/// What stood in for an ablated head: zero, mean, overall mean, resample (string).
pub const ABLATION: &str = "ablation";
/// The position of a token, from 0 (u32).
pub const POSITION: &str = "position";
/// A word piece (string).
pub const TOKEN: &str = "token";
/// The cosine of two word embeddings, or of one and a direction (f64, -1 to 1).
pub const COSINE: &str = "cosine";
/// The segment of a token, or that of the positions of a patch (string).
pub const SEGMENT: &str = "segment";
/// The logit of the pair as it was (f64).
pub const CLEAN_SCORE: &str = "clean_score";
/// The logit of the perturbed pair (f64).
pub const CORRUPTED_SCORE: &str = "corrupted_score";
/// The logit with activations of the other run (f64).
pub const PATCHED_SCORE: &str = "patched_score";
/// How far a patch moves the score from the one run's to the other's (f64; 0 nowhere, 1 all the way).
pub const EFFECT: &str = "effect";
/// The change of the logit (f64; changed minus plain).
pub const LOGIT_EFFECT: &str = "logit_effect";
/// The absolute change of the logit (f64).
pub const ABS_LOGIT_EFFECT: &str = "abs_logit_effect";
/// The share of document pairs whose order is reversed (f64, 0 to 1).
pub const PREFERENCE_FLIPS: &str = "preference_flips";
/// Kendall's tau-b between the changed and the plain ranking (f64, -1 to 1).
pub const KENDALL_TAU: &str = "kendall_tau";
/// How many heads a set has (u32).
pub const SIZE: &str = "size";
/// The number of a random set among those of its size, from 0 (u32).
pub const DRAW: &str = "draw";
/// A part of a layer: attention, mlp; or of what is written at `[CLS]`: embedding, head, mlp, bias (string).
pub const PART: &str = "part";
/// The share of a part in the logit, along the straight line from an empty row (f64, logits).
pub const ATTRIBUTION: &str = "attribution";
/// The change of the logit when what a part wrote at `[CLS]` is taken away from the last row (f64; without minus with).
pub const REMOVED_EFFECT: &str = "removed_effect";
/// An edge, such as `query->document` (string).
pub const EDGE: &str = "edge";
/// Which layers of a range are cut: each, up to, from (string).
pub const RANGE: &str = "range";
/// Where a patched path ends: the logit, or an input of heads (string).
pub const RECEIVER: &str = "receiver";
/// Through what a head reads: q, k, v (string).
pub const INPUT: &str = "input";
/// How many heads are left (u32).
pub const HEADS_LEFT: &str = "heads_left";
/// What a ranking keeps of a measure (f64; 1 is all that the plain model has).
pub const KEPT: &str = "kept";
/// How many queries an effect rests on (u32).
pub const QUERIES: &str = "queries";
/// Where a word piece stands among all keys when it is the query (u32, or f64 as a mean; 1 is the best).
pub const IDENTITY_RANK: &str = "identity_rank";
/// The mean of one over the ranks (f64, 0 to 1).
pub const RECIPROCAL_RANK: &str = "reciprocal_rank";
/// The share of word pieces that no key matches better than itself (f64, 0 to 1).
pub const PREFERS_ITSELF: &str = "prefers_itself";
/// A word piece that belongs to another one (string).
pub const NEIGHBOUR: &str = "neighbour";
/// Where the neighbour stands among all keys when the word piece is the query (u32; 1 is the best).
pub const NEIGHBOUR_RANK: &str = "neighbour_rank";
/// The number of a singular direction of a circuit, the largest first, from 0 (u32).
pub const DIRECTION: &str = "direction";
/// The singular value of a direction (f64).
pub const SINGULAR_VALUE: &str = "singular_value";
/// A side of a circuit: query or key, written or read (string).
pub const SIDE: &str = "side";
/// An end of a direction: 1 or -1 (i32).
pub const SIGN: &str = "sign";
/// Where a word piece stands among the nearest to what a head writes of it (u32; 1 is the best, null if it takes no part).
pub const OWN_RANK: &str = "own_rank";
/// Spearman's rank correlation (f64, -1 to 1).
pub const SPEARMAN: &str = "spearman";
/// The Frobenius norm of a circuit (f64).
pub const NORM: &str = "norm";
/// How many singular directions of a circuit count (f64, from 1).
pub const EFFECTIVE_RANK: &str = "effective_rank";
/// The share of a circuit's squared norm in its symmetric part (f64, 0 to 1).
pub const SYMMETRIC_SHARE: &str = "symmetric_share";
/// The share of positive eigenvalues of the symmetric part, by size (f64, 0 to 1).
pub const POSITIVE_SHARE: &str = "positive_share";
/// Whether a head writes what it reads (f64, -1 to 1).
pub const COPYING: &str = "copying";
/// The share of eigenvalues with a positive real part, by number (f64, 0 to 1).
pub const POSITIVE_EIGENVALUES: &str = "positive_eigenvalues";
/// How much a head's queries read of what an earlier one writes (f64, 0 to 1).
pub const Q_COMPOSITION: &str = "q_composition";
/// How much a head's keys read of what an earlier one writes (f64, 0 to 1).
pub const K_COMPOSITION: &str = "k_composition";
/// How much a head's values read of what an earlier one writes (f64, 0 to 1).
pub const V_COMPOSITION: &str = "v_composition";
/// Whether a head matches (bool).
pub const MATCHES: &str = "matches";
/// How much more a match is attended to from its own word than from the rest of the query (f64, bits).
pub const SPECIFICITY: &str = "specificity";
/// How much more the logit changes without a head's matches than without other words (f64).
pub const CUT_EFFECT: &str = "cut_effect";
/// The share of resamples of the queries in which a finding holds (f64, 0 to 1).
pub const STABILITY: &str = "stability";

/// How often a query token's word piece stands in the document (u32).
pub const TERM_FREQUENCY: &str = "term_frequency";
/// Attention from a query token to the document, averaged over heads (f64, 0 to 1), or its sum over query tokens.
pub const SOFT_TF: &str = "soft_tf";
/// BM25 of soft term frequencies (f64).
pub const SEMANTIC_BM25: &str = "semantic_bm25";
/// BM25 of equal word pieces (f64).
pub const BM25: &str = "bm25";
/// How many word pieces the document has (u32).
pub const DOCUMENT_LENGTH: &str = "document_length";
/// What a score is predicted from (string).
pub const PREDICTOR: &str = "predictor";
/// Where the idf comes from (string: collection, embedding; null without one).
pub const IDF_FROM: &str = "idf_from";
/// Whether attention to the last `[SEP]` counts as attention to the document (bool).
pub const LAST_SEP: &str = "last_sep";
/// How many numbers a prediction is made of (u32).
pub const FEATURES: &str = "features";
/// The share of the variance that a prediction explains (f64, at most 1; below 0 it is worse than the mean).
pub const R_SQUARED: &str = "r_squared";
/// What a predictor explains beyond BM25 (f64).
pub const R_SQUARED_GAIN: &str = "r_squared_gain";
/// The share of the variance within queries that a prediction explains (f64, at most 1).
pub const R_SQUARED_WITHIN: &str = "r_squared_within";
/// What a predictor explains within queries beyond BM25 (f64).
pub const R_SQUARED_WITHIN_GAIN: &str = "r_squared_within_gain";
/// The same as [`R_SQUARED`], of as many random heads (f64).
pub const CONTROL_R_SQUARED: &str = "control_r_squared";
/// The same as [`R_SQUARED_WITHIN`], of as many random heads (f64).
pub const CONTROL_R_SQUARED_WITHIN: &str = "control_r_squared_within";
/// The penalty of a ridge regression (f64).
pub const RIDGE: &str = "ridge";
/// The penalty of the ridge regression within queries (f64).
pub const RIDGE_WITHIN: &str = "ridge_within";
/// How many pairs of a query and a document a number rests on (u32).
pub const PAIRS: &str = "pairs";
/// Where a claim comes from, as author and year (string).
pub const SOURCE: &str = "source";
/// What is claimed, in one sentence (string).
pub const CLAIM: &str = "claim";
/// What the figure of a claim is, with its unit (string).
pub const MEASURE: &str = "measure";
/// What was found, in the unit of [`MEASURE`] (f64, null where nothing was).
pub const FIGURE: &str = "figure";
/// What the figure is held against (f64, in the same unit).
pub const REFERENCE: &str = "reference";
/// On which side of the reference a claim expects the figure (string: above, below).
pub const AGREES_WHEN: &str = "agrees_when";
/// What would agree with a claim and what would not (string).
pub const EXPECTED: &str = "expected";
/// What came of it (string: agrees, disagrees, cannot be tested).
pub const VERDICT: &str = "verdict";
/// On what a verdict rests (string).
pub const WHY: &str = "why";

/// The column that holds the change of a measure, such as `nDCG@10_effect` (f64; changed minus plain).
pub fn effect(measure: impl std::fmt::Display) -> String {
    format!("{measure}_effect")
}

/// The column that holds the lower end of the interval around `column`.
pub fn low(column: &str) -> String {
    format!("{column}_low")
}

/// The column that holds the upper end of the interval around `column`.
pub fn high(column: &str) -> String {
    format!("{column}_high")
}

/// The column that holds what `column` is in a control (f64).
pub fn control(column: &str) -> String {
    format!("control_{column}")
}

/// The column that holds how far `column` lies from its control (f64).
pub fn excess(column: &str) -> String {
    format!("{column}_excess")
}

/// The column that holds the p value of `column` among the draws of a control (f64).
pub fn p_draws(column: &str) -> String {
    format!("{column}_p_draws")
}

/// The column that holds the p value of `column`.
pub fn p(column: &str) -> String {
    format!("{column}_p")
}

/// The column that holds the p value of `column` after Holm's correction (f64, null where there is none).
///
/// ```
/// use crosslens::frame::columns::{effect, p_holm};
/// assert_eq!(p_holm(&effect("AP")), "AP_effect_p_holm");
/// ```
pub fn p_holm(column: &str) -> String {
    format!("{column}_p_holm")
}
