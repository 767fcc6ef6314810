//! Charts and displays from the outside: what stands in the SVG, PNG and HTML of small frames that a hand can check.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use crosslens::Error;
use crosslens::chart::{
    Figure, circuit_graph, elimination, head_bars, head_gallery, heatmap, intervals, intervals_by, line, matrix,
    profile, segment_flow, token_change, token_links, token_view, word_lists,
};
use crosslens::display::{Mime, Showable};
use polars::prelude::{ChunkCompareEq, Column, DataFrame, df};
use resvg::tiny_skia::Pixmap;
use resvg::usvg::roxmltree::{Document, Node};

/// Two layers of three heads; 1.2 has no value.
fn effects() -> DataFrame {
    df!(
        "layer" => [0u32, 0, 0, 1, 1, 1],
        "head" => [0u32, 1, 2, 0, 1, 2],
        "effect" => [Some(-0.4), Some(0.2), Some(0.1), Some(0.3), Some(0.0), None],
        "effect_low" => [-0.5, -0.1, 0.05, 0.2, -0.1, 0.0],
        "effect_high" => [-0.3, 0.5, 0.15, 0.4, 0.1, 0.0]
    )
    .unwrap()
}

/// The full flow of so many layers: every segment gives a fifth to each.
fn flow(layers: u32) -> DataFrame {
    const SEGMENTS: [&str; 5] = ["cls", "query", "sep1", "document", "sep2"];
    let edges = || (0..layers).flat_map(|layer| (0..25).map(move |edge| (layer, edge / 5, edge % 5)));
    df!(
        "layer" => edges().map(|(layer, ..)| layer).collect::<Vec<_>>(),
        "from" => edges().map(|(_, from, _)| SEGMENTS[from]).collect::<Vec<_>>(),
        "to" => edges().map(|(.., to)| SEGMENTS[to]).collect::<Vec<_>>(),
        "mass" => vec![0.2; 25 * layers as usize]
    )
    .unwrap()
}

/// All tokens of one pair; a query token gives 0.5 to its own word piece in the document, or to the last separator.
fn pattern(query: &[&str], document: &[&str]) -> DataFrame {
    let mut tokens = vec![("[CLS]", "cls")];
    tokens.extend(query.iter().map(|token| (*token, "query")));
    tokens.push(("[SEP]", "sep1"));
    tokens.extend(document.iter().map(|token| (*token, "document")));
    tokens.push(("[SEP]", "sep2"));
    let last = tokens.len() - 1;
    let cells: Vec<(usize, usize)> = (0..=last).flat_map(|from| (0..=last).map(move |to| (from, to))).collect();
    let weight = |&(from, to): &(usize, usize)| {
        let own = |place: usize| tokens[place].1 == "document" && tokens[place].0 == tokens[from].0;
        let target = (0..=last).find(|place| own(*place)).unwrap_or(last);
        if to == target { 0.5 } else { 0.5 / last as f64 }
    };
    df!(
        "from_position" => cells.iter().map(|(from, _)| *from as u32).collect::<Vec<_>>(),
        "to_position" => cells.iter().map(|(_, to)| *to as u32).collect::<Vec<_>>(),
        "from_token" => cells.iter().map(|(from, _)| tokens[*from].0).collect::<Vec<_>>(),
        "to_token" => cells.iter().map(|(_, to)| tokens[*to].0).collect::<Vec<_>>(),
        "from_segment" => cells.iter().map(|(from, _)| tokens[*from].1).collect::<Vec<_>>(),
        "to_segment" => cells.iter().map(|(_, to)| tokens[*to].1).collect::<Vec<_>>(),
        "weight" => cells.iter().map(weight).collect::<Vec<_>>()
    )
    .unwrap()
}

fn decay() -> DataFrame {
    df!(
        "removed" => [0u32, 1, 2, 0, 1, 2],
        "ndcg" => [0.7, 0.5, 0.2, 0.7, 0.69, 0.6],
        "ndcg_low" => [0.6, 0.4, 0.1, 0.6, 0.6, 0.5],
        "ndcg_high" => [0.8, 0.6, 0.3, 0.8, 0.75, 0.7],
        "order" => ["strongest", "strongest", "strongest", "random", "random", "random"]
    )
    .unwrap()
}

/// The same effects, of which 0.0 and 1.0 are told apart from chance.
fn tested() -> DataFrame {
    let p = [Some(0.001), Some(0.05), Some(1.0), Some(0.049), None, Some(0.001)];
    let mut frame = effects();
    frame.with_column(Column::new("effect_p_holm".into(), p)).unwrap();
    frame
}

/// Two edges in three layers; the second edge was not cut in layer 2.
fn edges() -> DataFrame {
    df!(
        "edge" => ["query->document", "query->document", "query->document", "document->query", "document->query"],
        "layer" => [10u32, 2, 1, 1, 2],
        "effect" => [-0.4, -0.2, 0.0, 0.1, 0.05]
    )
    .unwrap()
}

/// Four heads, eliminated one by one.
fn curve() -> DataFrame {
    df!(
        "heads_left" => [4u32, 3, 2, 1],
        "nDCG@10" => [0.60, 0.62, 0.58, 0.30],
        "nDCG@10_low" => [0.55, 0.57, 0.52, 0.22],
        "nDCG@10_high" => [0.65, 0.67, 0.64, 0.38]
    )
    .unwrap()
}

/// Two draws of three, two and one heads.
fn control() -> DataFrame {
    df!(
        "heads_left" => [3u32, 3, 2, 2, 1, 1],
        "draw" => [0u32, 1, 0, 1, 0, 1],
        "nDCG@10" => [0.5, 0.6, 0.3, 0.5, 0.1, 0.3]
    )
    .unwrap()
}

/// Two classes of two heads in two thirds of the idf; one number is missing.
fn matches() -> DataFrame {
    df!(
        "layer" => [0u32, 0, 0, 0, 1, 1, 1, 1],
        "head" => [1u32, 1, 1, 1, 0, 0, 0, 0],
        "match" => ["same piece", "stop word", "same piece", "stop word", "same piece", "stop word", "same piece", "stop word"],
        "idf" => ["low", "low", "high", "high", "low", "low", "high", "high"],
        "bits" => [Some(1.0), Some(-0.5), Some(3.0), Some(-1.0), Some(0.2), Some(0.1), Some(0.3), None],
        "bits_low" => [0.5, -1.0, 2.5, -1.5, 0.0, 0.0, 0.1, 0.0],
        "bits_high" => [1.5, 0.0, 3.5, -0.5, 0.4, 0.2, 0.5, 0.0],
        "control_bits" => [0.1, 0.0, 0.1, 0.0, -0.1, 0.0, 0.0, 0.0]
    )
    .unwrap()
}

/// The same profile without its thirds: the rows of rare words.
fn plain_matches() -> DataFrame {
    let frame = matches();
    let high = frame.column("idf").unwrap().str().unwrap().equal("high");
    frame.filter(&high).unwrap().drop("idf").unwrap()
}

/// A pattern of the same tokens in which all attention is even.
fn even(frame: &DataFrame) -> DataFrame {
    let tokens = f64::from(frame.height() as u32).sqrt();
    let mut frame = frame.clone();
    frame.with_column(Column::new("weight".into(), vec![1.0 / tokens; frame.height()])).unwrap();
    frame
}

/// What explains a score, with the last separator and without it; one has no number.
fn explained() -> DataFrame {
    df!(
        "predictor" => ["BM25", "BM25", "soft term frequency", "soft term frequency"],
        "sink" => ["with", "without", "with", "without"],
        "r_squared" => [Some(0.1), Some(0.2), Some(0.6), None],
        "r_squared_low" => [-0.1, 0.1, 0.5, 0.0],
        "r_squared_high" => [0.3, 0.3, 0.7, 0.0]
    )
    .unwrap()
}

/// The patterns of so many heads in each of two layers.
fn patterns(heads: u32, query: &[&str], document: &[&str]) -> DataFrame {
    let pattern = pattern(query, document);
    let named = (0..2 * heads).map(|place| {
        let height = pattern.height();
        let mut frame = pattern.clone();
        frame.with_column(Column::new("layer".into(), vec![place / heads; height])).unwrap();
        frame.with_column(Column::new("head".into(), vec![place % heads; height])).unwrap();
        frame
    });
    named.reduce(|all, frame| all.vstack(&frame).unwrap()).unwrap()
}

/// Two heads feed a third through two of its inputs, which feeds the logit; the first edge has two pairs.
fn fed() -> DataFrame {
    df!(
        "layer" => [1u32, 1, 2, 2, 4],
        "head" => [1u32, 1, 9, 9, 5],
        "other_layer" => [Some(4u32), Some(4), Some(4), Some(4), None],
        "other_head" => [Some(5u32), Some(5), Some(5), Some(5), None],
        "input" => [Some("q"), Some("q"), Some("k"), Some("v"), None],
        "effect" => [0.1, 0.3, -0.4, 0.02, 0.3]
    )
    .unwrap()
}

/// Two directions of a head with two words on each side; one has no value.
fn words() -> DataFrame {
    df!(
        "layer" => [2u32; 8],
        "head" => [9u32; 8],
        "direction" => [0u32, 0, 0, 0, 1, 1, 1, 1],
        "side" => ["query", "query", "key", "key", "query", "query", "key", "key"],
        "rank" => [1u32, 2, 1, 2, 1, 2, 1, 2],
        "token" => ["dog", "cat", "dog", "puppy", "rain", "snow", "rain", "##storm"],
        "cosine" => [Some(0.9), Some(0.4), Some(0.8), Some(0.7), Some(-0.5), None, Some(-0.4), Some(0.0)]
    )
    .unwrap()
}

fn all() -> Vec<Figure> {
    vec![
        intervals(&explained().head(Some(1)), "predictor", "r_squared", "Explained by one").unwrap(),
        intervals_by(&explained(), "predictor", "r_squared", "sink", "Explained").unwrap(),
        heatmap(&effects(), "effect", "Heads").unwrap(),
        head_bars(&effects(), "effect", 4, "Bars").unwrap(),
        segment_flow(&flow(2), "Flow").unwrap(),
        token_view(&pattern(&["cat", "sat"], &["a", "cat"]), "Tokens").unwrap(),
        line(&decay(), "removed", "ndcg", Some("order"), "Lines").unwrap(),
        heatmap(&tested(), "effect", "Tested heads").unwrap(),
        matrix(&edges(), "edge", "layer", "effect", "Edges").unwrap(),
        elimination(&curve(), &control(), "nDCG@10", "Elimination").unwrap(),
        profile(&matches(), "Matches").unwrap(),
        token_change(
            &pattern(&["cat", "sat"], &["a", "cat"]),
            &even(&pattern(&["cat", "sat"], &["a", "cat"])),
            "Change",
        )
        .unwrap(),
        token_links(&pattern(&["cat", "sat"], &["a", "cat"]), "Links").unwrap(),
        head_gallery(&patterns(2, &["cat", "sat"], &["a", "cat"]), "Gallery").unwrap(),
        head_gallery(&patterns(9, &["cat", "sat"], &["a", "cat"]), "Grid").unwrap(),
        circuit_graph(&fed(), "effect", 9, "Graph").unwrap(),
        word_lists(&words(), "Words").unwrap(),
    ]
}

fn texts(document: &Document) -> Vec<String> {
    let texts = document.descendants().filter(|node| node.has_tag_name("text"));
    texts.map(|node| node.text().unwrap_or_default().trim().to_owned()).collect()
}

/// The rectangles of this size, as fills.
fn cells<'a>(document: &'a Document, width: &str, height: &str) -> Vec<&'a str> {
    let rects = document.descendants().filter(|node| node.has_tag_name("rect"));
    let size = |node: &Node| node.attribute("width") == Some(width) && node.attribute("height") == Some(height);
    rects.filter(size).filter_map(|node| node.attribute("fill")).collect()
}

fn outlines(document: &Document) -> usize {
    let lines = document.descendants().filter(|node| node.has_tag_name("polyline"));
    lines.filter(|node| node.attribute("stroke-width") == Some("2")).count()
}

#[test]
fn figures_are_the_same_at_every_run() {
    for (first, second) in all().into_iter().zip(all()) {
        assert_eq!(first, second);
        assert_eq!(first.png().unwrap(), second.png().unwrap());
        assert_eq!(first.bundle(), second.bundle());
    }
}

#[test]
fn figures_are_well_formed_titled_and_fit_a_notebook() {
    for figure in all() {
        let document = Document::parse(figure.svg()).unwrap();
        let title = figure.summary().lines().next().unwrap().to_owned();
        assert_eq!(document.root_element().attribute("aria-label"), Some(title.as_str()));
        assert!(texts(&document).contains(&title));
        let width: u32 = document.root_element().attribute("width").unwrap().parse().unwrap();
        assert!(width <= 720, "{title} is {width} wide");
        for node in document.descendants().filter(|node| node.has_tag_name("text")) {
            let size: f64 = node.attribute("font-size").unwrap().parse().unwrap();
            assert!(size > 8.9, "{title} has text of {size} points");
        }
    }
}

#[test]
fn images_are_drawn_at_twice_the_size_and_not_blank() {
    for figure in all() {
        let png = figure.png().unwrap();
        assert!(png.starts_with(b"\x89PNG\r\n\x1a\n"));
        let image = Pixmap::decode_png(&png).unwrap();
        let document = Document::parse(figure.svg()).unwrap();
        let width: u32 = document.root_element().attribute("width").unwrap().parse().unwrap();
        assert_eq!(image.width(), 2 * width);
        let dark = image.pixels().iter().filter(|pixel| pixel.red() < 100).count();
        assert!(dark > 500, "{}: {dark} dark pixels", figure.summary());
        assert!(image.pixels().iter().all(|pixel| pixel.alpha() == 255), "the ground is white");
    }
}

#[test]
fn a_heat_map_has_a_cell_per_head_coloured_by_sign() {
    let figure = heatmap(&effects(), "effect", "Heads").unwrap();
    let document = Document::parse(figure.svg()).unwrap();
    let fills = cells(&document, "63", "33");
    assert_eq!(fills.len(), 6);
    assert_eq!((fills[0], fills[4], fills[5]), ("#053061", "#F7F7F7", "#ECECEC"), "lowest, zero, missing");
    assert_eq!(outlines(&document), 3);
    let texts = texts(&document);
    for text in ["−0.40", "0.20", "0.10", "0.30", "0.00", "layer", "head", "effect"] {
        assert!(texts.iter().any(|known| known == text), "{text} in {texts:?}");
    }
    assert!(!texts.iter().any(|text| text == "missing" || text.contains("NaN")));
}

#[test]
fn heads_that_may_be_chance_are_grey() {
    let figure = heatmap(&tested(), "effect", "Heads").unwrap();
    let document = Document::parse(figure.svg()).unwrap();
    let fills = cells(&document, "63", "33");
    assert_eq!(fills.len(), 6);
    let grey: Vec<usize> = (0..6).filter(|place| fills[*place] == "#E2E2E2").collect();
    assert_eq!(grey, [1, 2, 4], "p of 0.05, 1 and null; 1.2 has no value and stays hatched");
    let plain = heatmap(&effects(), "effect", "Heads").unwrap();
    let plain = Document::parse(plain.svg()).unwrap();
    for place in [0, 3, 5] {
        assert_eq!(fills[place], cells(&plain, "63", "33")[place], "the scale is that of all heads");
    }
    assert_eq!(outlines(&document), 2);
    let texts = texts(&document);
    assert!(
        texts.iter().any(|text| text.contains("(0.0, 1.0) · grey: p >= 0.05 after Holm's correction")),
        "{texts:?}"
    );
    assert!(texts.contains(&"0.20".to_owned()), "grey cells keep their numbers");
    assert!(figure.summary().contains("3 grey (p >= 0.05 after Holm's correction)"), "{}", figure.summary());
}

#[test]
fn a_matrix_keeps_the_order_of_names_and_sorts_numbers() {
    let figure = matrix(&edges(), "edge", "layer", "effect", "Edges").unwrap();
    let document = Document::parse(figure.svg()).unwrap();
    let fills = cells(&document, "63", "33");
    assert_eq!((fills[0], fills[2], fills[5]), ("#F7F7F7", "#053061", "#ECECEC"), "zero, lowest, missing");
    let texts = texts(&document);
    let place =
        |text: &str| texts.iter().position(|known| known == text).unwrap_or_else(|| panic!("{text}: {texts:?}"));
    assert!(place("query->document") < place("document->query"));
    assert!(place("1") < place("2") && place("2") < place("10"));
    for text in ["hatched: missing", "edge", "layer", "effect", "−0.40", "0.05"] {
        place(text);
    }
    let turned = matrix(&edges(), "layer", "edge", "effect", "Turned").unwrap();
    let turned = Document::parse(turned.svg()).unwrap();
    let upright = turned.descendants().find(|node| node.text().is_some_and(|text| text.trim() == "query->document"));
    assert!(upright.unwrap().attribute("transform").is_some_and(|transform| transform.contains("rotate")));
}

#[test]
fn an_elimination_has_a_curve_a_control_and_rules() {
    let figure = elimination(&curve(), &control(), "nDCG@10", "Elimination").unwrap();
    let document = Document::parse(figure.svg()).unwrap();
    let polygons = document.descendants().filter(|node| node.has_tag_name("polygon")).count();
    let circles = document.descendants().filter(|node| node.has_tag_name("circle"));
    let places: Vec<i32> = circles.map(|node| node.attribute("cx").unwrap().parse().unwrap()).collect();
    assert_eq!((polygons, outlines(&document), places.len()), (2, 2 + 1, 4 + 1), "bands, lines, points, two names");
    assert!(places[0] > places[3], "one head stands at the right: {places:?}");
    let texts = texts(&document);
    for text in ["chosen heads", "random heads", "all heads 0.600", "95 % of it 0.570", "heads left", "nDCG@10"] {
        assert!(texts.iter().any(|known| known == text), "{text} in {texts:?}");
    }
    assert_eq!(
        figure.summary().lines().nth(1).unwrap(),
        "nDCG@10 of the plain model, 4 heads: 0.600; the chosen heads hold 95 % of it, 0.570, down to 2 heads; 2 random \
         draws on average: 0.550 at 3, 0.200 at 1"
    );
}

#[test]
fn a_change_of_attention_is_coloured_by_sign_above_both_strips() {
    let before = pattern(&["cat", "sat"], &["a", "cat"]);
    let figure = token_change(&before, &even(&before), "Change").unwrap();
    let document = Document::parse(figure.svg()).unwrap();
    let fills = cells(&document, "39", "16");
    assert_eq!(fills.len(), 4 + 4, "two query tokens and two strips over two document tokens");
    // Seven tokens: cat falls from 0.5 to 1/7 at its own word piece; the other cells rise from 0.5/6 to 1/7.
    assert_eq!(fills[1], "#053061");
    assert!(fills[0] == fills[2] && fills[0] == fills[3] && fills[0] != fills[1]);
    assert_eq!(outlines(&document), 1);
    let texts = texts(&document);
    for text in ["received before", "received after", "no-op", "0.25 → 0.43", "0.67 → 0.43"] {
        assert!(texts.iter().any(|known| known == text), "{text} in {texts:?}");
    }
    let error = token_change(&before, &pattern(&["cat", "sat"], &["a", "dog"]), "").unwrap_err().to_string();
    assert!(error.starts_with("chart: document token 1 is \"cat\" before and \"dog\" after"), "{error}");
}

#[test]
fn a_deep_model_fits() {
    let heads: Vec<(u32, u32)> = (0..24).flat_map(|layer| (0..16).map(move |head| (layer, head))).collect();
    let frame = df!(
        "layer" => heads.iter().map(|head| head.0).collect::<Vec<_>>(),
        "head" => heads.iter().map(|head| head.1).collect::<Vec<_>>(),
        "mass" => heads.iter().map(|head| f64::from(head.0 * head.1) / 400.0).collect::<Vec<_>>()
    )
    .unwrap();
    let figure = heatmap(&frame, "mass", "Deep").unwrap();
    let document = Document::parse(figure.svg()).unwrap();
    assert_eq!(cells(&document, "33", "19").len(), 384);
    assert!(figure.summary().contains("strongest: 23.15 0.86"), "{}", figure.summary());
    assert!(texts(&document).contains(&"mass (share of attention)".to_owned()));
}

#[test]
fn bars_stand_in_order_with_intervals() {
    let figure = head_bars(&effects(), "effect", 4, "Bars").unwrap();
    let document = Document::parse(figure.svg()).unwrap();
    let names: Vec<String> =
        texts(&document).into_iter().filter(|text| ["0.0", "1.0", "0.1", "0.2"].contains(&text.as_str())).collect();
    // The axis has a tick 0.0 and 0.2 too: the names come after the axis.
    assert_eq!(names[names.len() - 4..], ["0.0", "1.0", "0.1", "0.2"]);
    let bars: Vec<&str> = document
        .descendants()
        .filter(|node| node.has_tag_name("rect") && node.attribute("height") == Some("13"))
        .filter_map(|node| node.attribute("fill"))
        .collect();
    assert_eq!(bars, ["#2166AC", "#B2182B", "#B4B4B4", "#B2182B"], "0.1 is grey: its interval contains zero");
    assert!(texts(&document).contains(&"−0.400 [−0.500, −0.300]".to_owned()));
}

#[test]
fn flow_has_a_matrix_per_layer_and_wraps_at_six() {
    for layers in [1u32, 6, 7, 24] {
        let figure = segment_flow(&flow(layers), "Flow").unwrap();
        let document = Document::parse(figure.svg()).unwrap();
        let twenty = texts(&document).into_iter().filter(|text| text == "20").count();
        assert_eq!(twenty, 25 * layers as usize, "every value is printed");
        let headings: Vec<String> = texts(&document).into_iter().filter(|text| text.starts_with("layer ")).collect();
        assert_eq!(headings.len(), layers as usize);
    }
}

#[test]
fn token_view_outlines_matches_and_sums_the_no_op() {
    let figure = token_view(&pattern(&["cat", "sat"], &["a", "cat"]), "Tokens").unwrap();
    let document = Document::parse(figure.svg()).unwrap();
    assert_eq!(outlines(&document), 1);
    let bold: Vec<&str> = document
        .descendants()
        .filter(|node| node.attribute("font-weight") == Some("bold"))
        .filter_map(|node| node.text().map(str::trim))
        .collect();
    assert_eq!(bold, ["Tokens", "cat", "cat"]);
    // Seven tokens: cat gives 0.5/6 to each of three separators, sat gives 0.5 to the last and 0.5/6 to two.
    let texts = texts(&document);
    assert!(texts.contains(&"0.25".to_owned()) && texts.contains(&"0.67".to_owned()), "{texts:?}");
}

#[test]
fn a_long_document_is_shown_in_part_and_stays_whole_in_html() {
    let words: Vec<String> = (0..400).map(|n| format!("w{n}")).collect();
    let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
    words[200] = "cat";
    let figure = token_view(&pattern(&["cat"], &words), "Long").unwrap();
    let texts = texts(&Document::parse(figure.svg()).unwrap());
    assert!(texts.iter().any(|text| text == "cat") && texts.iter().any(|text| text.starts_with("⋯ ")));
    assert!(figure.html().unwrap().contains(">w399<"));
}

#[test]
fn lines_have_points_bands_and_names() {
    let figure = line(&decay(), "removed", "ndcg", Some("order"), "Lines").unwrap();
    let document = Document::parse(figure.svg()).unwrap();
    let count = |tag: &str| document.descendants().filter(|node| node.has_tag_name(tag)).count();
    assert_eq!((outlines(&document), count("polygon"), count("circle")), (2, 2, 6 + 2));
    let texts = texts(&document);
    for text in ["strongest", "random", "order", "removed", "ndcg"] {
        assert!(texts.iter().any(|known| known == text), "{text} in {texts:?}");
    }
}

#[test]
fn a_profile_has_a_panel_per_head_with_intervals_control_and_what_is_missing() {
    let figure = profile(&plain_matches(), "Matches").unwrap();
    let document = Document::parse(figure.svg()).unwrap();
    let circles = document.descendants().filter(|node| node.has_tag_name("circle"));
    let fills: Vec<&str> = circles.filter_map(|node| node.attribute("fill")).collect();
    assert_eq!(fills, ["#B2182B", "#2166AC", "#B2182B"], "above, below, above zero; one is missing");
    assert_eq!(cells(&document, "2", "10"), ["#BBBBBB"; 3], "a control behind each");
    let texts = texts(&document);
    for text in ["head 0.1", "head 1.0", "same piece", "stop word", "missing"] {
        assert!(texts.iter().any(|known| known == text), "{text} in {texts:?}");
    }
    assert_eq!(texts.iter().filter(|text| *text == "same piece").count(), 1, "classes are named once");
    assert!(figure.summary().contains("0.1: same piece 3.00 [2.50, 3.50] (control 0.10)"), "{}", figure.summary());
}

#[test]
fn a_profile_that_is_broken_down_has_a_colour_per_group() {
    let figure = profile(&matches(), "Matches").unwrap();
    let document = Document::parse(figure.svg()).unwrap();
    let circles = document.descendants().filter(|node| node.has_tag_name("circle"));
    let fills: Vec<&str> = circles.filter_map(|node| node.attribute("fill")).collect();
    assert_eq!(fills.len(), 2 + 7, "two names and seven numbers");
    assert!(fills[2..].iter().all(|fill| fills[..2].contains(fill)) && fills[0] != fills[1]);
    let texts = texts(&document);
    assert!(texts.contains(&"low".to_owned()) && texts.contains(&"high".to_owned()), "{texts:?}");
}

/// The strokes of this colour, as their groups' titles.
fn strokes<'a>(document: &'a Document, color: &str) -> Vec<&'a str> {
    let lines = document.descendants().filter(|node| node.attribute("stroke") == Some(color));
    let title = |node: Node<'a, 'a>| node.parent()?.children().find(|child| child.has_tag_name("title"))?.text();
    lines.filter_map(title).collect()
}

/// The document in the frame of a page.
fn framed(html: &str) -> String {
    let document = Document::parse(html).unwrap();
    let frame = document.descendants().find(|node| node.has_tag_name("iframe")).unwrap();
    assert_eq!(frame.attribute("sandbox"), Some(""), "no script runs");
    frame.attribute("srcdoc").unwrap().to_owned()
}

#[test]
fn links_are_coloured_by_what_they_go_to() {
    let figure = token_links(&pattern(&["cat", "sat"], &["a", "cat"]), "Links").unwrap();
    let document = Document::parse(figure.svg()).unwrap();
    assert_eq!(strokes(&document, "#D55E00"), ["cat (query 1) → cat (document 5): 0.500"]);
    // Four tokens attend: [CLS] and [SEP] to three special tokens and four others each, the query to two others less.
    assert_eq!(strokes(&document, "#8C8C8C").len(), 4 * 3);
    assert_eq!(strokes(&document, "#0072B2").len(), 4 * 4 - 1);
    assert!(!figure.svg().contains("hidden"), "what waits for the pointer stands on the page alone");
    let texts = texts(&document);
    for text in ["attends", "is attended to", "to the same word piece (underlined)", "[CLS]", "sat"] {
        assert!(texts.iter().any(|known| known == text), "{text} in {texts:?}");
    }
}

#[test]
fn a_page_of_links_answers_to_the_pointer_without_script_or_anything_from_outside() {
    let nasty = ["<script>alert('1')</script>", "\"quoted\"", "a&b"];
    let figure = token_links(&pattern(&nasty, &nasty), "<b>&\"'").unwrap();
    let bundle = figure.bundle();
    let html = bundle.get(Mime::Html).unwrap();
    let page = framed(html);
    for text in [html, &page] {
        assert!(!text.contains("<script") && !text.contains("<b>"));
        assert!(!text.replace("http://www.w3.org/2000/svg", "").contains("http"));
    }
    let drawing = Document::parse(&page[page.find("<svg").unwrap()..]).unwrap();
    let groups = |class: &str| drawing.descendants().filter(|node| node.attribute("class") == Some(class)).count();
    assert_eq!(
        (groups("s"), groups("t"), groups("l"), groups("h")),
        (1, 9, 9, 9),
        "every token has its links and details"
    );
    let texts = texts(&drawing);
    for text in ["a&b (query 3)", "attends to: a&b (document 7) 0.500"] {
        assert!(texts.iter().any(|known| known.starts_with(text)), "{text} in {texts:?}");
    }
    assert!(texts.contains(&nasty[0].to_owned()));
    let outer = Document::parse(html).unwrap();
    let image = outer.descendants().find(|node| node.has_tag_name("img")).unwrap();
    assert_eq!(image.attribute("alt"), Some(figure.summary()), "what stands there without the frame");
    assert!(image.attribute("src").unwrap().starts_with("data:image/svg+xml;base64,"));
}

#[test]
fn a_gallery_names_heads_and_stays_small() {
    let few = head_gallery(&patterns(2, &["cat", "sat"], &["a", "cat"]), "Gallery").unwrap();
    let document = Document::parse(few.svg()).unwrap();
    let few_texts = texts(&document);
    for text in ["head 0.0", "head 1.1", "query to document 0.38", "cat → cat 0.50", "≥ 0.3", "special"] {
        assert!(few_texts.iter().any(|known| known == text), "{text} in {few_texts:?}");
    }
    assert!(!few_texts.contains(&"missing".to_owned()));
    let one = patterns(1, &["cat"], &["cat"]);
    let holes: Vec<Option<f64>> = (0..one.height()).map(|row| Some(0.5).filter(|_| row % 2 == 0)).collect();
    let mut one = one;
    one.with_column(Column::new("weight".into(), holes)).unwrap();
    let missing = head_gallery(&one, "Gallery").unwrap();
    assert!(texts(&Document::parse(missing.svg()).unwrap()).contains(&"missing".to_owned()));
    assert!(missing.svg().contains("stroke='#ECECEC'"));

    let words: Vec<String> = (0..100).map(|n| format!("w{n}")).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let mut noisy = patterns(12, &words[..8], &words);
    let noise: Vec<f64> = (0..noisy.height()).map(|row| ((row * 7919) % 997) as f64 / 30_000.0).collect();
    noisy.with_column(Column::new("weight".into(), noise)).unwrap();
    let grid = head_gallery(&noisy, "Grid").unwrap();
    let document = Document::parse(grid.svg()).unwrap();
    let titles = document.descendants().filter(|node| node.has_tag_name("title"));
    assert_eq!(titles.filter(|node| node.text().unwrap().starts_with("head ")).count(), 24);
    assert!(grid.svg().len() < 1_000_000 / 3, "a third of the heads in {} bytes", grid.svg().len());
    let grid_texts = texts(&document);
    for text in ["head", "layer", "11"] {
        assert!(grid_texts.iter().any(|known| known == text), "{text} in {grid_texts:?}");
    }
}

#[test]
fn a_graph_has_an_edge_per_input_as_wide_as_its_mean() {
    let figure = circuit_graph(&fed(), "effect", 9, "Graph").unwrap();
    let document = Document::parse(figure.svg()).unwrap();
    assert_eq!(strokes(&document, "#2166AC"), ["2.9 → 4.5 k: −0.40"]);
    assert_eq!(strokes(&document, "#B2182B"), ["2.9 → 4.5 v: 0.02", "1.1 → 4.5 q: 0.20", "4.5 → logit: 0.30"]);
    let edge = |title: &str| {
        let title =
            document.descendants().find(|node| node.has_tag_name("title") && node.text() == Some(title)).unwrap();
        title.parent().unwrap().children().find(|node| node.has_tag_name("path")).unwrap()
    };
    assert_eq!(edge("2.9 → 4.5 k: −0.40").attribute("stroke-width"), Some("8.00"));
    assert_eq!(edge("1.1 → 4.5 q: 0.20").attribute("stroke-width"), Some("4.00"));
    assert_eq!(edge("1.1 → 4.5 q: 0.20").attribute("stroke-dasharray"), None);
    assert!(edge("2.9 → 4.5 k: −0.40").attribute("stroke-dasharray").is_some());
    let texts = texts(&document);
    for text in ["logit", "output", "layer 1", "layer 4", "2.9", "q", "k", "v", "q: into queries", "effect 0.40"] {
        assert!(texts.iter().any(|known| known == text), "{text} in {texts:?}");
    }
    assert!(texts.iter().any(|text| text.ends_with("all 4 edges · mean of 1 to 2 rows per edge")), "{texts:?}");
    let two = circuit_graph(&fed(), "effect", 2, "Graph").unwrap();
    assert!(two.summary().contains("effect of 2 of 4 edges (76 % of the sum of sizes)"), "{}", two.summary());
    let error = circuit_graph(&fed(), "effect", 0, "").unwrap_err().to_string();
    assert!(error.ends_with("circuit_graph draws at least one edge: top is 0"), "{error}");
}

#[test]
fn words_stand_by_rank_on_their_side() {
    let figure = word_lists(&words(), "Words").unwrap();
    let document = Document::parse(figure.svg()).unwrap();
    let texts = texts(&document);
    let place =
        |text: &str| texts.iter().position(|known| known == text).unwrap_or_else(|| panic!("{text}: {texts:?}"));
    assert!(place("2.9 direction 0") < place("dog") && place("dog") < place("cat") && place("cat") < place("puppy"));
    assert!(place("puppy") < place("2.9 direction 1") && place("rain") < place("##storm"));
    assert_eq!(texts.iter().filter(|text| *text == "query").count(), 2);
    let fills: Vec<&str> = document.descendants().filter_map(|node| node.attribute("fill")).collect();
    for (fill, count) in [("#67001F", 1), ("#F7F7F7", 1), ("#ECECEC", 1)] {
        let found = fills.iter().filter(|known| **known == fill).count();
        assert!(found >= count, "{fill}: {found}");
    }
}

#[test]
fn intervals_have_a_row_per_label_and_a_colour_per_group() {
    let figure = intervals_by(&explained(), "predictor", "r_squared", "sink", "Explained").unwrap();
    assert_eq!(
        figure.summary(),
        "Explained\nr_squared: BM25 with 0.100 [−0.100, 0.300], without 0.200 [0.100, 0.300]; soft term frequency with \
         0.600 [0.500, 0.700], without missing"
    );
    let document = Document::parse(figure.svg()).unwrap();
    let circles = document.descendants().filter(|node| node.has_tag_name("circle"));
    let fills: Vec<&str> = circles.filter_map(|node| node.attribute("fill")).collect();
    // The legend, then a point for each number.
    assert_eq!(fills, ["#0072B2", "#D55E00", "#0072B2", "#D55E00", "#0072B2"]);
    let place = |text: &str| figure.svg().find(text).unwrap();
    assert!(place("\nBM25\n") < place("\nsoft term frequency\n"));

    let alone = |rows: &DataFrame| intervals(rows, "predictor", "r_squared", "t").unwrap().svg().to_owned();
    assert!(alone(&explained().head(Some(1))).contains("grey: the interval contains zero"));
    assert!(!alone(&explained().slice(1, 1)).contains("grey"));
}

#[test]
fn text_from_outside_is_escaped() {
    let nasty = ["<script>alert('1')</script>", "\"quoted\"", "a&b"];
    let title = "<b>&\"'";
    let tokens = token_view(&pattern(&nasty, &nasty), title).unwrap();
    let groups = df!("x" => [0, 1], "y" => [0.0, 1.0], "g" => ["<i>", "&"]).unwrap();
    let change = token_change(&pattern(&nasty, &nasty), &even(&pattern(&nasty, &nasty)), title).unwrap();
    let table = matrix(&groups, "g", "x", "y", title).unwrap();
    for figure in [&tokens, &line(&groups, "x", "y", Some("g"), title).unwrap(), &change, &table] {
        let document = Document::parse(figure.svg()).unwrap();
        assert!(texts(&document).contains(&title.to_owned()));
        assert!(!figure.svg().contains("<script"));
    }
    let html = tokens.bundle().get(Mime::Html).unwrap().to_owned();
    assert!(Document::parse(&html).is_ok());
    assert!(html.contains("&lt;script&gt;") && !html.contains("<script") && !html.contains("<b>"));
    assert!(!html.contains("<svg"), "what takes drawings out leaves their words");
}

#[test]
fn a_token_view_is_html_drawing_image_and_words() {
    let figure = token_view(&pattern(&["cat"], &["cat"]), "Tokens").unwrap();
    let bundle = figure.bundle();
    let types: Vec<Mime> = bundle.iter().map(|(mime, _)| mime).collect();
    assert_eq!(types, [Mime::Html, Mime::Svg, Mime::Png, Mime::Plain]);
    let image = format!("data:image/svg+xml;base64,{}", STANDARD.encode(figure.svg()));
    assert!(bundle.get(Mime::Html).unwrap().contains(&image));
    assert_eq!(bundle.get(Mime::Plain), Some(figure.summary()));
}

type Draw = fn(&DataFrame) -> Result<Figure, Error>;

#[test]
fn frames_that_cannot_be_drawn_are_errors_that_say_why() {
    let charts: [(Draw, DataFrame, &str); 17] = [
        (|frame| intervals(frame, "predictor", "r_squared", ""), explained().drop("sink").unwrap(), "r_squared"),
        (|frame| intervals_by(frame, "predictor", "r_squared", "sink", ""), explained(), "r_squared"),
        (|frame| heatmap(frame, "effect", ""), effects(), "effect"),
        (|frame| head_bars(frame, "effect", 3, ""), effects(), "effect"),
        (|frame| segment_flow(frame, ""), flow(2), "mass"),
        (|frame| token_view(frame, ""), pattern(&["a", "c"], &["b", "d"]), "weight"),
        (|frame| line(frame, "removed", "ndcg", Some("order"), ""), decay(), "ndcg"),
        (|frame| matrix(frame, "edge", "layer", "effect", ""), edges(), "effect"),
        (|frame| elimination(frame, &control(), "nDCG@10", ""), curve(), "nDCG@10"),
        (|frame| elimination(&curve(), frame, "nDCG@10", ""), control(), "nDCG@10"),
        (|frame| profile(frame, ""), plain_matches().drop("control_bits").unwrap(), "bits"),
        (|frame| token_change(frame, &even(frame), ""), pattern(&["a", "c"], &["b", "d"]), "weight"),
        (|frame| token_change(&even(frame), frame, ""), pattern(&["a", "c"], &["b", "d"]), "weight"),
        (|frame| token_links(frame, ""), pattern(&["a", "c"], &["b", "d"]), "weight"),
        (|frame| head_gallery(frame, ""), patterns(2, &["a", "c"], &["b", "d"]), "weight"),
        (|frame| circuit_graph(frame, "effect", 3, ""), fed().drop("input").unwrap(), "effect"),
        (|frame| word_lists(frame, ""), words(), "cosine"),
    ];
    for (draw, frame, column) in charts {
        for missing in frame.get_column_names_owned() {
            if missing.ends_with("_low") || missing.ends_with("_high") {
                continue;
            }
            let error = draw(&frame.drop(&missing).unwrap()).unwrap_err();
            assert!(matches!(&error, Error::Unknown { kind: "column", name, .. } if *name == *missing), "{error}");
        }
        let error = draw(&frame.head(Some(0))).unwrap_err().to_string();
        assert!(error.starts_with("chart: the frame has no rows"), "{error}");
        let with = |column: Column| {
            let mut frame = frame.clone();
            frame.with_column(column).unwrap();
            frame
        };
        let height = frame.height();
        let error = draw(&with(Column::new(column.into(), vec!["x"; height]))).unwrap_err().to_string();
        assert!(error.starts_with(&format!("chart: column \"{column}\" holds str, but numbers are drawn")), "{error}");
        for value in [Some(f64::NAN), Some(f64::NEG_INFINITY), None] {
            let error = draw(&with(Column::new(column.into(), vec![value; height]))).unwrap_err().to_string();
            assert!(
                error.contains(&format!("column \"{column}\" has no finite value in its {height} rows")),
                "{error}"
            );
        }
        for value in [0.0, -1.0, 1e-300, f64::MAX, f64::MIN] {
            let figure = draw(&with(Column::new(column.into(), vec![value; height]))).unwrap();
            assert!(Document::parse(figure.svg()).is_ok());
        }
        // One row, or values that are missing here and there.
        if column != "weight" {
            assert!(draw(&frame.head(Some(1))).is_ok());
        }
        let holes: Vec<Option<f64>> = (0..height).map(|row| [Some(0.5), None, Some(f64::NAN)][row % 3]).collect();
        assert!(draw(&with(Column::new(column.into(), holes))).is_ok());
    }
}

#[test]
fn saving_goes_by_the_ending() {
    let folder = tempfile::tempdir().unwrap();
    let figure = heatmap(&effects(), "effect", "Heads").unwrap();
    figure.save(folder.path().join("new/heads.svg")).unwrap();
    figure.save(folder.path().join("new/heads.png")).unwrap();
    assert_eq!(std::fs::read_to_string(folder.path().join("new/heads.svg")).unwrap(), figure.svg());
    assert_eq!(std::fs::read(folder.path().join("new/heads.png")).unwrap(), figure.png().unwrap());
    let error = figure.save(folder.path().join("heads.pdf")).unwrap_err();
    assert!(error.to_string().ends_with("heads.pdf: a figure is saved as .svg or .png; end the name with one of them"));
}
