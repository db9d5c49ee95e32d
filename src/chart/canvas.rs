//! A plotters backend over tiny-skia.
//!
//! plotters speaks in whole pixels, which makes thin sloping lines uneven. The canvas therefore
//! claims to be [`SUBPIXELS`] times as large as it is and divides every coordinate again: sloping
//! lines and polygons keep the fraction, while whatever runs along an axis is put on whole pixels
//! and stays sharp.

use std::convert::Infallible;

use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
    FontStyle,
};
use tiny_skia::{
    FillRule, LineCap, LineJoin, Paint, Path, PathBuilder, Pixmap, Rect, Stroke, Transform,
};

use super::typeface::{Typeface, Weight};

/// Units of the backend's coordinates in one pixel.
pub(super) const SUBPIXELS: i32 = 8;

type Drawn = Result<(), DrawingErrorKind<Infallible>>;

/// The picture while it is being drawn.
pub(super) struct Canvas<'a> {
    pub(super) pixmap: &'a mut Pixmap,
    pub(super) typeface: &'a mut Typeface,
}

fn pixels(units: i32) -> f32 {
    units as f32 / SUBPIXELS as f32
}

fn nearest(pixels: f32) -> i32 {
    pixels.round() as i32
}

fn paint(colour: BackendColor) -> Paint<'static> {
    let (red, green, blue) = colour.rgb;
    let mut paint = Paint { anti_alias: true, ..Paint::default() };
    paint.set_color_rgba8(red, green, blue, (colour.alpha.clamp(0.0, 1.0) * 255.0).round() as u8);
    paint
}

fn stroke_width(style: &impl BackendStyle) -> f32 {
    (style.stroke_width() as f32 / SUBPIXELS as f32).max(1.0)
}

fn trace(points: impl IntoIterator<Item = BackendCoord>, closed: bool) -> Option<Path> {
    let mut builder = PathBuilder::new();
    for (x, y) in points {
        if builder.is_empty() {
            builder.move_to(pixels(x), pixels(y));
        } else {
            builder.line_to(pixels(x), pixels(y));
        }
    }
    if closed && !builder.is_empty() {
        builder.close();
    }
    builder.finish()
}

fn text_weight(style: &impl BackendTextStyle) -> Weight {
    match style.style() {
        FontStyle::Bold => Weight::SemiBold,
        FontStyle::Normal | FontStyle::Oblique | FontStyle::Italic => Weight::Regular,
    }
}

fn text_size(style: &impl BackendTextStyle) -> f32 {
    (style.size() / f64::from(SUBPIXELS)) as f32
}

impl Canvas<'_> {
    /// Fills whole pixels, the right and bottom bounds not included.
    fn fill_block(&mut self, left: i32, top: i32, right: i32, bottom: i32, colour: BackendColor) {
        let (width, height) =
            (self.pixmap.width().cast_signed(), self.pixmap.height().cast_signed());
        let (left, right) = (left.clamp(0, width), right.clamp(0, width));
        let (top, bottom) = (top.clamp(0, height), bottom.clamp(0, height));
        if left >= right || top >= bottom {
            return;
        }
        if colour.alpha < 1.0 {
            let block = Rect::from_ltrb(left as f32, top as f32, right as f32, bottom as f32);
            if let Some(block) = block {
                let paint = Paint { anti_alias: false, ..paint(colour) };
                self.pixmap.fill_rect(block, &paint, Transform::identity(), None);
            }
            return;
        }
        let (red, green, blue) = colour.rgb;
        let stride = width as usize * 4;
        let span = left as usize * 4..right as usize * 4;
        for row in
            self.pixmap.data_mut().chunks_exact_mut(stride).take(bottom as usize).skip(top as usize)
        {
            for pixel in row[span.clone()].chunks_exact_mut(4) {
                pixel.copy_from_slice(&[red, green, blue, 255]);
            }
        }
    }

    fn stroke(
        &mut self,
        points: impl IntoIterator<Item = BackendCoord>,
        style: &impl BackendStyle,
    ) {
        if let Some(path) = trace(points, false) {
            let stroke = Stroke {
                width: stroke_width(style),
                line_cap: LineCap::Round,
                line_join: LineJoin::Round,
                ..Stroke::default()
            };
            let paint = paint(style.color());
            self.pixmap.stroke_path(&path, &paint, &stroke, Transform::identity(), None);
        }
    }

    fn fill(&mut self, path: Option<Path>, colour: BackendColor) {
        if let Some(path) = path {
            let identity = Transform::identity();
            self.pixmap.fill_path(&path, &paint(colour), FillRule::Winding, identity, None);
        }
    }
}

impl DrawingBackend for Canvas<'_> {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        let units = SUBPIXELS.unsigned_abs();
        (self.pixmap.width() * units, self.pixmap.height() * units)
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, point: BackendCoord, colour: BackendColor) -> Drawn {
        let (x, y) = (point.0.div_euclid(SUBPIXELS), point.1.div_euclid(SUBPIXELS));
        self.fill_block(x, y, x + 1, y + 1, colour);
        Ok(())
    }

    fn draw_line<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
    ) -> Drawn {
        // A line along an axis becomes a block centred on it, and so does the body of a candle of
        // odd width: the wick stands in its middle.
        let width = stroke_width(style).round();
        let (left, right) = (from.0.min(to.0), from.0.max(to.0));
        let (top, bottom) = (from.1.min(to.1), from.1.max(to.1));
        if left == right {
            let x = nearest(pixels(left) - width / 2.0);
            let (top, bottom) = (nearest(pixels(top)), nearest(pixels(bottom)));
            self.fill_block(x, top, x + width as i32, bottom.max(top + 1), style.color());
        } else if top == bottom {
            let y = nearest(pixels(top) - width / 2.0);
            let (left, right) = (nearest(pixels(left)), nearest(pixels(right)));
            self.fill_block(left, y, right.max(left + 1), y + width as i32, style.color());
        } else {
            self.stroke([from, to], style);
        }
        Ok(())
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        upper_left: BackendCoord,
        bottom_right: BackendCoord,
        style: &S,
        fill: bool,
    ) -> Drawn {
        let left = nearest(pixels(upper_left.0.min(bottom_right.0)));
        let top = nearest(pixels(upper_left.1.min(bottom_right.1)));
        let right = nearest(pixels(upper_left.0.max(bottom_right.0))).max(left + 1);
        let bottom = nearest(pixels(upper_left.1.max(bottom_right.1))).max(top + 1);
        let colour = style.color();
        if fill {
            self.fill_block(left, top, right, bottom, colour);
        } else {
            let width = stroke_width(style).round() as i32;
            self.fill_block(left, top, right, top + width, colour);
            self.fill_block(left, bottom - width, right, bottom, colour);
            self.fill_block(left, top + width, left + width, bottom - width, colour);
            self.fill_block(right - width, top + width, right, bottom - width, colour);
        }
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Drawn {
        let points: Vec<BackendCoord> = path.into_iter().collect();
        match points[..] {
            [from, to] => self.draw_line(from, to, style)?,
            _ => self.stroke(points, style),
        }
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        center: BackendCoord,
        radius: u32,
        style: &S,
        _fill: bool,
    ) -> Drawn {
        let radius = radius as f32 / SUBPIXELS as f32;
        self.fill(
            PathBuilder::from_circle(pixels(center.0), pixels(center.1), radius),
            style.color(),
        );
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        corners: I,
        style: &S,
    ) -> Drawn {
        self.fill(trace(corners, true), style.color());
        Ok(())
    }

    fn estimate_text_size<S: BackendTextStyle>(
        &self,
        text: &str,
        style: &S,
    ) -> Result<(u32, u32), DrawingErrorKind<Infallible>> {
        let (weight, size) = (text_weight(style), text_size(style));
        let units = |pixels: f32| (pixels * SUBPIXELS as f32).ceil() as u32;
        Ok((
            units(self.typeface.width(text, weight, size)),
            units(self.typeface.cap_height(weight, size)),
        ))
    }

    fn draw_text<S: BackendTextStyle>(
        &mut self,
        text: &str,
        style: &S,
        position: BackendCoord,
    ) -> Drawn {
        let (weight, size) = (text_weight(style), text_size(style));
        let (red, green, blue) = style.color().rgb;
        let cap_height = self.typeface.cap_height(weight, size);
        let start = pixels(position.0)
            - match style.anchor().h_pos {
                HPos::Left => 0.0,
                HPos::Center => self.typeface.width(text, weight, size) / 2.0,
                HPos::Right => self.typeface.width(text, weight, size),
            };
        let baseline = nearest(
            pixels(position.1)
                + match style.anchor().v_pos {
                    VPos::Top => cap_height,
                    VPos::Center => cap_height / 2.0,
                    VPos::Bottom => 0.0,
                },
        );
        let (width, height) =
            (self.pixmap.width().cast_signed(), self.pixmap.height().cast_signed());
        let data = self.pixmap.data_mut();
        self.typeface.layout(text, weight, size, start, |glyph, pen| {
            if glyph.width == 0 {
                return;
            }
            for (row, coverage) in (0..).zip(glyph.coverage.chunks_exact(glyph.width)) {
                let y = baseline + glyph.top + row;
                if !(0..height).contains(&y) {
                    continue;
                }
                for (column, &alpha) in (0..).zip(coverage) {
                    let x = pen + glyph.left + column;
                    if alpha == 0 || !(0..width).contains(&x) {
                        continue;
                    }
                    let offset = (y as usize * width as usize + x as usize) * 4;
                    for (channel, ink) in
                        data[offset..offset + 3].iter_mut().zip([red, green, blue])
                    {
                        let alpha = u32::from(alpha);
                        let mixed = u32::from(*channel) * (255 - alpha) + u32::from(ink) * alpha;
                        *channel = (mixed / 255) as u8;
                    }
                }
            }
        });
        Ok(())
    }
}
