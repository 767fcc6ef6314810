//! What the kernel says of itself.

use jupyter_protocol::{CodeMirrorMode, HelpLink, KernelInfoReply, LanguageInfo, ReplyStatus};

/// The version of the protocol that is spoken.
const PROTOCOL: &str = "5.3";

/// The answer to `kernel_info_request`.
pub(super) fn kernel_info() -> KernelInfoReply {
    let link = |text: &str, url: &str| HelpLink { text: text.to_owned(), url: url.to_owned() };
    KernelInfoReply {
        status: ReplyStatus::Ok,
        protocol_version: PROTOCOL.to_owned(),
        implementation: "crosslens".to_owned(),
        implementation_version: env!("CARGO_PKG_VERSION").to_owned(),
        language_info: LanguageInfo {
            name: "Rust".to_owned(),
            version: env!("CARGO_PKG_RUST_VERSION").to_owned(),
            mimetype: Some("text/rust".to_owned()),
            file_extension: Some(".rs".to_owned()),
            pygments_lexer: Some("rust".to_owned()),
            codemirror_mode: Some(CodeMirrorMode::Simple("rust".to_owned())),
            nbconvert_exporter: Some("script".to_owned()),
        },
        banner: format!("crosslens {}: Rust, with cross-encoders at hand", env!("CARGO_PKG_VERSION")),
        help_links: vec![
            link("The Rust book", "https://doc.rust-lang.org/book/"),
            link("polars", "https://docs.rs/polars"),
        ],
        debugger: false,
        error: None,
    }
}
