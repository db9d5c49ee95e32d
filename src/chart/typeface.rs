//! Text: two weights of the bundled font, drawn by swash and kept in a glyph cache.

use std::cell::RefCell;
use std::collections::HashMap;

use swash::FontRef;
use swash::scale::{Render, ScaleContext, Source};
use swash::zeno::{Format, Vector};

use super::error::ChartError;

/// Inter, cut to Latin; licence and making in `fonts/`.
static REGULAR: &[u8] = include_bytes!("fonts/Inter-Regular.otf");
static SEMI_BOLD: &[u8] = include_bytes!("fonts/Inter-SemiBold.otf");

/// Horizontal positions of a glyph within a pixel that are told apart.
const PHASES: f32 = 4.0;
/// Glyphs kept before the cache starts afresh; one chart needs about 250.
const CACHED_GLYPHS: usize = 4096;

/// Thickness of the letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Weight {
    Regular,
    SemiBold,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct GlyphKey {
    weight: Weight,
    glyph: u16,
    size_bits: u32,
    phase: u8,
}

/// How much of each pixel a glyph covers, and where its box lies relative to the pen.
pub(super) struct GlyphImage {
    pub(super) left: i32,
    pub(super) top: i32,
    pub(super) width: usize,
    pub(super) coverage: Vec<u8>,
}

/// The bundled font with its scaler and cache.
///
/// A cached glyph is exactly what drawing it again would give, so the cache changes the time that
/// a chart takes and never its bytes.
pub(super) struct Typeface {
    regular: FontRef<'static>,
    semi_bold: FontRef<'static>,
    scaler: ScaleContext,
    cache: HashMap<GlyphKey, GlyphImage>,
}

thread_local! {
    static TYPEFACE: RefCell<Option<Typeface>> = const { RefCell::new(None) };
}

impl Typeface {
    /// Lends out this thread's typeface, reading the font on first use.
    pub(super) fn with<R>(
        job: impl FnOnce(&mut Typeface) -> Result<R, ChartError>,
    ) -> Result<R, ChartError> {
        TYPEFACE.with_borrow_mut(|slot| {
            let typeface = match slot {
                Some(typeface) => typeface,
                None => slot.insert(Self::bundled()?),
            };
            job(typeface)
        })
    }

    fn bundled() -> Result<Self, ChartError> {
        let read = |bytes| FontRef::from_index(bytes, 0).ok_or(ChartError::Typeface);
        Ok(Self {
            regular: read(REGULAR)?,
            semi_bold: read(SEMI_BOLD)?,
            scaler: ScaleContext::new(),
            cache: HashMap::new(),
        })
    }

    fn font(&self, weight: Weight) -> FontRef<'static> {
        match weight {
            Weight::Regular => self.regular,
            Weight::SemiBold => self.semi_bold,
        }
    }

    /// Width of a line of text in pixels.
    pub(super) fn width(&self, text: &str, weight: Weight, size: f32) -> f32 {
        let font = self.font(weight);
        let metrics = font.glyph_metrics(&[]).scale(size);
        let characters = font.charmap();
        text.chars().map(|character| metrics.advance_width(characters.map(character))).sum()
    }

    /// Height of a capital letter or figure in pixels.
    pub(super) fn cap_height(&self, weight: Weight, size: f32) -> f32 {
        self.font(weight).metrics(&[]).scale(size).cap_height
    }

    /// Hands each glyph of a line to `paint`, with the whole-pixel column of the pen. A character
    /// that the font lacks comes as the font's empty box.
    pub(super) fn layout(
        &mut self,
        text: &str,
        weight: Weight,
        size: f32,
        start: f32,
        mut paint: impl FnMut(&GlyphImage, i32),
    ) {
        if self.cache.len() > CACHED_GLYPHS {
            self.cache.clear();
        }
        let font = self.font(weight);
        let metrics = font.glyph_metrics(&[]).scale(size);
        let characters = font.charmap();
        let mut pen = start;
        for character in text.chars() {
            let glyph = characters.map(character);
            let phase = ((pen - pen.floor()) * PHASES) as u8;
            let key = GlyphKey { weight, glyph, size_bits: size.to_bits(), phase };
            let scaler = &mut self.scaler;
            let image = self
                .cache
                .entry(key)
                .or_insert_with(|| rasterise(scaler, font, size, glyph, phase));
            paint(image, pen.floor() as i32);
            pen += metrics.advance_width(glyph);
        }
    }
}

fn rasterise(
    scaler: &mut ScaleContext,
    font: FontRef<'static>,
    size: f32,
    glyph: u16,
    phase: u8,
) -> GlyphImage {
    let mut scaler = scaler.builder(font).size(size).hint(false).build();
    let rendered = Render::new(&[Source::Outline])
        .format(Format::Alpha)
        .offset(Vector::new(f32::from(phase) / PHASES, 0.0))
        .render(&mut scaler, glyph);
    match rendered {
        Some(image) => GlyphImage {
            left: image.placement.left,
            top: -image.placement.top,
            width: image.placement.width as usize,
            coverage: image.data,
        },
        // A space has no outline.
        None => GlyphImage { left: 0, top: 0, width: 0, coverage: Vec::new() },
    }
}
