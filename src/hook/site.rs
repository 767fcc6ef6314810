//! The named places of the forward pass.

use std::fmt;

/// A place where activations are read or replaced; the names are TransformerLens'.
///
/// Shapes are those of one pair; there is no batch dimension, because a pair is read at its own length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Site {
    /// `[token, hidden]`; the sum of word, position and type embeddings, after its LayerNorm.
    Embed,
    /// `[token, hidden]` per layer; what enters the layer.
    ResidPre,
    /// `[head, token, head_dim]` per layer; queries with bias.
    Q,
    /// `[head, token, head_dim]` per layer; keys with bias.
    K,
    /// `[head, token, head_dim]` per layer; values with bias.
    V,
    /// `[head, from, to]` per layer; scaled scores before the softmax.
    AttnScores,
    /// `[head, from, to]` per layer; rows sum to 1.
    Pattern,
    /// `[head, token, head_dim]` per layer; the values mixed by the pattern, before the output projection.
    Z,
    /// `[token, hidden]` per layer; the output projection of all heads with bias.
    AttnOut,
    /// `[token, hidden]` per layer; LayerNorm(`resid_pre` + `attn_out`): BERT normalises after adding.
    ResidMid,
    /// `[token, hidden]` per layer; what the MLP adds.
    MlpOut,
    /// `[token, hidden]` per layer; LayerNorm(`resid_mid` + `mlp_out`).
    ResidPost,
    /// `[hidden]`; tanh of the pooler's projection of `[CLS]`.
    Pooled,
    /// `[1]`; the score.
    Logit,
}

impl Site {
    /// Every site, in the order of the forward pass.
    pub const ALL: [Self; 14] = [
        Self::Embed,
        Self::ResidPre,
        Self::Q,
        Self::K,
        Self::V,
        Self::AttnScores,
        Self::Pattern,
        Self::Z,
        Self::AttnOut,
        Self::ResidMid,
        Self::MlpOut,
        Self::ResidPost,
        Self::Pooled,
        Self::Logit,
    ];

    /// TransformerLens' name.
    ///
    /// ```
    /// use crosslens::hook::Site;
    /// assert_eq!(Site::ResidPre.name(), "resid_pre");
    /// assert!(Site::ResidPre.is_per_layer() && !Site::Pooled.is_per_layer());
    /// ```
    pub const fn name(self) -> &'static str {
        match self {
            Self::Embed => "embed",
            Self::ResidPre => "resid_pre",
            Self::Q => "q",
            Self::K => "k",
            Self::V => "v",
            Self::AttnScores => "attn_scores",
            Self::Pattern => "pattern",
            Self::Z => "z",
            Self::AttnOut => "attn_out",
            Self::ResidMid => "resid_mid",
            Self::MlpOut => "mlp_out",
            Self::ResidPost => "resid_post",
            Self::Pooled => "pooled",
            Self::Logit => "logit",
        }
    }

    /// Whether the site stands in every layer; the others (`embed`, `pooled`, `logit`) exist once.
    pub const fn is_per_layer(self) -> bool {
        !matches!(self, Self::Embed | Self::Pooled | Self::Logit)
    }
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
